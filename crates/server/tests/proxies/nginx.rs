//! nginx, with the question of `auth_request` and in front of the inline proxy.

use crate::{
    process::{Process, program},
    recipe,
    scene::Stage,
    way::{Bodies, Statuses, Way},
};
use std::fs;

pub(crate) const INLINE: Way = Way {
    name: "nginx>inline",
    countersign: "inline.toml",
    bodies: Bodies::All,
    statuses: Statuses::AsTheyAre,
    settings: &[],
    start: Some(|stage, port| start("nginx-inline.conf", stage, port)),
};

pub(crate) const FORWARD_AUTH: Way = Way {
    name: "nginx",
    countersign: "nginx-forward-auth.toml",
    bodies: Bodies::None,
    statuses: Statuses::Two,
    settings: &[],
    start: Some(|stage, port| start("nginx-forward-auth.conf", stage, port)),
};

fn start(name: &str, stage: &Stage, port: u16) -> Result<Process, String> {
    let listen = format!("listen 127.0.0.1:{port} ssl");
    let site = recipe::staged(name, stage, &[("listen              443 ssl", &listen)]);
    // What Debian's own file says around a site, with every path inside the folder.
    let around = format!(
        "daemon off; master_process off; user root; pid nginx.pid; error_log stderr;\n\
         events {{}}\n\
         http {{\n  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n  \
         uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n{site}}}\n"
    );
    let file = stage.folder.join("nginx.conf");
    fs::write(&file, around).map_err(|error| error.to_string())?;
    let mut nginx = program("nginx");
    nginx.arg("-p").arg(&stage.folder).arg("-c").arg(&file).args(["-e", "stderr"]);
    Process::start(nginx, &stage.folder, port)
}
