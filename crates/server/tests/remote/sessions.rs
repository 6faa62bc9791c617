//! Sessions, listed and ended here and there.

use crate::{Way, World, support::browser::Browser};

const PASSWORD: &str = "correct horse";

#[test]
fn sessions_are_listed_without_their_cookies_and_ended_all_at_once() {
    let world = World::new();
    world.place.add_user("jane", PASSWORD);
    let here = |arguments: &[&str]| world.place.run(arguments, "");
    let there = |arguments: &[&str]| world.run(arguments, "");
    let ways: [Way<'_>; 2] = [&here, &there];
    for way in ways {
        let mut browsers = [(); 2].map(|()| Browser::sign_in(&world.server, "jane", PASSWORD));
        for flags in [&["--json"][..], &[]] {
            let listed = world.both(&[&["user", "sessions", "jane"], flags].concat()).stdout;
            assert_eq!(listed.lines().count(), 2, "{listed}");
            assert!(listed.lines().all(|line| line.contains("127.0.0.1")), "{listed}");
            for browser in &browsers {
                let cookie = browser.cookie("countersign").expect("a cookie");
                assert!(!listed.contains(cookie), "no cookie can be made of it: {listed}");
            }
        }
        let is_signed_in = |browser: &mut Browser| browser.get(&world.server, "/account").status == 200;
        assert!(browsers.iter_mut().all(is_signed_in));
        assert_eq!(way(&["user", "sessions", "jane", "--end"]).stdout, "ended 2 sessions of jane\n");
        assert!(!browsers.iter_mut().any(is_signed_in));
        assert_eq!(world.both(&["user", "sessions", "jane"]).stdout, "");
    }
}
