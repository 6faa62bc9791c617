//! The stylesheets, the image and the one script.

use crate::app::App;
use axum::{
    body::Bytes,
    extract::{Path, State, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

pub(crate) async fn serve(State(app): State<App>, name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let (media_type, content) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", include_str!("../../assets/style.css").into()),
        "mark.svg" => ("image/svg+xml", include_str!("../../assets/mark.svg").into()),
        "copy.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/copy.js").into()),
        other => match app.look.asset(other) {
            Some(asset) => (asset.media_type, Bytes::copy_from_slice(asset.content)),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let fields = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // An image that is opened by itself is a document, and an SVG may hold a script.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    (fields, content).into_response()
}
