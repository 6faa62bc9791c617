//! Pages of the operator's own, where each visit may meet another node.

use super::{
    scene::{CALLBACK, Scene},
    support::{
        admin::{Admin, json, key},
        browser::Browser,
        client::{Call, Pair},
        http::{Answer, value_of},
        server::Server,
    },
};
use serde_json::json as body;

fn node(scene: &Scene) -> Server {
    let starter = scene.place.server().set("COUNTERSIGN_ADMIN_API_ENABLED", "true");
    starter.set("COUNTERSIGN_OWN_PAGES_URL", "http://pages.test/login").start()
}

#[track_caller]
fn begin(scene: &Scene, server: &Server, browser: &mut Browser) -> (Pair, String) {
    let temporary = scene.dance(server).initiate();
    let sent = browser.consent(server, &temporary).expect(303);
    (temporary, value_of(sent.location(), "challenge").expect("a challenge"))
}

fn accept(server: &Server, key: &str, challenge: &str, owner: &str) -> Answer {
    let path = format!("/challenges/{challenge}/accept");
    Admin { server, key }.send("POST", &path, &body!({ "owner": owner }))
}

#[track_caller]
fn follow(server: &Server, browser: &mut Browser, accepted: &Answer) -> Answer {
    let url = json(accepted)["continue"].as_str().expect("an address").to_owned();
    browser.get(server, url.strip_prefix("http://countersign.test").expect("the server's"))
}

#[test]
fn a_challenge_begun_on_one_node_is_answered_and_used_on_others() {
    let scene = Scene::new();
    let [first, second, third] = [(); 3].map(|()| node(&scene));
    let key = key(&scene.place, &["challenges"], &[]);
    let mut browser = Browser::default();
    let (temporary, challenge) = begin(&scene, &first, &mut browser);
    let shown = Admin { server: &third, key: &key }.get(&format!("/challenges/{challenge}")).expect(200);
    assert_eq!(json(&shown)["client"]["name"], "Printer");
    let accepted = accept(&second, &key, &challenge, "customer-4711").expect(200);
    follow(&third, &mut Browser::default(), &accepted).expect(403);
    let back = follow(&third, &mut browser, &accepted).expect(303);
    follow(&first, &mut browser, &accepted).expect(401);
    assert!(back.location().starts_with(CALLBACK), "{}", back.location());
    let verifier = value_of(back.location(), "oauth_verifier").expect("a verifier");
    let token = Pair::from(&scene.dance(&second).exchange(&temporary, &verifier).expect(200));
    let told = Call::get("/api/whoami", &scene.client).token(&token).send(&first).expect(200);
    assert_eq!(json(&told)["resource_owner"], "customer-4711");
}

#[test]
fn of_many_answers_to_several_nodes_at_once_one_is_kept() {
    let scene = Scene::new();
    let nodes = [(); 2].map(|()| node(&scene));
    let key = key(&scene.place, &["challenges"], &[]);
    let (_, challenge) = begin(&scene, &nodes[0], &mut Browser::default());
    let answer = |number: usize| accept(&nodes[number % 2], &key, &challenge, &format!("owner-{number}"));
    let statuses: Vec<_> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|number| {
                scope.spawn({
                    let answer = &answer;
                    move || answer(number)
                })
            })
            .collect();
        let answers = senders.into_iter().map(|sender| sender.join().expect("an answer"));
        answers.map(|answer| answer.expect_one_of(&[200, 409]).status).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}
