//! The examples: one asserts what it shows, and a whole dance walks through the other, which the README quotes.

use crate::{flow::walk::walk, support::Served};
use actix_web::App;
use std::sync::{Arc, OnceLock};

#[path = "../../examples/layers.rs"]
mod layers;
#[path = "../../examples/photos.rs"]
mod photos;

const CODE: &str = include_str!("../../examples/photos.rs");
const README: &str = include_str!("../../../../README.md");

#[test]
fn the_middleware_may_stand_in_four_places() {
    layers::main().expect("the example");
}

#[test]
fn the_readme_shows_the_routes_word_for_word() {
    let start = CODE.find("pub(crate) fn routes").expect("the routes");
    let shown = &CODE[start..start + CODE[start..].find("\n}\n").expect("an end") + 3];
    assert!(README.contains(&format!("```rust,ignore\n{shown}```\n")), "README.md lags behind");
}

#[tokio::test]
async fn a_whole_dance_walks_through_the_example() {
    // Made once, whatever number of workers builds the app.
    let provider = Arc::new(OnceLock::new());
    let app = move |origin: &str| {
        let provider = provider.get_or_init(|| photos::provider(origin).expect("the example"));
        App::new().configure(photos::routes(provider))
    };
    walk(&Served::start(app)).await;
}
