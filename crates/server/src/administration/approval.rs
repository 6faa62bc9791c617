//! Which applications may be used: approved, rejected, suspended, resumed.

use super::{Actor, Refusal, applications};
use crate::{app::App, audit::Event};
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

    /// What is recorded of it.
    pub(crate) const fn event(&self) -> Event {
        match self {
            Self::Approve => Event::ApplicationApproved,
            Self::Reject(_) => Event::ApplicationRejected,
            Self::Suspend => Event::ApplicationSuspended,
            Self::Resume => Event::ApplicationResumed,
        }
    }

    /// Whether that application can take it.
    pub(crate) fn suits(&self, application: &Application) -> bool {
        self.from().contains(&application.client.status) || self.takes_over(application)
    }

    /// What the application is then.
    pub(crate) fn put(self, application: &mut Application) {
        application.client.status = self.to();
        application.profile.suspended_by_owner = false;
        application.profile.rejection = match self {
            Self::Reject(reason) => Some(reason),
            _ => None,
        };
    }

    /// Whether it makes an operator's suspension of its owner's, which the owner cannot lift.
    fn takes_over(&self, application: &Application) -> bool {
        matches!(self, Self::Suspend)
            && application.client.status == Suspended
            && application.profile.suspended_by_owner
    }

    /// Takes it, on the revision that was `seen`, or on the one that is there: whoever was faster is not overruled. That another
    /// revision is there is told before what of it does not suit.
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
        if seen.is_some_and(|seen| seen != application.revision) {
            return Err(Refusal::Stale);
        }
        if !self.suits(&application) {
            return Err(Refusal::Status(application.client.status));
        }
        let event = self.event();
        self.put(&mut application);
        applications::save(app, actor, &application, event).await
    }
}
