//! The resource owner as a type of the application's own.

use crate::support::{Call, World, call};
use actix_web::{App, HttpRequest, error::ErrorGone, web};
use countersign_actix::{FromOwner, Owner, TokenRule, protect};
use countersign_store::ResourceOwner;

/// Who may come in, as an application's data holds it.
struct Users(&'static [(&'static str, &'static str)]);

struct User(&'static str);

impl FromOwner for User {
    type Rejection = actix_web::Error;

    async fn from_owner(owner: &ResourceOwner, request: &HttpRequest) -> Result<Self, actix_web::Error> {
        let known = request.app_data::<Users>().map_or(&[][..], |users| users.0);
        let found = known.iter().find(|(id, _)| *id == owner.as_str());
        let gone = || ErrorGone(format!("{} is not here any more", owner.as_str()));
        found.map(|(_, name)| Self(name)).ok_or_else(gone)
    }
}

async fn asked(
    world: &World,
    rule: TokenRule,
    known: &'static [(&'static str, &'static str)],
    of: Call,
) -> (u16, String) {
    let name = async |Owner(user): Owner<User>| user.0;
    let app = App::new()
        .app_data(Users(known))
        .service(web::resource("/").wrap(protect(&world.provider).token(rule)).get(name))
        .service(web::resource("/open").get(name));
    let reply = call(app, of.request()).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn a_handler_takes_the_owner_as_its_own_type() {
    let world = World::new();
    let call = world.call("GET", "/").token(&world.token().await);
    let said = asked(&world, TokenRule::Required, &[("john", "John"), ("jane", "Jane Doe")], call).await;
    assert_eq!(said, (200, "Jane Doe".into()));
}

#[tokio::test]
async fn an_owner_who_is_not_there_is_answered_as_the_application_says() {
    let world = World::new();
    let call = world.call("GET", "/").token(&world.token().await);
    let said = asked(&world, TokenRule::Required, &[], call).await;
    assert_eq!(said, (410, "jane is not here any more".into()));
}

#[tokio::test]
async fn without_the_layer_or_a_token_it_is_a_mistake_that_says_so() {
    let world = World::new();
    let known = &[("jane", "Jane Doe")];
    let said = asked(&world, TokenRule::Optional, known, world.call("GET", "/open")).await;
    assert_eq!(said, (500, "This route has no verified request. Is the `protect` layer on it?".into()));
    let (status, said) = asked(&world, TokenRule::Optional, known, world.call("GET", "/")).await;
    assert!(status == 500 && said.contains("lets requests without a token through"), "{said}");
}
