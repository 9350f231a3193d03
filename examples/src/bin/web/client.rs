//! Who uses the service: a plain HTTP client with a jar for cookies, as a browser has one, that also sends back what it finds in
//! the header `ryw-session`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Request};
use cookie_store::CookieStore;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ryw_core::Propagator;
use url::Url;

/// The header with the user's name, which a proxy that authenticates would set.
const USER: &str = "x-user";

/// How long a user waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A user's client.
pub(crate) struct Client {
    http: Http<HttpConnector, Body>,
    cookies: CookieStore,
    /// The token of the last response that had one.
    token: Option<HeaderValue>,
    /// His name, where he has one.
    user: Option<String>,
    /// Cookies are of a host, whatever the port: all processes are one site.
    site: Url,
}

impl Client {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            http: Http::builder(TokioExecutor::new()).build_http(),
            cookies: CookieStore::default(),
            token: None,
            user: None,
            // Browsers hold `localhost` to be as safe as `https`.
            site: Url::parse("https://localhost/")?,
        })
    }

    /// The same, of a user whom the service knows.
    pub(crate) fn of(user: impl Into<String>) -> Result<Self> {
        Ok(Self { user: Some(user.into()), ..Self::new()? })
    }

    /// Sends a request, remembers what the response says of the session, and returns its body.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        at: SocketAddr,
        path: &str,
        body: String,
    ) -> Result<String> {
        let mut request = Request::builder().method(method).uri(format!("http://{at}{path}"));
        let cookies: Vec<_> = self
            .cookies
            .get_request_values(&self.site)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(token) = &self.token {
            request = request.header(Propagator::NAME, token);
        }
        if let Some(user) = &self.user {
            request = request.header(USER, user);
        }
        if body.starts_with('{') {
            request = request.header("content-type", "application/json");
        }
        let answered = async {
            let (head, body) = self.http.request(request.body(Body::from(body))?).await?.into_parts();
            anyhow::Ok((head, body.collect().await?.to_bytes()))
        };
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        let (head, body) =
            answered.with_context(|| format!("{path} was not answered within {PATIENCE:?}"))??;
        let status = head.status;
        self.remember(&head.headers);
        let body = String::from_utf8(body.into())?;
        ensure!(status.is_success(), "{path} answered {status}: {body}");
        Ok(body)
    }

    fn remember(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok()) {
            // To expire what is not there is an error to this jar, and to no browser.
            let _ = self.cookies.parse(cookie, &self.site);
        }
        if let Some(token) = headers.get(Propagator::NAME) {
            self.token = Some(token.clone());
        }
    }
}
