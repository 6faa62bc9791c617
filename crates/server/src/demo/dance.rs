//! The walk: temporary credentials, the owner's answer, token credentials, a protected call, a replay.

use super::{
    Cast,
    http::{Received, Sent, value_of},
    show::Show,
};
use countersign_core::{HmacSha1, Keys, Origin, Secret, percent, sign};
use countersign_provider::{Clock, System};
use std::net::SocketAddr;

/// Token credentials as the client got them.
pub(super) struct Token {
    pub(super) id: String,
    pub(super) secret: Secret,
}

pub(super) struct Dance<'a> {
    cast: &'a Cast,
    address: SocketAddr,
    show: &'a Show,
}

impl<'a> Dance<'a> {
    pub(super) fn new(cast: &'a Cast, address: SocketAddr, show: &'a Show) -> Self {
        Self { cast, address, show }
    }

    /// All of it; the token credentials at the end, or which step failed.
    pub(super) async fn run(&self) -> Result<Token, String> {
        self.show.line(format_args!(
            "OAuth 1.0a (RFC 5849), step by step, against a real server on http://{}.\n\
             Jane has photos there. The application \"Printer\" would like to print them, without her password.",
            self.address
        ));
        let temporary = self.initiate().await?;
        let verifier = self.authorize(&temporary).await?;
        let token = self.exchange(&temporary, &verifier).await?;
        let header = self.call(&token).await?;
        self.replay(&header).await?;
        self.show.good("Every step went as it should.");
        Ok(token)
    }

    async fn initiate(&self) -> Result<Token, String> {
        self.show.title(
            1,
            "Temporary credentials (§2.1)",
            "Printer asks for permission to ask, and says where Jane is to be sent afterwards.",
        );
        let callback = "http://127.0.0.1:49152/ready";
        let answer =
            self.signed("POST", "/oauth/initiate", None, Some(("oauth_callback", callback))).await?.1;
        let answer = answer.expect(200, "temporary credentials")?;
        self.given(&answer)
    }

    async fn authorize(&self, temporary: &Token) -> Result<String, String> {
        self.show.title(2, "The resource owner's answer (§2.2)", "Printer sends Jane's browser to the server. She signs in there, reads who asks for what, and allows it.");
        let here = format!("/oauth/authorize?oauth_token={}", percent::encode(&temporary.id));
        self.show
            .message("Printer's redirect leads her browser to", &format!("http://{}{here}", self.address));
        let mut browser = Browser { address: self.address, cookies: Vec::new() };

        let to_login = browser.go("GET", &here, None).await?.expect(303, "the way to sign in")?;
        let login = to_login.field("location").ok_or("no way to sign in")?.to_owned();
        let page = browser.go("GET", &login, None).await?.expect(200, "the sign-in page")?;
        let form = form(&[
            ("username", self.cast.account),
            ("password", &self.cast.password),
            ("csrf", &page.hidden("csrf")?),
            ("next", &here),
        ]);
        browser.go("POST", "/login", Some(form)).await?.expect(303, "sign-in")?;
        self.show.good("She signed in as jane.");

        let page = browser.go("GET", &here, None).await?.expect(200, "the consent page")?;
        let form = self::form(&[
            ("oauth_token", &temporary.id),
            ("decision", "grant"),
            ("csrf", &page.hidden("csrf")?),
        ]);
        let answer = browser.go("POST", "/oauth/authorize", Some(form)).await?.expect(303, "consent")?;
        self.show.message("She chose Allow; the server sends her browser back to Printer", &answer.text());
        let location = answer.field("location").ok_or("no redirect to the client")?;
        value_of(location, "oauth_verifier").ok_or_else(|| "the redirect holds no verifier".into())
    }

    async fn exchange(&self, temporary: &Token, verifier: &str) -> Result<Token, String> {
        self.show.title(3, "Token credentials (§2.3)", "Printer proves with the verifier that Jane's browser came back, and gets what it will use from now on.");
        let answer =
            self.signed("POST", "/oauth/token", Some(temporary), Some(("oauth_verifier", verifier))).await?.1;
        self.given(&answer.expect(200, "token credentials")?)
    }

    async fn call(&self, token: &Token) -> Result<String, String> {
        self.show.title(
            4,
            "A protected resource (§3)",
            "Every request is signed anew. The server finds client and owner, and tells the handler both.",
        );
        let (header, answer) = self
            .signed("GET", "/api/whoami?size=original&file=vacation%20%2B1.jpg", Some(token), None)
            .await?;
        let answer = answer.expect(200, "the protected call")?;
        if answer.body.contains("\"resource_owner\":\"jane\"") {
            Ok(header)
        } else {
            Err(format!("not jane: {}", answer.body))
        }
    }

    async fn replay(&self, header: &str) -> Result<(), String> {
        self.show.title(
            5,
            "The same request once more",
            "Somebody who saw the request sends it again, byte for byte.",
        );
        let sent = Sent {
            method: "GET",
            target: "/api/whoami?size=original&file=vacation%20%2B1.jpg",
            fields: vec![("Authorization", header.into())],
            form: None,
        };
        let answer = sent.send(self.address).await?;
        self.show.message("The answer", &answer.text());
        let answer = answer.expect(401, "the replay")?;
        if !answer.body.contains("nonce_used") {
            return Err(format!("the replay was refused for another reason: {}", answer.body));
        }
        self.show.good(
            "Refused: the server remembers every nonce as long as its timestamp could still be accepted.",
        );
        Ok(())
    }

    /// Signs, shows, sends, shows the answer; gives back the header that was sent as well.
    async fn signed(
        &self,
        method: &str,
        target: &str,
        token: Option<&Token>,
        extra: Option<(&str, &str)>,
    ) -> Result<(String, Received), String> {
        let bad = |error: &dyn std::fmt::Display| error.to_string();
        let origin: Origin = format!("http://{}", self.address)
            .parse()
            .map_err(|error: countersign_core::BadOrigin| bad(&error))?;
        let mut request = sign::Request::new(method, &origin, target)
            .realm("Photos")
            .client(self.cast.client.id.as_str(), &self.cast.client_secret)
            .stamp(System.now(), &countersign_provider::token(&System, 16));
        if let Some(token) = token {
            request = request.token(&token.id, &token.secret);
        }
        if let Some((name, value)) = extra {
            request = request.parameter(name, value);
        }
        let signed = request.sign(&HmacSha1).map_err(|error| bad(&error))?;

        let header = signed.header();
        let sent = Sent { method, target, fields: vec![("Authorization", header.clone())], form: None };
        self.show.message("The request as it is sent", &sent.text(self.address));
        let (client_secret, empty) = (&self.cast.client_secret, Secret::empty());
        let token_secret = token.map_or(&empty, |token| &token.secret);
        let key = Keys { client_secret, token_secret, public_key: None }.shared_secret();
        self.show.signature(signed.base_string(), &String::from_utf8_lossy(&key), signed.signature());
        let answer = sent.send(self.address).await?;
        self.show.message("The answer", &answer.text());
        Ok((header, answer))
    }

    fn given(&self, answer: &Received) -> Result<Token, String> {
        Ok(Token {
            id: answer.form_value("oauth_token")?,
            secret: answer.form_value("oauth_token_secret")?.into(),
        })
    }
}

/// A browser as far as it matters here: it keeps cookies.
struct Browser {
    address: SocketAddr,
    cookies: Vec<String>,
}

impl Browser {
    async fn go(&mut self, method: &str, target: &str, form: Option<String>) -> Result<Received, String> {
        let mut fields = vec![("Cookie", self.cookies.join("; "))];
        if form.is_some() {
            fields.push(("Origin", format!("http://{}", self.address)));
        }
        let answer = Sent { method, target, fields, form }.send(self.address).await?;
        for (_, cookie) in answer.fields.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            self.cookies.retain(|known| known.split('=').next() != Some(name));
            self.cookies.push(pair.to_owned());
        }
        Ok(answer)
    }
}

fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent::encode(value))).collect();
    pairs.join("&")
}
