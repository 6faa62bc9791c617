//! Every page of the administration.

use super::{PASSWORD, Walk, World};
use crate::support::browser::Browser;

/// For nobody, for Jane who has no role, and for Ada who has it.
pub(super) fn walk(world: &World, walk: &mut Walk) {
    let mut nobody = Browser::default();
    let [mut jane, mut ada] = ["jane", "ada"].map(|name| Browser::sign_in(&world.server, name, PASSWORD));
    let csrf = ada.get(&world.server, "/admin").expect(200).hidden("csrf").expect("csrf");
    let is_page = |route: &String| route.starts_with("/admin") && !route.starts_with("/admin/api/");
    for route in world.routes().into_iter().filter(is_page) {
        let target = route.replace("{id}", &format!("@{}", world.client.id)).replace("{name}", "@jane");
        walk.get(world, &route, &mut nobody, &target);
        walk.get(world, &route, &mut jane, &target);
        walk.get(world, &route, &mut ada, &target);
        let sent = ada.post(&world.server, &target, &[("csrf", &csrf)]);
        walk.note(&route, &format!("POST {target}"), sent);
    }
}
