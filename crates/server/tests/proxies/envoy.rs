//! Envoy, which asks over HTTP or gRPC.

use crate::{
    process::Process,
    recipe,
    scene::Stage,
    way::{Bodies, Statuses, Way},
};
use std::{fs, path::Path, process::Command};

/// Over HTTP an empty body looks like one that Envoy was not told to send.
pub(crate) const HTTP: Way = Way {
    name: "envoy-http",
    start: Some(|stage, port| start("envoy-http.yaml", stage, port)),
    bodies: Bodies::IfAny,
    ..GRPC
};

pub(crate) const GRPC: Way = Way {
    name: "envoy-grpc",
    countersign: "envoy.toml",
    bodies: Bodies::All,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(|stage, port| start("envoy-grpc.yaml", stage, port)),
};

fn start(name: &str, stage: &Stage, port: u16) -> Result<Process, String> {
    let listen = format!("address: 127.0.0.1, port_value: {port}");
    let text = recipe::staged(name, stage, &[("address: 0.0.0.0, port_value: 443", &listen)]);
    let file = stage.folder.join("envoy.yaml");
    fs::write(&file, text).map_err(|error| error.to_string())?;
    let mut envoy = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proxies/.venv/bin/envoy"));
    envoy.args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "-c"]).arg(&file);
    Process::start(envoy, &stage.folder, port)
}
