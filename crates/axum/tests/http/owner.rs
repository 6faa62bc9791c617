//! The resource owner as a type of the application's own.

use crate::support::{Call, Reply, World};
use axum::{Router, extract::FromRef, routing::get};
use countersign_axum::{FromOwner, Owner, TokenRule, protect};
use countersign_store::ResourceOwner;
use http::StatusCode;
use tower::ServiceExt;

/// Who may come in, as an application's state holds it.
#[derive(Clone)]
struct Users(&'static [(&'static str, &'static str)]);

/// A state of which the users are a part.
#[derive(Clone)]
struct Whole {
    users: Users,
}

impl FromRef<Whole> for Users {
    fn from_ref(whole: &Whole) -> Self {
        whole.users.clone()
    }
}

struct User(&'static str);

impl<S> FromOwner<S> for User
where
    S: Sync,
    Users: FromRef<S>,
{
    type Rejection = (StatusCode, String);

    async fn from_owner(owner: &ResourceOwner, state: &S) -> Result<Self, Self::Rejection> {
        let Users(known) = Users::from_ref(state);
        let found = known.iter().find(|(id, _)| *id == owner.as_str());
        found
            .map(|(_, name)| Self(name))
            .ok_or_else(|| (StatusCode::GONE, format!("{} is not here any more", owner.as_str())))
    }
}

fn app(world: &World, rule: TokenRule, known: &'static [(&'static str, &'static str)]) -> Router {
    Router::new()
        .route("/", get(async |Owner(user): Owner<User>| user.0))
        .route_layer(protect(&world.provider).token(rule))
        .route("/open", get(async |Owner(user): Owner<User>| user.0))
        .with_state(Whole { users: Users(known) })
}

async fn call(app: &Router, call: Call) -> (u16, String) {
    let reply = Reply::read(app.clone().oneshot(call.request()).await.expect("an answer")).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn a_handler_takes_the_owner_as_its_own_type() {
    let world = World::new();
    let token = world.token().await;
    let app = app(&world, TokenRule::Required, &[("john", "John"), ("jane", "Jane Doe")]);
    assert_eq!(call(&app, world.call("GET", "/").token(&token)).await, (200, "Jane Doe".into()));
}

#[tokio::test]
async fn an_owner_who_is_not_there_is_answered_as_the_application_says() {
    let world = World::new();
    let token = world.token().await;
    let app = app(&world, TokenRule::Required, &[]);
    let said = call(&app, world.call("GET", "/").token(&token)).await;
    assert_eq!(said, (410, "jane is not here any more".into()));
}

#[tokio::test]
async fn without_the_layer_or_a_token_it_is_a_mistake_that_says_so() {
    let world = World::new();
    let app = app(&world, TokenRule::Optional, &[("jane", "Jane Doe")]);
    let (status, body) = call(&app, world.call("GET", "/open")).await;
    assert_eq!(
        (status, body.as_str()),
        (500, "This route has no verified request. Is the `protect` layer on it?")
    );
    let (status, body) = call(&app, world.call("GET", "/")).await;
    assert!(status == 500 && body.contains("lets requests without a token through"), "{body}");
}
