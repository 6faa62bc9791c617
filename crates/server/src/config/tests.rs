//! What is read, from where, and what each mistake is told.

use super::*;

fn read(environment: &[(&str, &str)]) -> Result<Config, Error> {
    let environment: Vec<_> = environment.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect();
    Config::read(None, &environment)
}

#[test]
fn the_example_holds_every_key_with_its_default() {
    let mut example: Table = toml::from_str(EXAMPLE).unwrap();
    let defaults = Table::try_from(Config::default()).unwrap();
    example.entry("scopes").or_insert_with(|| toml::Value::Table(Table::new()));
    let sign_in = example["sign_in"].as_table_mut().expect("a table");
    sign_in.entry("oidc").or_insert_with(|| toml::Value::Array(Vec::new()));
    example.entry("route").or_insert_with(|| toml::Value::Array(Vec::new()));
    assert_eq!(example, defaults);
}

#[test]
fn the_environment_reaches_every_key_in_its_type() {
    let config = read(&[
        ("COUNTERSIGN_PUBLIC_URL", "https://a.example"),
        ("COUNTERSIGN_INSECURE_HTTP", "true"),
        ("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16"),
        ("COUNTERSIGN_DATABASE_URL", "sqlite:other.db"),
        ("COUNTERSIGN_DATABASE_SYNCHRONOUS", "full"),
        ("COUNTERSIGN_ENDPOINTS_GET", "true"),
        ("COUNTERSIGN_IDENTITY_JWT", "ES256"),
        ("COUNTERSIGN_IDENTITY_JWT_LIFE", "30"),
        ("COUNTERSIGN_SIGN_IN_PROXY_HEADER", "X-Remote-User"),
        ("COUNTERSIGN_LIMITS_PARAMETERS", "7"),
        ("COUNTERSIGN_KEYS", "not a key of the file"),
        ("HOME", "/root"),
    ])
    .unwrap();
    assert!(config.insecure_http && config.endpoints.get && config.trusted_proxies.len() == 2);
    assert_eq!((config.limits.parameters, config.database.synchronous), (7, Synchronous::Full));
    assert_eq!((config.identity.jwt, config.identity.jwt_life), (Jwt::Es256, 30));
    assert_eq!(config.sign_in.proxy_header, "X-Remote-User");
    assert_eq!((&*config.public_url, &*config.database.url), ("https://a.example", "sqlite:other.db"));
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value, told) in [
        ("COUNTERSIGN_PUBLIK_URL", "x", "no such key"),
        ("COUNTERSIGN_ECHO", "yes", "true or false"),
        ("COUNTERSIGN_LIMITS_FORM", "1MB", "whole number"),
        ("COUNTERSIGN_IDENTITY_JWT", "HS256", "EdDSA"),
        ("COUNTERSIGN_SIGN_IN_OIDC", "x", "in the file alone"),
        ("COUNTERSIGN_SIGN_IN_OIDC_0_ID", "x", "in the file alone"),
        ("COUNTERSIGN_ROUTE", "x", "in the file alone"),
        ("COUNTERSIGN_SCOPES", "x", "in the file alone"),
        ("COUNTERSIGN_SCOPES_PHOTOS", "x", "in the file alone, below [scopes]"),
        ("COUNTERSIGN_INSECURE_HTP", "true", "did you mean COUNTERSIGN_INSECURE_HTTP?"),
        ("COUNTERSIGN_LIMITS_FROM", "1", "did you mean COUNTERSIGN_LIMITS_FORM?"),
        ("COUNTERSIGN_PORT", "1", "`countersign config init` lists them"),
        ("COUNTERSIGN_METRICS_LISTEN", "9090", "such as 127.0.0.1:9090"),
        ("COUNTERSIGN_AUDIT_KEEP", "-1", "a whole number from 0 to 4294967295"),
    ] {
        let error = read(&[(name, value)]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(told), "{error}");
    }
}

#[test]
fn what_cannot_work_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let by_proxy = "trusted_proxies = [\"127.0.0.1/32\"]\n[sign_in]\nproxy_header = \"X-Remote-User\"\n";
    let route = "[[route]]\npath = \"/api\"\nupstream = \"http://127.0.0.1:1\"\npolicy = {}\n";
    for (text, line, told) in [
        ("echo = true\npublic_url = \"photos.example.net\"\n".to_owned(), 2, "public_url: `photos"),
        ("\n[database]\nurl = \"mongodb://h\"\n".into(), 3, "database.url"),
        ("\nsingle_node = false\n[database]\nurl = \"sqlite:x\"\n".into(), 4, "others"),
        (
            "single_node = false\ndatabase.url = \"postgres://h\"\ncache.url = \"memory:\"\n".into(),
            3,
            "another has seen",
        ),
        ("\nallow_plaintext = true\n".into(), 2, "needs TLS"),
        ("\nname = \"\"\n".into(), 2, "name: a name has visible characters"),
        ("\nname = \"Pho\\u202etos\"\n".into(), 2, "name: a name has visible characters"),
        ("[scopes]\na = \"A\"\n\"pho tos\" = \"B\"\n".into(), 3, "\"pho tos\" is no scope"),
        ("[scopes]\na = \"A\"\n\"\" = \"B\"\n".into(), 3, "\"\" is no scope"),
        ("listen = \"127.0.0.1:9\"\nmetrics.listen = \"127.0.0.1:9\"\n".into(), 2, "metrics.listen: is"),
        ("\n[forward_auth]\npreset = \"nginx\"\n".into(), 3, "trusted_proxies"),
        ("\n[sign_in]\nproxy_header = \"X-Remote-User\"\n".into(), 3, "trusted_proxies"),
        ("sign_in.proxy_header = \"X Remote\"\n".into(), 1, "no name of a header"),
        ("sign_in.proxy_header = \"X-Forwarded-For\"\n".into(), 1, "means something else"),
        ("sign_in.proxy_header = \"X-OAuth-Owner\"\n".into(), 1, "means something else"),
        ("sign_in.proxy_header = \"Authorization\"\n".into(), 1, "means something else"),
        ("sign_in.proxy_header = \"Cookie\"\n".into(), 1, "means something else"),
        (format!("sign_up = \"open\"\n{by_proxy}"), 4, "strangers can make accounts"),
        ("[sign_in]\nproxy_sign_out = \"javascript:alert(1)\"\n".into(), 2, "no address of a page"),
        ("[sign_in]\npassword = false\n".into(), 2, "no other way in"),
        (format!("{route}{route}"), 6, "routed twice"),
        (format!("{route}\n[[route]]\npath = \"/a/../b\"\npolicy = {{}}\n"), 7, "route.1.path"),
        (route.replace("/api", "/login"), 2, "page of the server itself"),
        (route.replace("/api", "/oauth/token"), 2, "page of the server itself"),
        (route.replace("http:", "https:"), 3, "is https"),
        (route.replace("upstream", "# upstream"), 2, "nothing would use it"),
        (route.replace("{}", "{ signature_methods = [\"PLAINTEXT\"] }"), 4, "can only narrow"),
        (route.replace("{}", "{ scopes = [\"a\"], token = \"none\" }"), 4, "only a token has"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let error = Config::read(Some(&path), &[]).unwrap().check().unwrap_err().to_string();
        assert!(error.contains(&format!("c.toml:{line}: ")) && error.contains(told), "{text}\n{error}");
    }
    std::fs::write(&path, "public_url = \"a.example\"\n").unwrap();
    let variable = ("COUNTERSIGN_PUBLIC_URL".to_owned(), "b.example".to_owned());
    let error = Config::read(Some(&path), &[variable]).unwrap().check().unwrap_err().to_string();
    assert!(error.starts_with("COUNTERSIGN_PUBLIC_URL: public_url: `b.example`"), "{error}");
}

#[test]
fn a_route_that_can_never_be_reached_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let route = "[[route]]\npath = \"/api\"\nupstream = \"http://127.0.0.1:1\"\npolicy = {}\n";
    let mut passed = Vec::new();
    for text in [
        route.replace("policy", "methods = [\"get\"]\npolicy"),
        route.replace("policy", "methods = [\"CONNECT\"]\npolicy"),
        route.replace("/api", "/a;b"),
        route.replace(":1\"", ":99999\""),
        route.replace(":1\"", ":abc\""),
        route.replace(":1\"", ":\""),
        route.replace(":1\"", ":0\""),
        "trusted_proxies = [\"::ffff:10.0.0.0/104\"]\n".into(),
        "[limits]\nstall = 9223372036854775807\n".into(),
        "[limits]\ntarget = 9223372036854775807\nheaders = 9223372036854775807\n".into(),
    ] {
        std::fs::write(&path, &text).unwrap();
        if Config::read(Some(&path), &[]).unwrap().check().is_ok() {
            passed.push(text);
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
}

#[test]
fn a_wrong_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    for (text, line, told) in [
        ("echo = true\npublik_url = \"x\"\n", 2, "publik_url"),
        ("\n\n[limits]\nform = \"1\"\n", 4, "invalid type"),
        ("echo = \n", 1, ""),
        ("trusted_proxies = [\"10.0.0.0/99\"]\n", 1, "10.0.0.0/99"),
        ("echo = true\ntrusted_proxies = [\n  \"foo\",\n]\n", 3, "trusted_proxies: \"foo\""),
        ("listen = \"8080\"\n", 1, "127.0.0.1:8080"),
        ("[limits]\nstall = 1\nform = -1\n", 3, "limits.form"),
        ("\n[[route]]\npath = \"/\"\nupstream = \"http://a\"\n", 2, "without `policy`"),
        ("[[route]]\npath = \"/\"\npolicy = { tokens = 1 }\n", 3, "tokens"),
        ("[identity]\njwt = \"none\"\n", 2, "EdDSA"),
        (
            "[audit]\nkeep = -1\n",
            2,
            "audit.keep: invalid value: integer `-1`, expected a whole number from 0 to 4294967295",
        ),
        ("timestamp_window = 5000000000\n", 1, "expected a whole number from 0 to 4294967295"),
        (
            "listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"\n",
            2,
            "2: listen is there already, further up: keep one",
        ),
        ("[limits]\nform = 1000\nform = 2000\n", 3, "3: limits.form is there already"),
        ("[audit]\nkeep = 1\n[audit] # again\n", 3, "3: [audit] is there already"),
        ("[route]\npath = \"/\"\npolicy = {}\n", 1, "write [[route]], since there may be several"),
        ("[sign_in.oidc]\nid = \"a\"\n", 1, "write [[sign_in.oidc]], since"),
        ("tls = 1\n", 1, "tls: invalid type: integer `1`, expected a table"),
        (
            "echo = true\ninsecure_htp = true\n",
            2,
            "2: no such key `insecure_htp`: did you mean `insecure_http`?",
        ),
        ("[metric]\nlisten = \"\"\n", 1, "did you mean `metrics`?"),
        ("[limits]\nfrom = 1\n", 2, "did you mean `form`?"),
        ("[limits]\nport = 1\n", 2, "`parameters`"),
        ("port = 1\n", 1, "1: no such key `port`: `countersign config init` lists them"),
        ("token_life = 99999999999999999999\n", 1, "999`, expected a whole number"),
        ("echo = \"yes\"\n", 1, "expected true or false"),
        ("[metrics]\nlisten = \"9090\"\n", 2, "such as 127.0.0.1:9090"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Config::read(Some(&path), &[]).unwrap_err().to_string();
        let is_plain =
            ["u32", "u64", "usize", "struct ", "sequence", "i128"].iter().all(|word| !error.contains(word));
        assert!(is_plain && error.matches("duplicate").count() == 0, "{error}");
        assert!(error.contains(&format!("c.toml:{line}: ")) && error.contains(told), "{error}");
    }
    assert!(Config::read(Some(&folder.path().join("none.toml")), &[]).is_err());
}

#[test]
fn an_issuer_that_cannot_work_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let issuer = "[[sign_in.oidc]]\nid = \"a\"\nissuer = \"https://id.example\"\nclient_id = \"c\"\n";
    let refused = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let read = Config::read(Some(&path), &[]);
        read.and_then(|config| config.check()).expect_err(text).to_string()
    };
    for (text, line, told) in [
        (issuer.replace("\"a\"", "\"A/b\""), 2, "lower-case letters"),
        (issuer.replace("\"a\"", "\"\""), 2, "lower-case letters"),
        (issuer.replace("https", "http"), 3, "use https"),
        (issuer.replace("https://id.example", "id.example"), 3, "https://host"),
        (issuer.replace("https://id.example", "https://u@id.example"), 3, "https://host"),
        (issuer.replace("id.example", "id.example?x"), 3, "https://host"),
        (issuer.replace("https://id.example", "ftp://127.0.0.1"), 3, "https://host"),
        (issuer.replace("\"c\"", "\"\""), 4, "is empty"),
        (format!("{issuer}scopes = [\"a b\"]\n"), 5, "one word"),
        (format!("{issuer}account_name = \"\"\n"), 5, "name a claim"),
        (format!("{issuer}client_secret_variable = \"COUNTERSIGN_X\"\n"), 5, "COUNTERSIGN_"),
        (format!("{issuer}client_secret_file = \"x\"\nclient_secret_variable = \"X\"\n"), 6, "keep one"),
        (format!("{issuer}client_secret = \"x\"\n"), 5, "client_secret"),
        (format!("{issuer}{issuer}"), 6, "another issuer's already"),
        (format!("{issuer}{}", issuer.replace("\"a\"", "\"b\"")), 7, "is there already"),
        (issuer.replace("client_id", "# client_id"), 1, "client_id"),
    ] {
        let error = refused(&text);
        assert!(error.contains(&format!("c.toml:{line}: ")) && error.contains(told), "{text}\n{error}");
    }
    let closed = format!("sign_up = \"open\"\nsign_in.password = false\n{issuer}");
    assert!(refused(&closed).contains("c.toml:1: sign_up"), "{}", refused(&closed));
    for loopback in
        ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1/realms/x", "https://id.example/x"]
    {
        std::fs::write(&path, issuer.replace("https://id.example", loopback)).unwrap();
        Config::read(Some(&path), &[]).unwrap().check().expect(loopback);
    }
}

#[test]
fn a_secret_that_cannot_be_read_is_named_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let oidc = |file: &std::path::Path, variable: &str| Oidc {
        client_secret_file: file.into(),
        client_secret_variable: variable.into(),
        ..toml::from_str("id = \"a\"\nissuer = \"https://a.example\"\nclient_id = \"c\"\n").unwrap()
    };
    let none = std::path::Path::new("");
    assert!(oidc(none, "").secret().unwrap().is_none());
    let (key, _) = oidc(&path, "").secret().unwrap_err();
    assert_eq!(key, "client_secret_file");
    let (key, told) = oidc(none, "NO_SUCH_VARIABLE_HERE").secret().unwrap_err();
    assert!(key == "client_secret_variable" && told.contains("NO_SUCH_VARIABLE_HERE"), "{told}");
    for (text, secret) in
        [("s3cret\n", Some("s3cret")), ("s3cret", Some("s3cret")), ("", None), ("a\nb\n", None)]
    {
        std::fs::write(&path, text).unwrap();
        let read = oidc(&path, "").secret();
        assert_eq!(read.as_ref().ok().and_then(|read| read.as_ref()).map(|read| read.expose()), secret);
        assert!(read.err().is_none_or(|(_, told)| !told.contains('b') || told.contains("must hold")));
    }
}
