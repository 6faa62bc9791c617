//! What is said of changes, how often, and what strangers say.

use super::{
    changes::{Scene, Seen, account, done},
    server::{new_schema, raw, shared},
    things::{NOW, block_on, client, token, token_id},
};
use countersign_core::Secret;
use countersign_store::{
    AccountStore, Addition, AdminStore, ClientRegistry, ClientStatus, Outcome, Replacement, SealedKind,
    SealedRows, TokenRecord, TokenRegistry, TokenStore,
};
use std::{future::poll_fn, task::Poll};
use tokio_postgres::{AsyncMessage, NoTls};

#[test]
fn identifiers_with_odd_characters_are_told_and_name_nothing_else() {
    block_on(async {
        let scene = Scene::new().await;
        let (long, owner) = ("é".repeat(127), "\u{1f600}\\".repeat(204));
        for (id, owner) in [
            ("'; NOTIFY x --", "jane's \"account\""),
            ("tcto", "t\r\n\u{1f600}"),
            ("c client-1", "o"),
            (long.as_str(), owner.as_str()),
        ] {
            let record = TokenRecord { id: token_id(id), owner: owner.into(), ..token("jane") };
            scene.other.add_account(&account(owner)).await.unwrap();
            scene.other.issue(&record).await.unwrap();
            scene.becomes(id, Seen::Usable).await;
            done(scene.other.disable_account(owner).await);
            scene.becomes(id, Seen::Refused).await;
            done(scene.other.enable_account(owner).await);
            scene.becomes(id, Seen::Usable).await;
            // Whoever forgot too much would notice this.
            scene.unheard("UPDATE tokens SET revoked = 0 WHERE id = 'joe'").await;
            done(scene.other.revoke(&token_id(id), NOW).await);
            scene.becomes(id, Seen::Refused).await;
            assert_eq!(scene.seen("joe").await, Seen::Usable, "{id}");
            scene.unheard("UPDATE tokens SET revoked = NULL WHERE id = 'joe'").await;
        }
    });
}

#[test]
fn an_over_long_identifier_cannot_keep_itself_from_being_revoked() {
    block_on(async {
        let scene = Scene::new().await;
        let sql = "ALTER TABLE tokens DROP CONSTRAINT tokens_owner_check, DROP CONSTRAINT tokens_id_check;
            INSERT INTO tokens (id, secret, client, owner, scopes, issued)
            VALUES (repeat('t', 2600) || repeat(U&'\\00fc', 2600), 's', 'client-1', 'x', '{}', 0)";
        scene.hand.batch_execute(sql).await.unwrap();
        scene.unheard("UPDATE tokens SET revoked = 0 WHERE id = 'jane'").await;
        let revoked = scene.hand.execute("UPDATE tokens SET revoked = 0 WHERE owner = 'x'", &[]).await;
        assert_eq!(revoked.unwrap(), 1);
        // Everything is forgotten.
        scene.becomes("jane", Seen::Refused).await;
    });
}

#[test]
fn messages_of_strangers_make_it_forget_and_believe_nothing() {
    block_on(async {
        let scene = Scene::new().await;
        let schema: String = scene.hand.query_one("SELECT current_schema()::text", &[]).await.unwrap().get(0);
        let long = "x".repeat(7999);
        for message in ["", "t", "x", "t\n", "c\t", "ojane", "tjane", "cclient-1", "\u{fc}", &long] {
            scene.unheard("UPDATE tokens SET revoked = 0 WHERE id = 'jane'").await;
            assert_eq!(scene.seen("jane").await, Seen::Usable);
            scene.hand.execute("SELECT pg_notify($1, $2)", &[&schema, &message]).await.unwrap();
            scene.becomes("jane", Seen::Refused).await;
            scene.unheard("UPDATE tokens SET revoked = NULL WHERE id = 'jane'").await;
            scene.node.clear();
            assert_eq!(scene.seen("jane").await, Seen::Usable);
        }
        // A flood is heard, and what comes behind it too.
        let flood = "SELECT pg_notify($1, 't' || n) FROM generate_series(1, 20000) n";
        scene.hand.execute(flood, &[&schema]).await.unwrap();
        done(scene.other.revoke(&token_id("jane"), NOW).await);
        scene.becomes("jane", Seen::Refused).await;
    });
}

/// All messages until a certain one.
async fn messages(url: &str, schema: &str, during: impl AsyncFnOnce()) -> Vec<String> {
    let (listener, mut wire) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let heard = tokio::spawn(async move {
        let mut heard = Vec::new();
        poll_fn(|cx| {
            loop {
                match wire.poll_message(cx) {
                    Poll::Ready(Some(Ok(AsyncMessage::Notification(told))))
                        if told.payload() == "the end" =>
                    {
                        return Poll::Ready(());
                    }
                    Poll::Ready(Some(Ok(AsyncMessage::Notification(told)))) => {
                        heard.push(told.payload().to_owned());
                    }
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(ended) => panic!("{ended:?}"),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await;
        heard
    });
    listener.batch_execute(&format!("LISTEN {schema}")).await.unwrap();
    during().await;
    let hand = raw(url, schema).await;
    hand.batch_execute(&format!("NOTIFY {schema}, 'the end'")).await.unwrap();
    heard.await.unwrap()
}

#[test]
fn what_is_new_sealed_anew_or_of_no_consequence_is_not_told() {
    block_on(async {
        let (options, schema) = new_schema();
        let scene = Scene::at(shared(), options, &schema).await;
        let other = &scene.other;
        let heard = messages(shared(), &schema, async || {
            let many: Vec<_> = (0..2000).map(|number| token(&format!("many-{number}"))).collect();
            let added = other.add_tokens(&many).await.unwrap();
            assert!(added.iter().all(|fate| *fate == Addition::Added));
            other.issue(&token("k-1")).await.unwrap();
            let accounts: Vec<_> = (0..100).map(|number| account(&format!("a-{number}"))).collect();
            other.add_accounts(&accounts).await.unwrap();
            done(other.set_password("jane", &Secret::from("$argon2id$2")).await);
            done(other.revoke(&token_id("k-1"), NOW).await);
            // Again: nothing changes.
            assert_eq!(other.revoke(&token_id("k-1"), NOW).await.unwrap(), Outcome::Refused);
            let rows = other.sealed_after(SealedKind::Token, None, 100, NOW).await.unwrap();
            let anew = |row| Replacement { row, text: Secret::from("sealed anew") };
            let replaced = other.reseal(SealedKind::Token, rows.into_iter().map(anew).collect(), NOW).await;
            assert_eq!(replaced.unwrap(), 100);
            other.check_writable(NOW).await.unwrap();
            let Outcome::Done = other.set_client_status(&client(), ClientStatus::Active).await.unwrap()
            else {
                panic!("the client is there");
            };
        })
        .await;
        assert_eq!(heard, ["tk-1"]);
    });
}

#[test]
fn a_client_that_goes_with_many_tokens_is_told_in_few_words() {
    block_on(async {
        let (options, schema) = new_schema();
        let scene = Scene::at(shared(), options, &schema).await;
        let many: Vec<_> = (0..2000).map(|number| token(&format!("many-{number}"))).collect();
        assert_eq!(scene.other.add_tokens(&many).await.unwrap().len(), many.len());
        let mut heard = messages(shared(), &schema, async || {
            done(scene.other.remove_client(&client()).await);
        })
        .await;
        heard.sort();
        assert_eq!(heard, ["", "cclient-1"]);
        scene.becomes("joe", Seen::Absent).await;
    });
}
