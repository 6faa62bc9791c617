//! HAProxy, which asks by the script of the book.

use crate::{
    process::{Process, program},
    recipe,
    scene::Stage,
    way::{Bodies, Statuses, Way},
};
use std::fs;

pub(crate) const FORWARD_AUTH: Way = Way {
    name: "haproxy",
    countersign: "haproxy.toml",
    bodies: Bodies::Buffered,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(start),
};

fn start(stage: &Stage, port: u16) -> Result<Process, String> {
    let script = stage.folder.join("countersign.lua");
    fs::write(&script, recipe::staged("countersign.lua", stage, &[])).map_err(|error| error.to_string())?;
    let (bind, script) = (format!("bind 127.0.0.1:{port} "), script.display().to_string());
    let places = [("bind :443 ", bind.as_str()), ("/etc/haproxy/countersign.lua", script.as_str())];
    let file = stage.folder.join("haproxy.cfg");
    fs::write(&file, recipe::staged("haproxy.cfg", stage, &places)).map_err(|error| error.to_string())?;
    let mut haproxy = program("haproxy");
    haproxy.arg("-db").arg("-f").arg(&file);
    Process::start(haproxy, &stage.folder, port)
}
