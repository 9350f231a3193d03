//! A connector that answers from memory: what is then measured is the client's own work, from the call to the value.

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;

use super::order::Order;

/// Answers every request as if it were `GetItem`, with the same order; and with the price, to those who ask for it.
#[derive(Debug)]
struct Canned {
    status: StatusCode,
    plain: String,
    priced: String,
}

/// A client that always finds `order`.
pub(crate) fn client(order: &Order) -> Result<Client> {
    let item = json(order);
    let canned = Canned {
        status: StatusCode::try_from(200).context("200 is a status")?,
        plain: format!("{{\"Item\":{item}}}"),
        priced: format!(
            "{{\"ConsumedCapacity\":{{\"CapacityUnits\":0.5,\"TableName\":\"orders\"}},\"Item\":{item}}}"
        ),
    };
    let connector = SharedHttpConnector::new(canned);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "ryw-bench"))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    Ok(Client::from_conf(config.build()))
}

/// As the service writes an order that has no note.
fn json(order: &Order) -> String {
    let Order { customer, number, state, title, note: _, quantity, cents, paid, revision } = order;
    format!(
        "{{\"customer\":{{\"S\":{customer:?}}},\"number\":{{\"N\":\"{number}\"}},\"state\":{{\"S\":{state:?}}},\
         \"title\":{{\"S\":{title:?}}},\"quantity\":{{\"N\":\"{quantity}\"}},\"cents\":{{\"N\":\"{cents}\"}},\
         \"paid\":{{\"BOOL\":{paid}}},\"revision\":{{\"N\":\"{revision}\"}}}}"
    )
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let asked =
            request.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).unwrap_or_default();
        let answer = if asked.contains("ReturnConsumedCapacity") { &self.priced } else { &self.plain };
        let mut response = HttpResponse::new(self.status, answer.as_str().into());
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        response
            .headers_mut()
            .insert("x-amzn-requestid", "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG");
        HttpConnectorFuture::ready(Ok(response))
    }
}
