//! DynamoDB where the environment says: another emulator, or the service itself, in a table of the run's own.

use std::env;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::Builder;
use futures_util::FutureExt as _;
use ryw_dynamo::DynamoSource;
use ryw_tests::draft::Draft;

use super::place::Place;

/// The service takes some seconds to make a table.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Account {
    client: Client,
    region: String,
    prefix: String,
    source: DynamoSource,
}

impl Account {
    /// What `RYW_DYNAMO_ENDPOINT` or `RYW_DYNAMO_REAL` ask for; `None` if they are not set.
    pub(crate) fn of_the_environment() -> Option<Self> {
        let endpoint = env::var("RYW_DYNAMO_ENDPOINT").ok();
        if endpoint.is_none() && env::var("RYW_DYNAMO_REAL").is_err() {
            return None;
        }
        Some(Self::at(endpoint.as_deref()))
    }

    /// Whoever listens at `endpoint`; without one, the service.
    pub(crate) fn at(endpoint: Option<&str>) -> Self {
        let region = env::var("AWS_REGION").unwrap_or_else(|_| "eu-central-1".into());
        let client = Client::from_conf(config(endpoint, &region));
        let prefix = env::var("RYW_DYNAMO_PREFIX").unwrap_or_else(|_| "ryw-conformance-".into());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
        let prefix = format!("{prefix}{now}-{}-", std::process::id());
        let source = source(&region, &client, &prefix);
        Self { client, region, prefix, source }
    }

    /// Makes the table, and removes it whatever comes of `run`.
    pub(crate) async fn with_table(self, run: impl AsyncFnOnce(&Self)) {
        let table = format!("{}drafts", self.prefix);
        self.source.create_table::<Draft>().await.unwrap();
        let run = async {
            let made = self.client.wait_until_table_exists().table_name(&table).wait(PATIENCE).await;
            made.unwrap();
            run(&self).await;
        };
        let done = AssertUnwindSafe(Box::pin(run)).catch_unwind().await;
        self.client.delete_table().table_name(&table).send().await.unwrap();
        done.unwrap_or_else(|panic| resume_unwind(panic));
    }
}

fn source(region: &str, client: &Client, prefix: &str) -> DynamoSource {
    let source = DynamoSource::builder("drafts").home(region, client.clone());
    source.table_prefix(prefix).build().unwrap()
}

fn config(endpoint: Option<&str>, region: &str) -> Config {
    let key = |name| match (env::var(name), endpoint) {
        (Ok(key), _) => key,
        // Emulators take anything.
        (Err(_), Some(_)) => "conformance".into(),
        (Err(_), None) => {
            panic!("{name} is not set: `aws configure export-credentials --format env` prints it")
        }
    };
    let [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(key);
    let credentials = Credentials::new(id, secret, env::var("AWS_SESSION_TOKEN").ok(), None, "environment");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(credentials)
        .http_client(http(endpoint));
    match endpoint {
        Some(endpoint) => config.endpoint_url(endpoint).build(),
        None => config.build(),
    }
}

#[cfg(feature = "dynamo-account")]
fn http(_: Option<&str>) -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

#[cfg(not(feature = "dynamo-account"))]
fn http(endpoint: Option<&str>) -> SharedHttpClient {
    let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
    assert!(plain, "this takes TLS, which the suite speaks with `--features dynamo-account`");
    Builder::new().build_http()
}

impl Place for Account {
    type Source = DynamoSource;

    const CAN_HOLD: bool = false;

    fn source(&self) -> &DynamoSource {
        &self.source
    }

    async fn elsewhere(&self) -> DynamoSource {
        source(&self.region, &self.client, &self.prefix)
    }

    async fn hold(&self) {}

    async fn release(&self) {}
}
