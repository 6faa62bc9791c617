//! Which applications may be used: approved, rejected, suspended, resumed.

use super::{Actor, Refusal, applications};
use crate::app::App;
use countersign_core::ClientId;
use countersign_store::{
    Application,
    ClientStatus::{self, Active, Pending, Rejected, Suspended},
};

/// A change of status.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Lets one be used that waits or was rejected.
    Approve,
    /// Rejects one that waits; its owner reads why.
    Reject(String),
    /// Refuses the requests of one that is used.
    Suspend,
    /// Lets a suspended one go on.
    Resume,
}

impl Step {
    const fn from(&self) -> &'static [ClientStatus] {
        match self {
            Self::Approve => &[Pending, Rejected],
            Self::Reject(_) => &[Pending],
            Self::Suspend => &[Active],
            Self::Resume => &[Suspended],
        }
    }

    /// The status that it leads to.
    pub(crate) const fn to(&self) -> ClientStatus {
        match self {
            Self::Approve | Self::Resume => Active,
            Self::Reject(_) => Rejected,
            Self::Suspend => Suspended,
        }
    }

    const fn event(&self) -> &'static str {
        match self {
            Self::Approve => "application_approved",
            Self::Reject(_) => "application_rejected",
            Self::Suspend => "application_suspended",
            Self::Resume => "application_resumed",
        }
    }

    /// Whether an application of that status can take it.
    pub(crate) fn fits(&self, status: ClientStatus) -> bool {
        self.from().contains(&status)
    }

    /// Takes it, on the revision that was `seen`, or on the one that is there: whoever was faster is not overruled.
    ///
    /// # Security
    ///
    /// Whoever approves what they have looked at names its revision: what its owner changes meanwhile is not approved unseen.
    pub(crate) async fn take(
        self,
        app: &App,
        actor: &Actor,
        id: &ClientId,
        seen: Option<u64>,
    ) -> Result<(), Refusal> {
        let mut application: Application = applications::find(app, id).await?;
        let status = application.client.status;
        if !self.fits(status) {
            return Err(Refusal::Status(status));
        }
        if seen.is_some_and(|seen| seen != application.revision) {
            return Err(Refusal::Stale);
        }
        application.client.status = self.to();
        let event = self.event();
        application.profile.rejection = match self {
            Self::Reject(reason) => Some(reason),
            _ => None,
        };
        applications::save(app, actor, &application, event).await
    }
}
