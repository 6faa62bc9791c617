//! Apache httpd in front of the inline proxy.

use crate::{
    process::{Process, program},
    recipe,
    scene::Stage,
    way::{Bodies, Statuses, Way},
};
use std::{fmt::Write, fs};

pub(crate) const INLINE: Way = Way {
    name: "apache>inline",
    countersign: "inline.toml",
    bodies: Bodies::All,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(start),
};

fn start(stage: &Stage, port: u16) -> Result<Process, String> {
    let address = format!("127.0.0.1:{port}");
    let site = recipe::staged("apache-inline.conf", stage, &[("*:443", &address)]);
    // What Debian's own file says around a site, with every path inside the folder.
    let folder = stage.folder.display();
    let mut around = format!(
        "ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/httpd.pid\nErrorLog /dev/stderr\n\
         ServerName localhost\nUser nobody\nGroup nogroup\nListen {address}\n"
    );
    for module in ["mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "headers"] {
        let line = writeln!(around, "LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so");
        line.expect("a string takes it");
    }
    let file = stage.folder.join("httpd.conf");
    fs::write(&file, around + &site).map_err(|error| error.to_string())?;
    let mut httpd = program("apache2");
    httpd.arg("-X").arg("-f").arg(&file);
    Process::start(httpd, &stage.folder, port)
}
