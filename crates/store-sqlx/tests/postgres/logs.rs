//! What the driver logs.

use super::{
    server::new_store,
    things::{NOW, block_on, claim, client, granted, token},
};
use countersign_core::{ClientId, Secret};
use countersign_store::{
    ClientKey, ClientRecord, ClientRegistry, CredentialStore, TemporaryRecord, TemporaryStore, TokenRecord,
    TokenStore,
};
use log::{LevelFilter, Log, Metadata, Record};
use std::sync::Mutex;

/// Keeps what all tests of the process log.
struct Kept(Mutex<String>);

static KEPT: Kept = Kept(Mutex::new(String::new()));

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0.lock().unwrap().push_str(&line);
    }

    fn flush(&self) {}
}

#[test]
fn no_secret_and_no_identifier_of_a_token_is_logged_at_any_level() {
    log::set_logger(&KEPT).unwrap();
    log::set_max_level(LevelFilter::Trace);
    block_on(async {
        let store = new_store().await;
        let secret = || Secret::from("kd94hf93k423kf44");
        let id = ClientId::new("canary-client").unwrap();
        store.add_client(&ClientRecord::new(id, "Printer", ClientKey::Secret(secret()))).await.unwrap();
        let temporary = TemporaryRecord { secret: secret(), ..granted("canary-temporary") };
        store.create(&temporary, NOW).await.unwrap();
        let issued = TokenRecord { secret: secret(), ..token("canary-token") };
        let _ = store.redeem(&temporary.id, &issued, NOW).await.unwrap();
        store.issue(&issued).await.unwrap_err();
        let _ = store.load(&client(), Some(&issued.id)).await.unwrap();
        let _ = claim(&store, NOW, "canary-nonce", NOW).await.unwrap();
    });
    log::set_max_level(LevelFilter::Off);
    let logged = KEPT.0.lock().unwrap();
    assert!(logged.contains("with parameters"), "the driver logs nothing");
    for hidden in ["kd94hf93k423kf44", "canary-"] {
        assert!(!logged.contains(hidden), "{hidden}");
    }
}
