//! Caddy, with `forward_auth` and in front of the inline proxy.

use crate::{
    process::{Process, program},
    recipe,
    scene::{Stage, free_port},
    way::{Bodies, Statuses, Way},
};
use std::fs;

pub(crate) const INLINE: Way = Way {
    name: "caddy>inline",
    countersign: "inline.toml",
    bodies: Bodies::All,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(|stage, port| start("caddy-inline.Caddyfile", stage, port)),
};

pub(crate) const FORWARD_AUTH: Way = Way {
    name: "caddy",
    countersign: "caddy.toml",
    bodies: Bodies::None,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(|stage, port| start("Caddyfile", stage, port)),
};

fn start(name: &str, stage: &Stage, port: u16) -> Result<Process, String> {
    let address = format!("https://api.example.net:{port} {{");
    let site = recipe::staged(name, stage, &[("https://api.example.net {", &address)]);
    // What keeps it to itself: no administration, no redirects, no port but ours.
    let around = format!(
        "{{\n\tadmin off\n\tauto_https disable_redirects\n\thttp_port {}\n\tdefault_bind 127.0.0.1\n}}\n{site}",
        free_port()
    );
    let file = stage.folder.join("Caddyfile");
    fs::write(&file, around).map_err(|error| error.to_string())?;
    let mut caddy = program("caddy");
    caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    caddy
        .env("HOME", &stage.folder)
        .env("XDG_DATA_HOME", &stage.folder)
        .env("XDG_CONFIG_HOME", &stage.folder);
    Process::start(caddy, &stage.folder, port)
}
