//! Shapes of requests that a transport of the app sends.

use napi_derive::napi;

use azure_openai_entra_core::credential::{HostRequest, HostResponse};
use azure_openai_entra_core::http::request::Route;
use azure_openai_entra_core::settings::HostTransport;

/// A request for a transport in JavaScript.
#[napi(object, object_from_js = false)]
pub struct HttpRequestFields {
    /// The transport's number in its thread; none for Node's own.
    pub transport: Option<u32>,
    pub method: &'static str,
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// The proxy to go through, with its user name and password.
    pub proxy: Option<String>,
    /// Whether it is for an identity endpoint of this machine, which no agent's proxy may see.
    pub direct: bool,
}

/// What the transport got.
#[napi(object, object_to_js = false)]
pub struct HttpAnswerFields {
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl From<HostRequest<'_>> for HttpRequestFields {
    fn from(HostRequest { transport, request, headers, proxy }: HostRequest<'_>) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Self {
            transport: match transport {
                HostTransport::Node => None,
                HostTransport::Object(object) => Some(object),
            },
            method: request.method(),
            url: request.url.to_string(),
            headers: headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
            body: request.form.as_ref().map(|form| form.expose().to_owned()),
            proxy: proxy.map(String::from),
            direct: request.route == Route::Direct,
        }
    }
}

impl From<HttpAnswerFields> for HostResponse {
    fn from(HttpAnswerFields { status, headers, body }: HttpAnswerFields) -> Self {
        Self { status, headers, body }
    }
}
