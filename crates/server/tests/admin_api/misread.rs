//! What could be read as something else than was meant: arrays for objects, queries, addresses of nothing.

use crate::support::{
    admin::{Admin, SCOPES, json, key, server},
    http::Request,
    place::Place,
};
use serde_json::json as body;

#[test]
fn array_in_place_of_an_object_makes_no_administrator() {
    let place = Place::new();
    place.add_user("jane", "correct horse");
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    let id = admin.application("A", &body!({}));
    for (method, path, array) in [
        ("POST", "/accounts", body!(["mallory", "correct horse", true])),
        ("PUT", "/accounts/jane/role", body!([true])),
        ("PUT", "/accounts/jane/password", body!(["another horse"])),
        ("POST", "/api-keys", body!(["K", ["accounts:read"], null, null])),
        ("POST", &format!("/applications/{id}/keys"), body!([null, false])),
        ("POST", "/tokens", body!([])),
    ] {
        let told = admin.send(method, path, &array).problem_about(400, None).body;
        assert!(told.contains("this must be an object"), "{method} {path}: {told}");
    }
    let nested = body!({ "settings": ["A", "", null, [], [], true, false, [], [], false] });
    let told = admin.send("POST", "/applications", &nested).problem_about(400, Some("settings")).body;
    assert!(told.contains("this must be an object"), "{told}");
    let accounts = json(&admin.get("/accounts").expect(200));
    let accounts = accounts["items"].as_array().expect("items");
    assert!(accounts.len() == 1 && accounts[0]["admin"] == false, "{accounts:?}");
}

#[test]
fn wrong_parameter_is_named_in_words_of_no_program() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    let admin = Admin { server: &server, key: &secret };
    for (query, field, told) in [
        ("/applications?limit=-1", "limit", "a whole number"),
        ("/applications?limit=", "limit", "a whole number"),
        ("/applications?limit=99999999999999999999", "limit", "a whole number"),
        ("/audit?from=2027-01-01", "from", "a whole number"),
        ("/accounts?disabled=TRUE", "disabled", "true or false"),
        ("/usage?weak=maybe", "weak", "true or false"),
        ("/usage?strong=true", "strong", "unknown field"),
        ("/usage?weak=true&weak=false", "weak", "duplicate field"),
    ] {
        let answer = admin.get(query).problem_about(400, Some(field));
        assert!(
            answer.body.contains(told) && !answer.body.contains("eserialize"),
            "{query}: {}",
            answer.body
        );
    }
}

#[test]
fn address_of_nothing_is_answered_as_all_of_the_api_is() {
    let place = Place::new();
    let (secret, server) = (key(&place, &SCOPES, &[]), server(&place));
    for nowhere in
        ["", "/", "/v1", "/v1/", "/v1/nosuch", "/v1/applications/", "/v2/accounts", "/v1/accounts/a/b/c"]
    {
        let request = Request::get(&format!("/admin/api{nowhere}"));
        request.clone().send(&server).problem_about(401, None);
        let keyed = request.field("Authorization", &format!("Bearer {secret}"));
        keyed.send(&server).problem_about(404, None);
    }
}
