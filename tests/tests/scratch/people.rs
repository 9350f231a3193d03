//! A user's program: makes its table, writes, and reads what it has written. It is given the endpoint.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use ryw_core::{Context, Repository};
use ryw_dynamo::DynamoSource;

/// Somebody.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(dynamo(table = "people"))]
struct Person {
    #[repository(key)]
    id: i64,
    name: String,
    nick: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let endpoint = std::env::args().nth(1).ok_or("the endpoint is missing")?;
    let source = DynamoSource::builder("people").home("eu-central-1", client(endpoint)).build()?;
    source.create_table::<Person>().await?;
    let people = PersonRepository::new(source);
    people.verify().await?;

    let session = Context::new();
    let written = people.insert(&session, NewPerson { id: 1, name: "Ada".into(), nick: None }).await?;
    let found = people.find(&session, &1).await?.ok_or("the session's own write is missing")?;
    assert_eq!(found, *written);
    assert_eq!(people.find(&Context::new(), &1).await?, None, "nobody else's reads are dearer for it");
    println!("{}, by her own write", found.name);
    Ok(())
}

fn client(endpoint: String) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("user", "user", None, None, "scratch"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}
