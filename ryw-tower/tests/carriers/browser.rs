//! A browser, as far as cookies go: a jar, requests that carry it, and responses that arrive when the test says so, or never.

use cookie_store::CookieStore;
use http::Request;
use http::header::{COOKIE, SET_COOKIE};
use url::Url;

use crate::app::{Answer, App};

pub(crate) struct Browser<'a> {
    app: &'a App,
    jar: CookieStore,
    url: Url,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app, jar: CookieStore::default(), url: Url::parse("https://shop.example/").unwrap() }
    }

    /// The cookies that a request carries now.
    pub(crate) fn cookies(&self) -> Vec<String> {
        self.jar.get_request_values(&self.url).map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Sends a request; its response has not arrived yet.
    pub(crate) async fn send(&self, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).header("cookie", "theirs=1");
        let cookies = self.cookies();
        // HTTP/2 may cut the header.
        let (one, other) = cookies.split_at(cookies.len() / 2);
        let request = [one, other]
            .into_iter()
            .filter(|cookies| !cookies.is_empty())
            .fold(request, |request, cookies| request.header(COOKIE, cookies.join("; ")));
        self.app.send(request, path).await
    }

    /// Lets a response arrive.
    pub(crate) fn receive(&mut self, answer: &Answer) {
        for cookie in answer.head.headers.get_all(SET_COOKIE) {
            // Expiring what is not there any more is an error to this jar, and to no browser.
            let _ = self.jar.parse(cookie.to_str().unwrap(), &self.url);
        }
    }

    /// Has some of the cookies, if there are any, hold what nobody has sent.
    pub(crate) fn spoil(&mut self, which: usize) {
        let cookies = self.cookies();
        if let Some(cookie) = which.checked_rem(cookies.len()).map(|which| &cookies[which]) {
            let (name, _) = cookie.split_once('=').unwrap();
            self.jar.parse(&format!("{name}=spoiled; Secure; Path=/; Max-Age=9"), &self.url).unwrap();
        }
    }

    pub(crate) async fn load(&mut self, method: &str, path: &str) -> String {
        let answer = self.send(method, path).await;
        self.receive(&answer);
        answer.body
    }
}
