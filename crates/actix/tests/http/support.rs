//! An actix app on a free port, or one that is called without a socket.

use actix_http::Request;
use actix_web::{
    App, Error, HttpServer,
    body::{MessageBody, to_bytes},
    dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse},
    http::Method,
    test::{TestRequest, call_service, init_service},
};
use bytes::Bytes;
use http::request;
use std::{any::Any, net::TcpListener};

pub(crate) use crate::flow::{
    wire::{Reply, Served, send, send_as_it_is, send_http_2},
    world::{Call, Credentials, FORM, NOW, ORIGIN, World, form, printer},
};

impl Served {
    /// Serves what is built for the origin `http://127.0.0.1:PORT`, over HTTP/1.1 and HTTP/2.
    pub(crate) fn start<F, T, B>(app: F) -> Self
    where
        F: Fn(&str) -> App<T> + Send + Clone + 'static,
        T: AnyApp<B>,
        B: MessageBody + 'static,
    {
        Self::marking(app, |_| {})
    }

    /// With something of each connection's own.
    pub(crate) fn marking<F, T, B>(app: F, mark: fn(&mut actix_web::dev::Extensions)) -> Self
    where
        F: Fn(&str) -> App<T> + Send + Clone + 'static,
        T: AnyApp<B>,
        B: MessageBody + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}");
        let server = HttpServer::new(move || app(&origin))
            .on_connect(move |_: &dyn Any, data| mark(data))
            .workers(1)
            .disable_signals();
        let server = server.listen_auto_h2c(listener).expect("a listener").run();
        let handle = server.handle();
        tokio::spawn(server);
        Self::new(address, move || drop(handle.stop(false)))
    }
}

/// What `App::wrap` may make of an app.
pub(crate) trait AnyApp<B>:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
    + 'static
{
}

impl<T, B> AnyApp<B> for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static
{
}

impl Call {
    /// The whole request, for an app that is called without a socket.
    pub(crate) fn request(&self) -> TestRequest {
        carrying(self.head().header("host", "photos.example.net"), self.form.clone())
    }
}

/// The request of a head, with a body.
pub(crate) fn carrying(head: request::Builder, body: impl Into<Bytes>) -> TestRequest {
    let (parts, ()) = head.body(()).expect("a request").into_parts();
    let method = Method::from_bytes(parts.method.as_str().as_bytes()).expect("a method");
    let request = TestRequest::with_uri(&parts.uri.to_string()).method(method).set_payload(body);
    let fields = parts.headers.iter();
    fields.fold(request, |request, (name, value)| request.append_header((name.as_str(), value.as_bytes())))
}

/// What an app answers that is called without a socket.
pub(crate) async fn call<T, B>(app: App<T>, request: TestRequest) -> Reply
where
    T: AnyApp<B>,
    B: MessageBody,
{
    tell(&init_service(app).await, request).await
}

/// The same for an app that is called more than once.
pub(crate) async fn tell<S, B>(app: &S, request: TestRequest) -> Reply
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = call_service(app, request.to_request()).await;
    let status = response.status().as_u16();
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().expect("text").parse();
    let fields = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().parse().expect("a name"), text(value).expect("a value")));
    let headers = fields.collect();
    let body = to_bytes(response.into_body()).await.ok().expect("a whole body");
    Reply { status, headers, body: String::from_utf8(body.to_vec()).expect("text") }
}
