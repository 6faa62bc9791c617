//! An axum app on a free port, and requests for one that is called without a socket.

use axum::{Router, body::Body};
use http::Request;
use std::net::SocketAddr;

pub(crate) use crate::flow::{
    wire::{Reply, Served, send, send_as_it_is, send_http_2},
    world::{Call, Credentials, FORM, NOW, ORIGIN, World, form, printer},
};

impl Served {
    /// Serves what is built for the origin `http://127.0.0.1:PORT`.
    pub(crate) async fn start(app: impl FnOnce(&str) -> Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = app(&format!("http://{address}")).into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self::new(address, move || task.abort())
    }
}

impl Call {
    /// The whole request, for a service that is called without a socket.
    pub(crate) fn request(&self) -> Request<Body> {
        let head = self.head().header("host", "photos.example.net");
        head.body(Body::from(self.form.clone())).expect("a request")
    }
}
