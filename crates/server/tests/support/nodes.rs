//! Several nodes that are asked at once: what may happen once happens once.

use super::{
    browser::Browser,
    client::{Call, Dance, Pair},
    http::Answer,
    server::Server,
};
use std::thread;

/// A dance with each step at another node: one of the exchanges that come at once redeems it, and its token works at every node.
#[track_caller]
pub(crate) fn redeem_once(nodes: &[&Server], client: &Pair, callback: &str, owner: &mut Browser) {
    let dance = |server| Dance { server, client, callback };
    let temporary = &dance(nodes[0]).initiate();
    let verifier = &dance(nodes[1]).grant(owner, temporary);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let exchange = |node| scope.spawn(move || dance(node).exchange(temporary, verifier));
        let all: Vec<_> = nodes.iter().copied().cycle().take(4).map(exchange).collect();
        all.into_iter().map(|answer| answer.join().expect("an answer")).collect()
    });
    let redeemed: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(redeemed.len(), 1);
    let token = Pair::from(redeemed[0]);
    for node in nodes {
        Call::get("/api/whoami", client).token(&token).send(node).expect(200);
        dance(node).exchange(temporary, verifier).refused(401, "token_rejected");
    }
}

/// The same signed request 32 times at once, in turn to each node: one of them accepts it.
#[track_caller]
pub(crate) fn accept_once(nodes: &[&Server], call: &Call<'_>) {
    let statuses: Vec<_> = thread::scope(|scope| {
        let send = |node| scope.spawn(move || call.send(node).status);
        let all: Vec<_> = nodes.iter().copied().cycle().take(32).map(send).collect();
        all.into_iter().map(|status| status.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
}
