//! What verifying one request costs, beside the bare cryptography that no provider can do without.
//!
//! ```text
//! cargo bench -p countersign-core --all-features               a table
//! cargo bench -p countersign-core --all-features -- --json     one JSON object a line
//! cargo bench -p countersign-core --all-features -- --check    fails where a ratio is past its limit
//! ```
//!
//! Subject and floor take turns within each round, so that what else the machine does meets both. A round keeps the best
//! of its batches; a figure is the median of the rounds, and `ratio` the median of their own ratios. A busy sibling of
//! the processor core slows parsing and leaves the MAC's dependent chain as it is, so `quiet`, the best round of
//! the subject over the best of the floor, is what is held against goal and limit: noise only ever adds.

#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up has nothing to measure")]

use countersign_core::{
    HmacSha1, HmacSha256, HmacSha512, Keys, Methods, Origin, Plaintext, PreparedKey, PublicKey, RequestView,
    Secret, SigningMethod, Timestamp, sign::Request, verify,
};
use hmac::{Hmac, KeyInit, Mac};
use std::{hint::black_box, process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    // `cargo test --benches` only asks whether it runs.
    let effort = if given("--bench") { FULL } else { GLANCE };
    let origin: Origin = "https://photos.example.net".parse().unwrap();

    let mut figures = hmac_figures(&origin, effort);
    figures.extend(rsa_figures(&origin, effort));
    figures.extend(parts(&origin, effort));

    if given("--json") {
        figures.iter().for_each(|figure| println!("{}", figure.json()));
    } else {
        println!("{HEADING}");
        figures.iter().for_each(|figure| println!("{}", figure.row()));
    }
    if given("--check") && figures.iter().any(Figure::is_past_its_limit) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Header to verdict, for the methods with a shared secret; the floor is the MAC alone, its key mixed in before.
fn hmac_figures(origin: &Origin, effort: Effort) -> Vec<Figure> {
    let goal = Some(Bound { goal: 3.5, limit: 5.0 });
    vec![
        verify_figure("verify HMAC-SHA1", goal, origin, &HmacSha1, effort, mac::<Hmac<sha1::Sha1>>),
        verify_figure("verify HMAC-SHA256", None, origin, &HmacSha256, effort, mac::<Hmac<sha2::Sha256>>),
        verify_figure("verify HMAC-SHA512", None, origin, &HmacSha512, effort, mac::<Hmac<sha2::Sha512>>),
        verify_figure("verify PLAINTEXT", None, origin, &Plaintext, effort, |_, _| None),
    ]
}

/// Header to verdict with RSA-SHA1 and 2,048 bits; the floor is the library's verification of the same text.
#[cfg(feature = "rsa-sign")]
fn rsa_figures(origin: &Origin, effort: Effort) -> Vec<Figure> {
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
        rsa::{KeyPair, KeySize},
        signature::{self as aws, KeyPair as _},
    };
    use countersign_core::signature::rsa::{RsaSha1, RsaSigner};
    use pem_rfc7468::{LineEnding, encode_string};

    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let pem = encode_string("PRIVATE KEY", LineEnding::LF, private.as_ref()).unwrap();
    let signer = RsaSigner::from_pem(RsaSha1, &pem).unwrap();
    let key = PublicKey::from_der(public.as_ref());

    let signed = Signed::new(origin, &signer, Some(&key));
    let parsed = aws::ParsedPublicKey::new(&aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, key.as_der());
    let (parsed, signature) = (parsed.unwrap(), signed.signature_bytes());
    let (mut subject, mut floor) =
        (|| signed.verify(), || parsed.verify_sig(black_box(&signed.base), black_box(&signature)).unwrap());
    let effort = effort.shorter(12);
    let bound = Some(Bound { goal: 1.1, limit: 1.2 });
    vec![Figure::measure("verify RSA-SHA1 2048", bound, effort, &mut subject, Some(&mut floor))]
}

#[cfg(not(feature = "rsa-sign"))]
fn rsa_figures(_: &Origin, _: Effort) -> Vec<Figure> {
    eprintln!("the RSA figures need `--features rsa-sign`");
    Vec::new()
}

/// Where the time goes that is not cryptography.
fn parts(origin: &Origin, effort: Effort) -> Vec<Figure> {
    let signed = Signed::new(origin, &HmacSha1, None);
    let request = signed.view().parse().unwrap();
    let mut parse = || drop(black_box(signed.view().parse().unwrap()));
    let mut present = || drop(black_box(request.protocol().present(&signed.methods).unwrap()));
    let mut base = || drop(black_box(black_box(&request).base_string()));
    vec![
        Figure::measure("parse alone", None, effort, &mut parse, None),
        Figure::measure("static checks alone", None, effort, &mut present, None),
        Figure::measure("base string alone", None, effort, &mut base, None),
    ]
}

/// One thing to measure.
type Run = Box<dyn FnMut()>;

fn verify_figure(
    name: &'static str,
    bound: Option<Bound>,
    origin: &Origin,
    method: &impl SigningMethod,
    effort: Effort,
    floor: fn(&[u8], &[u8]) -> Option<Run>,
) -> Figure {
    let signed = Signed::new(origin, method, None);
    let (client, token) = secrets();
    let keys = Keys { client_secret: &client, token_secret: &token, public_key: None };
    let mut floor = floor(&keys.shared_secret(), &signed.base);
    Figure::measure(
        name,
        bound,
        effort,
        &mut || signed.verify(),
        floor.as_mut().map(|floor| &mut **floor as &mut dyn FnMut()),
    )
}

fn mac<M: Mac + KeyInit + Clone + 'static>(key: &[u8], text: &[u8]) -> Option<Run> {
    let (keyed, text) = (<M as KeyInit>::new_from_slice(key).unwrap(), text.to_vec());
    Some(Box::new(move || {
        let mut mac = black_box(&keyed).clone();
        mac.update(black_box(&text));
        black_box(mac.finalize().into_bytes());
    }))
}

/// A signed request as a server meets it: eight signed parameters, six of the header and two of the query.
struct Signed<'a> {
    origin: &'a Origin,
    header: String,
    base: Vec<u8>,
    methods: Methods,
    key: Box<dyn PreparedKey>,
}

impl<'a> Signed<'a> {
    fn new(origin: &'a Origin, method: &impl SigningMethod, public: Option<&PublicKey>) -> Self {
        let (client, token) = secrets();
        let signed = Request::new("GET", origin, TARGET)
            .realm("Photos")
            .client("dpf43f3p2l4k3l03", &client)
            .token("nnch734d00sl2jdk", &token)
            .stamp(Timestamp::from_seconds(1_371_312_020), "kllo9940pd9333jh")
            .parameter("oauth_version", "1.0")
            .sign(method)
            .unwrap();
        let methods = Methods::standard().with(Plaintext);
        let keys = Keys { client_secret: &client, token_secret: &token, public_key: public };
        let key = methods.find(method.name()).unwrap().prepare(&keys).unwrap();
        Self { origin, header: signed.header(), base: signed.base_string().as_bytes().into(), methods, key }
    }

    fn view(&self) -> RequestView<'_> {
        RequestView::new(black_box("GET"), black_box(self.origin), black_box(TARGET))
            .authorization(black_box(self.header.as_bytes()))
    }

    fn verify(&self) {
        let request = self.view().parse().unwrap();
        let presented = request.protocol().present(&self.methods).unwrap();
        black_box(verify(&presented, &request.base_string(), &*self.key).unwrap());
    }

    #[cfg(feature = "rsa-sign")]
    fn signature_bytes(&self) -> Vec<u8> {
        let request = self.view().parse().unwrap();
        let presented = request.protocol().present(&self.methods).unwrap();
        let mut buffer = [0; 512];
        presented.signature.base64(&mut buffer).unwrap().to_vec()
    }
}

fn secrets() -> (Secret, Secret) {
    (Secret::from("kd94hf93k423kf44"), Secret::from("pfkkdhi9sl3r4s00"))
}

/// What was measured, in nanoseconds.
struct Figure {
    name: &'static str,
    subject: Option<f64>,
    floor: Option<f64>,
    ratio: Option<f64>,
    quiet: Option<f64>,
    bound: Option<Bound>,
}

impl Figure {
    fn measure(
        name: &'static str,
        bound: Option<Bound>,
        effort: Effort,
        subject: &mut dyn FnMut(),
        mut floor: Option<&mut dyn FnMut()>,
    ) -> Self {
        let (mut subjects, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        time(effort, subject); // caches and clock speed settle
        for _ in 0..effort.rounds {
            let took = effort.best(subject);
            subjects.push(took);
            if let Some(floor) = &mut floor {
                floors.push(effort.best(*floor));
                ratios.extend(floors.last().map(|floor| took / floor));
            }
        }
        let quiet = least(&floors).map(|floor| least(&subjects).unwrap_or(f64::NAN) / floor);
        let [subject, floor, ratio] = [subjects, floors, ratios].map(median);
        Self { name, subject, floor, ratio, quiet, bound }
    }

    fn row(&self) -> String {
        let nanoseconds = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.0}"));
        let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
        format!(
            "{:<20} {:>7} {:>9} {:>7} {:>7} {:>6} {:>6}  {}",
            self.name,
            nanoseconds(self.subject),
            nanoseconds(self.floor),
            number(self.ratio),
            number(self.quiet),
            number(self.bound.map(|bound| bound.goal)),
            number(self.bound.map(|bound| bound.limit)),
            self.verdict()
        )
    }

    fn json(&self) -> String {
        let number = |value: Option<f64>| value.map_or("null".into(), |value| format!("{value:.3}"));
        format!(
            r#"{{"name":"{}","ns":{},"floor_ns":{},"ratio":{},"quiet":{},"goal":{},"limit":{}}}"#,
            self.name,
            number(self.subject),
            number(self.floor),
            number(self.ratio),
            number(self.quiet),
            number(self.bound.map(|bound| bound.goal)),
            number(self.bound.map(|bound| bound.limit)),
        )
    }

    fn verdict(&self) -> &'static str {
        match (self.quiet, self.bound) {
            (Some(ratio), Some(bound)) if ratio > bound.limit => "past the limit",
            (Some(ratio), Some(bound)) if ratio > bound.goal => "within the limit",
            (Some(_), Some(_)) => "meets the goal",
            _ => "",
        }
    }

    fn is_past_its_limit(&self) -> bool {
        self.quiet.zip(self.bound).is_some_and(|(ratio, bound)| ratio > bound.limit)
    }
}

/// How many times the floor a subject may cost.
#[derive(Clone, Copy)]
struct Bound {
    goal: f64,
    limit: f64,
}

/// How often each thing is run.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    batches: usize,
    calls: u32,
}

impl Effort {
    /// Nanoseconds a call: the best of this round's batches, since nothing makes code quicker than it is.
    fn best(self, run: &mut dyn FnMut()) -> f64 {
        least(&(0..self.batches).map(|_| time(self, run)).collect::<Vec<_>>()).unwrap_or(f64::NAN)
    }

    #[cfg(feature = "rsa-sign")]
    fn shorter(self, times: u32) -> Self {
        Self { calls: self.calls.div_ceil(times), ..self }
    }
}

fn time(effort: Effort, run: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..effort.calls {
        run();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(effort.calls)
}

fn least(values: &[f64]) -> Option<f64> {
    values.iter().copied().min_by(f64::total_cmp)
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

const TARGET: &str = "/photos?file=vacation.jpg&size=original";
const HEADING: &str = "                          ns  floor ns   ratio   quiet   goal  limit";
const FULL: Effort = Effort { rounds: 101, batches: 30, calls: 300 };
const GLANCE: Effort = Effort { rounds: 1, batches: 1, calls: 10 };
