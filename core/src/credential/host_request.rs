//! What a transport of the app is handed, and what it hands back.

use reqwest::header::HeaderMap;
use url::Url;

use crate::http::request::Request;
use crate::settings::HostTransport;

/// A request for the app's transport.
pub struct HostRequest<'a> {
    /// Which of them.
    pub transport: HostTransport,
    /// What it sends.
    pub request: &'a Request,
    /// All headers, those of the request among them.
    pub headers: HeaderMap,
    /// The proxy to go through.
    pub proxy: Option<Url>,
}

/// What the app's transport got.
pub struct HostResponse {
    /// The status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}
