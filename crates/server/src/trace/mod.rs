//! A span for each request, and one for each hop to an upstream, for an OpenTelemetry collector.
//!
//! ```text
//!   gate ─▶ Tracer::begin ─▶ router ─▶ forward: hop ─▶ upstream (traceparent)
//!                 └── Asked::answered ──┴── Hop::answered ─▶ queue ─▶ a thread of its own ─▶ collector
//! ```
//!
//! Without the feature `otel` there is nothing here: a setting that asks for it is refused, and no request does more for it.

#[cfg(feature = "otel")]
mod collector;
#[cfg(not(feature = "otel"))]
mod off;
#[cfg(feature = "otel")]
mod on;

#[cfg(not(feature = "otel"))]
pub(crate) use off::{Tracer, hop};
#[cfg(feature = "otel")]
pub(crate) use on::{Tracer, hop};
