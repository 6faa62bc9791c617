//! The examples, as processes.

use std::{path::Path, time::SystemTime};

/// The program that an example was built as. `cargo test` builds all of them; a test that is run by its name does not.
pub(crate) fn program(name: &str) -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_countersign")).parent().expect("a folder").join("examples");
    let built = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/{name}.rs"));
    assert!(
        changed(&built).is_some_and(|built| Some(built) >= changed(&source)),
        "{name} is not built, or older than its source: cargo build -p countersign-server --examples"
    );
    built.into_os_string().into_string().expect("a path in UTF-8")
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
