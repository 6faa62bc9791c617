//! Pages that ask whether an act is meant, with the administrator's own password.

use super::{Section, administrator::Administrator, show};
use crate::{
    app::App,
    pages::{
        Refused, Visitor,
        confirm::{Confirmation, has_password, is_confirmed},
    },
    words::{Text, text},
};
use axum::{http::StatusCode, response::Response};
use serde_json::json;

/// What is asked before something is done that cannot be undone, or that gives power away; its texts are messages.
pub(super) struct Question<'a> {
    pub(super) section: Section,
    /// What would be done.
    pub(super) title: &'static str,
    /// What people call what it would be done to, where that is something else than its name.
    pub(super) called: Option<&'a str>,
    /// Its name: it is typed where there is no password.
    pub(super) name: &'a str,
    /// What comes of it.
    pub(super) told: &'static str,
    pub(super) button: &'static str,
    /// Where its form goes, below the base.
    pub(super) link: String,
    /// Where to go instead.
    pub(super) back: String,
    /// A field that its form sends along, with its value.
    pub(super) hidden: Option<(&'static str, &'a str)>,
}

impl Question<'_> {
    /// The page.
    pub(super) async fn ask(
        &self,
        app: &App,
        administrator: &Administrator,
        status: StatusCode,
        wrong: Option<&Text>,
    ) -> Result<Response, Refused> {
        let values = json!({
            "title": text(self.title),
            "called": self.called,
            "name": self.name,
            "told": text(self.told),
            "button": text(self.button),
            "link": self.link,
            "back": self.back,
            "hidden": self.hidden,
            "wrong": wrong,
            "has_password": has_password(app, &administrator.0).await?,
        });
        Ok(show(app, administrator, self.section, status, "admin/question.html", values))
    }

    /// That the form which was sent confirms it.
    ///
    /// # Errors
    ///
    /// The page again, with what is wrong.
    pub(super) async fn confirmed(
        &self,
        app: &App,
        administrator: &Administrator,
        visitor: Visitor,
        given: Confirmation,
    ) -> Result<(), Refused> {
        match is_confirmed(app, &administrator.0, visitor, given, self.name).await? {
            Ok(()) => Ok(()),
            Err(wrong) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Err(self.ask(app, administrator, status, Some(&wrong)).await?.into())
            }
        }
    }
}
