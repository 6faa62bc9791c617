//! The stylesheet, the mark and the one script.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

pub(crate) async fn serve(name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    let (media_type, content) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", include_str!("../../assets/style.css")),
        "mark.svg" => ("image/svg+xml", include_str!("../../assets/mark.svg")),
        "copy.js" => ("text/javascript; charset=utf-8", include_str!("../../assets/copy.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let fields = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (fields, content).into_response()
}
