//! Programs: a client, and one that administrates.

use super::{Walk, World};
use crate::support::{client::Call, http::Request};

/// A client, which is answered with what it asked for.
pub(super) fn walk_as_client(world: &World, walk: &mut Walk) {
    let whoami = Call::get("/api/whoami", &world.client).send(&world.server).expect(200);
    walk.note("/api/whoami", "GET /api/whoami, signed", whoami);
    let initiate = Call::post("/oauth/initiate", &world.client).with("oauth_callback", "oob");
    walk.note("/oauth/initiate", "POST /oauth/initiate, signed", initiate.send(&world.server).expect(200));
}

/// Every address of the administration's API, without a key and with one.
pub(super) fn walk_as_administration(world: &World, walk: &mut Walk) {
    for route in world.routes().into_iter().filter(|route| route.starts_with("/admin/api/")) {
        let target = route.replace("{client_id}", world.client.id.as_str()).replace(['{', '}'], "");
        let request = |method| Request::new(method, &target);
        let authorization = format!("Bearer {}", world.key);
        walk.note(&route, &format!("GET {target}"), request("GET").send(&world.server));
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = request(method).field("Authorization", &authorization).send(&world.server);
            walk.note(&route, &format!("{method} {target}, with a key"), answer);
        }
    }
}
