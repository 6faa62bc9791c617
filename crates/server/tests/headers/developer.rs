//! A developer, with an application of their own.

use super::{PASSWORD, Walk, World};
use crate::support::browser::Browser;

/// Jane with an application of her own, from its registration to its deletion.
pub(super) fn walk(world: &World, walk: &mut Walk) {
    let mut jane = Browser::sign_in(&world.server, "jane", PASSWORD);
    walk.get(world, "/developers", &mut jane, "/developers");
    let page = jane.get(&world.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    walk.note("/developers/new", "GET /developers/new", page);
    let guard = ("csrf", csrf.as_str());
    let registered =
        jane.post(&world.server, "/developers/new", &[guard, ("once", &once), ("name", "Press")]);
    let registered = walk.note("/developers/new", "POST /developers/new", registered.expect(200));
    let (_, rest) = registered.body.split_once("translate=\"no\">").expect("an identifier");
    let at = format!("/developers/applications/{}", rest.split('<').next().expect("an identifier"));
    for below in ["", "/edit", "/keys", "/callback", "/callback?url=oob", "/transfer", "/suspend", "/delete"]
    {
        let path = below.split('?').next().unwrap_or_default();
        walk.get(
            world,
            &format!("/developers/applications/{{id}}{path}"),
            &mut jane,
            &format!("{at}{below}"),
        );
    }
    let edit = [guard, ("revision", "0"), ("name", "Press")];
    let password = [guard, ("password", PASSWORD)];
    for (below, fields) in [
        ("/edit", &edit[..]),
        ("/edit", &[guard]),
        ("/keys", &[guard]),
        ("/keys/remove", &[guard]),
        ("/transfer", &[guard]),
        ("/tokens", &[guard]),
        ("/suspend", &[guard]),
        ("/resume", &[guard]),
        ("/delete", &[guard]),
        ("/delete", &password),
    ] {
        let answer = jane.post(&world.server, &format!("{at}{below}"), fields);
        walk.note(&format!("/developers/applications/{{id}}{below}"), &format!("POST …{below}"), answer);
    }
}
