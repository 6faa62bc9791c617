//! A password for somebody else: a random one that is shown once, or one that is typed.

use crate::{
    pages::admin::once,
    password::acceptable,
    session::Session,
    words::{Text, text},
};
use serde::{Deserialize, Serialize};

/// What the fields of the macro `choice` in `admin/parts.html` hold; passwords that were typed are not shown again.
#[derive(Deserialize, Serialize)]
pub(super) struct Choice {
    #[serde(default)]
    how: String,
    #[serde(default, skip_serializing)]
    new: String,
    #[serde(default, skip_serializing)]
    again: String,
    /// Sent back, so that a form that is sent twice chooses the same.
    #[serde(default)]
    once: String,
}

/// A password that was chosen.
pub(super) struct Chosen {
    pub(super) password: String,
    /// Whether nobody knows it yet.
    pub(super) is_random: bool,
}

impl Choice {
    /// An empty one for a form that is shown first.
    pub(super) fn fresh() -> Self {
        let once = countersign_provider::token(&countersign_provider::System, 16);
        Self { how: "random".into(), new: String::new(), again: String::new(), once }
    }

    /// The password.
    ///
    /// # Errors
    ///
    /// What is wrong with the one that was typed.
    pub(super) fn made(&self, session: &Session) -> Result<Chosen, Text> {
        if self.how == "typed" {
            acceptable(&self.new, &self.again)?;
            return Ok(Chosen { password: self.new.clone(), is_random: false });
        }
        if self.once.is_empty() {
            return Err(text("admin-password-incomplete"));
        }
        Ok(Chosen { password: once(session, "password", &self.once), is_random: true })
    }
}
