//! The OpenAPI document: complete, and true of what is served.

use crate::support::{
    admin::{Admin, json, server},
    place::Place,
};
use serde_json::Value;

fn document() -> Value {
    let place = Place::new();
    place.done(&["migrate"], "");
    let server = server(&place);
    json(&Admin { server: &server, key: "" }.get("/openapi.json").expect(200))
}

#[test]
fn the_document_names_every_operation_its_scope_and_its_refusals() {
    let document = document();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    let paths = document["paths"].as_object().expect("paths");
    let operations: Vec<_> =
        paths.values().flat_map(|item| item.as_object().expect("operations").values()).collect();
    assert_eq!(operations.len(), 41, "{:?}", paths.keys());
    for operation in operations {
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{operation}");
        let described = responses.values().all(|response| response["description"].is_string());
        assert!(described, "{operation}");
        for status in ["400", "401", "403", "503"] {
            let content = &responses[status]["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{operation}");
        }
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{operation}");
    }
}

#[test]
fn each_operation_names_the_refusals_that_it_can_meet_and_no_others() {
    let document = document();
    let refusals = |verb: &str, path: &str| {
        let responses = &document["paths"][format!("/admin/api/v1{path}")][verb]["responses"];
        let statuses = responses.as_object().expect("responses").keys();
        let own = statuses.filter(|status| !["400", "401", "403", "429", "500", "503"].contains(&&***status));
        own.filter(|status| status.starts_with('4')).cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(refusals("get", "/accounts"), "");
    assert_eq!(refusals("get", "/applications/{client_id}"), "404");
    assert_eq!(refusals("post", "/accounts"), "409 413 415 422");
    assert_eq!(refusals("delete", "/tokens/{token}"), "404 409");
    assert_eq!(refusals("post", "/applications/{client_id}/approve"), "404 409 412");
    assert_eq!(refusals("put", "/applications/{client_id}"), "404 409 412 413 415 422 428");
}
