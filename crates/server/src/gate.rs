//! What is answered before the stores are there: that the process lives, and what it waits for. All else waits with it, for as long as
//! there is hope.

use crate::{app::App, config::Config, error::Error, metrics::Meter, rate, resources, trace::Tracer, wire};
use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use countersign_axum::response;
use countersign_provider::{Audience, Problem, Provider};
use futures_util::future::Either;
use std::{
    convert::Infallible,
    future,
    ops::ControlFlow,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use tower_service::Service;

/// What a server's requests pass: closed until its routes can be served. A clone is another handle of the same one.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<OnceLock<Routes>>,
    stage: watch::Sender<Stage>,
    before: Routes,
}

/// What answers, what counts and traces the answers, and whose limits are kept before.
#[derive(Clone, Default)]
pub(crate) struct Routes {
    router: Router,
    limited: Option<App>,
    meter: Option<Meter>,
    tracer: Option<Tracer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// A first try has not ended.
    Starting,
    /// What did not answer.
    Waiting(&'static str),
    /// Asked to end before it opened.
    Stopping,
    Open,
}

impl Gate {
    /// Closed: it answers for itself.
    ///
    /// # Errors
    ///
    /// [`Error`] for a configuration that cannot work.
    pub(crate) fn closed(config: &Config) -> Result<Self, Error> {
        let (open, stage) = (Arc::default(), watch::Sender::new(Stage::Starting));
        let provider = App::without_stores(config)?;
        let [initiate, _, token] = config.endpoints.paths();
        let endpoints = initiate.into_iter().chain(token).map(Into::into).collect();
        let (stage_told, places) = (stage.clone(), Semaphore::new(MOST_HELD));
        let waiting =
            Arc::new(Waiting { open: Arc::clone(&open), stage: stage_told, places, provider, endpoints });
        let before = Router::new()
            .route("/healthz", get(resources::alive))
            .route("/readyz", get(ready))
            .fallback(hold)
            .layer(middleware::from_fn_with_state(config.limits, wire::well_formed))
            .with_state(waiting);
        Ok(Self { open, stage, before: before.into() })
    }

    /// What is asked at this moment.
    pub(crate) fn routes(&self) -> Routes {
        self.open.get().unwrap_or(&self.before).clone()
    }

    /// Says what did not answer: who waits for more than health is refused until it does.
    pub(crate) fn waits_for(&self, store: &'static str) {
        self.stage.send_replace(Stage::Waiting(store));
    }

    /// Nobody waits for it any more, unless it is open.
    pub(crate) fn stops(&self) {
        self.stage.send_if_modified(|stage| {
            let is_closed = *stage != Stage::Open;
            if is_closed {
                *stage = Stage::Stopping;
            }
            is_closed
        });
    }

    /// Lets everybody in, once.
    pub(crate) fn open(&self, routes: Routes) {
        // OK because who opened it before has let everybody in
        let _ = self.open.set(routes);
        self.stage.send_replace(Stage::Open);
    }
}

impl From<Routes> for Gate {
    fn from(routes: Routes) -> Self {
        let gate =
            Self { open: Arc::default(), stage: watch::Sender::new(Stage::Open), before: Routes::default() };
        gate.open(routes);
        gate
    }
}

impl Routes {
    /// All of a server's, limited, counted and traced where somebody asks for that.
    pub(crate) fn of(app: &App) -> Self {
        let limited = app.addresses.is_some().then(|| app.clone());
        Self { router: app.router(), limited, meter: app.meter(), tracer: app.tracer.clone() }
    }

    pub(crate) fn answer(
        mut self,
        mut request: Request,
    ) -> impl Future<Output = Result<Response, Infallible>> + use<> {
        let asked = self.meter.map(|meter| meter.begin(request.uri().path()));
        let traced = self.tracer.map(|tracer| tracer.begin(&mut request));
        let answer = match rate::admitted(self.limited.as_ref(), request) {
            ControlFlow::Continue(request) => Either::Left(self.router.call(request)),
            ControlFlow::Break(refusal) => Either::Right(future::ready(Ok(refusal))),
        };
        async move {
            let answer = answer.await?;
            if let Some(asked) = asked {
                asked.answered(&answer);
            }
            if let Some(traced) = traced {
                traced.answered(&answer);
            }
            Ok(answer)
        }
    }
}

/// Nobody counts them.
impl From<Router> for Routes {
    fn from(router: Router) -> Self {
        Self { router, ..Self::default() }
    }
}

struct Waiting {
    open: Arc<OnceLock<Routes>>,
    stage: watch::Sender<Stage>,
    /// For who waits.
    places: Semaphore,
    provider: Provider,
    /// Where a refusal is form-encoded.
    endpoints: Vec<String>,
}

impl Waiting {
    /// Waits for the end of a first try: for a moment, and not together with a crowd. It may be a long migration, or another node's.
    async fn wait(&self) {
        let Ok(_place) = self.places.try_acquire() else { return };
        let mut stage = self.stage.subscribe();
        // OK because whoever waited long enough is answered by what is there then
        let _ = timeout(HELD, stage.wait_for(|stage| *stage != Stage::Starting)).await;
    }
}

/// Never yet; no more than which store is told, since anybody may ask.
async fn ready(State(waiting): State<Arc<Waiting>>) -> Response {
    let told = match *waiting.stage.borrow() {
        Stage::Waiting(store) => format!("waiting for {store}\n"),
        Stage::Stopping => "stopping\n".into(),
        Stage::Starting | Stage::Open => "starting\n".into(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, told).into_response()
}

/// Where the stores are there, a start takes no longer than a connection may wait; where they are not, nobody is kept waiting for them.
async fn hold(State(waiting): State<Arc<Waiting>>, request: Request) -> Response {
    waiting.wait().await;
    if let Some(routes) = waiting.open.get() {
        let Ok(answer) = routes.clone().answer(request).await;
        return answer;
    }
    let is_endpoint = waiting.endpoints.iter().any(|path| path == request.uri().path());
    let audience = if is_endpoint { Audience::Endpoint } else { Audience::Resource };
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    response(waiting.provider.refuse(&Problem::StoreUnavailable.into(), audience, accept))
}

/// How long a start may take that nobody notices.
const HELD: Duration = Duration::from_secs(5);
/// How many requests may wait for it.
const MOST_HELD: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use tokio::{task::JoinSet, time::Instant};

    async fn asked(gate: &Gate, path: &str) -> (u16, String) {
        let request = http::Request::get(path).header("host", "a.test").body(Body::empty()).unwrap();
        let answer = gate.routes().answer(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn closed() -> Gate {
        Gate::closed(&Config { insecure_http: true, ..Config::default() }).unwrap()
    }

    #[tokio::test]
    async fn health_is_told_before_anything_is_there() {
        let gate = closed();
        assert_eq!(asked(&gate, "/healthz").await, (200, "ok\n".into()));
        assert_eq!(asked(&gate, "/readyz").await, (503, "starting\n".into()));
        gate.waits_for("the database");
        assert_eq!(asked(&gate, "/healthz").await.0, 200);
        assert_eq!(asked(&gate, "/readyz").await, (503, "waiting for the database\n".into()));
    }

    #[tokio::test]
    async fn who_comes_while_a_first_try_goes_on_is_answered_by_the_routes() {
        let gate = closed();
        let opened = gate.clone();
        let (answer, ()) = tokio::join!(asked(&gate, "/photos"), async move {
            opened.open(Router::new().route("/photos", get(|| async { "all of them" })).into());
        });
        assert_eq!(answer, (200, "all of them".into()));
        assert_eq!(asked(&gate, "/healthz").await.0, 404, "the routes answer for all");
    }

    #[tokio::test]
    async fn nobody_is_kept_waiting_for_a_store_that_is_away() {
        let gate = closed();
        let told = gate.clone();
        let (answer, ()) = tokio::join!(asked(&gate, "/photos"), async move { told.waits_for("the cache") });
        assert!(
            answer.0 == 503 && answer.1.contains("\"oauth_problem\":\"store_unavailable\""),
            "{answer:?}"
        );
        let (status, body) = asked(&gate, "/oauth/token").await;
        assert!(status == 503 && body.contains("oauth_problem=store_unavailable"), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_kept_waiting_for_a_long_migration() {
        let (gate, began) = (closed(), Instant::now());
        assert_eq!(asked(&gate, "/photos").await.0, 503);
        assert_eq!(began.elapsed(), HELD);
    }

    #[tokio::test(start_paused = true)]
    async fn crowd_that_waits_is_bounded() {
        let (gate, began, mut crowd) = (closed(), Instant::now(), JoinSet::new());
        for _ in 0..=MOST_HELD {
            let gate = gate.clone();
            crowd.spawn(async move { asked(&gate, "/photos").await.0 });
        }
        assert_eq!(crowd.join_next().await.unwrap().unwrap(), 503);
        assert_eq!(began.elapsed(), Duration::ZERO);
        gate.open(Router::new().route("/photos", get(|| async {})).into());
        assert!(crowd.join_all().await.into_iter().all(|status| status == 200));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_keeps_nobody_waiting() {
        let (gate, began) = (closed(), Instant::now());
        let stopped = gate.clone();
        let (answer, ()) = tokio::join!(asked(&gate, "/photos"), async move { stopped.stops() });
        assert_eq!((answer.0, began.elapsed()), (503, Duration::ZERO));
        assert_eq!(asked(&gate, "/readyz").await, (503, "stopping\n".into()));
    }
}
