//! Every conversation with the log at TRACE: no secret that was made, sent or stored is in it.

use crate::support::{CAUSE, Wire, World, printer};
use countersign_core::Plaintext;
use std::{
    io,
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
};
use tracing_subscriber::fmt::MakeWriter;

#[tokio::test]
async fn no_secret_is_logged_at_any_level() {
    let log = Log { of: thread::current().id(), text: Arc::default() };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(log.clone())
        .finish();
    // Of all threads, since interest in a span is kept for all of them; what the others write is dropped.
    tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    let secrets = every_conversation().await;

    let log = log.text();
    for span in ["initiate", "authorize", "exchange", "protect"] {
        assert!(log.contains(&format!("countersign.{span}")), "nothing was captured of {span}");
    }
    assert!(log.contains("signature_invalid") && log.contains(CAUSE), "refusals and causes are logged");
    let refusals: Vec<_> = log.lines().filter(|line| line.contains(" refused ")).collect();
    let replay = refusals.iter().find(|line| line.contains("nonce_used")).expect("a replay");
    for told in ["countersign.protect", "POST", "/photos", &printer().id, "192.0.2.1", "make a new one"] {
        assert!(replay.contains(told), "{told}: {replay}");
    }
    let nonces = refusals.iter().filter(|line| line.contains("nonce_used")).count();
    assert_eq!(nonces, 1, "each refusal is one line");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is logged");
    }
}

/// Walks through all of them, well and badly; gives back what must not be logged.
async fn every_conversation() -> Vec<String> {
    // The record goes to the log, as it does by default.
    let settings = |builder: countersign_provider::Builder| {
        builder.signature_method(Plaintext).audit(countersign_provider::audit::ToLog)
    };
    let world = World::with(settings);
    let mut secrets = vec![printer().secret];
    let mut sent = |wire: Wire| {
        secrets.extend(wire.private.clone());
        wire
    };
    let initiation = world.initiation().callback("https://printer.example.com/ready?session=callback-query");
    let temporary = world.initiate(&sent(initiation.sign())).await.credentials();
    let denied = world.temporary().await;
    world.deny(&denied).await;
    let verifier = world.grant(&temporary).await;
    let wrong = world.redemption(&temporary, "a-wrong-verifier");
    world.exchange(&sent(wrong.sign())).await;
    let redemption = world.redemption(&temporary, &verifier);
    let token = world.exchange(&sent(redemption.sign())).await.credentials();
    let request = world.call("POST", "/photos").token(&token).form("field=a-form-value");
    let wire = sent(request.sign());
    world.protect(&wire).await;
    world.protect(&wire).await;
    world.protect(&sent(world.request(&token).forged().sign())).await;
    world.protect(&sent(world.request(&token).method(Plaintext).sign())).await;
    world.store.fail(Some("load"));
    world.protect(&sent(world.request(&token).sign())).await;
    world.store.fail(None);
    world.revoke(&token).await;
    world.protect(&sent(world.request(&token).sign())).await;

    secrets.extend(["callback-query".into(), "a-form-value".into(), verifier]);
    secrets.extend([temporary.id, temporary.secret, denied.id, denied.secret, token.id, token.secret]);
    secrets
}

/// What one thread logs.
#[derive(Clone)]
struct Log {
    of: ThreadId,
    text: Arc<Mutex<Vec<u8>>>,
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().expect("no panic while it is held").clone()).expect("text")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if thread::current().id() == self.of {
            self.text.lock().expect("no panic while it is held").extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
