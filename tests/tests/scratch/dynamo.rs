//! A crate that depends on `ryw-core` and `ryw-dynamo` alone, beside the SDK and tokio.
//!
//! No database and no query cache is there when it is compiled, and nothing of it knows SQL. What comes out is run.

use std::process::Output;

use ryw_testkit::dynamo::Regions;
use tokio::task::spawn_blocking;

use super::outside::Outside;

/// Beside them, a connector without TLS: the SDK's own takes longer to compile than all else.
const OTHERS: &str = r#"aws-sdk-dynamodb = { version = "1", default-features = false, features = ["rt-tokio"] }
aws-smithy-http-client = { version = "1", default-features = false, features = ["default-client", "rt-tokio"] }
tokio = { version = "1", default-features = false, features = ["macros", "rt"] }
"#;

#[tokio::test]
async fn a_crate_of_dynamodb_alone_compiles_no_sql_and_reads_its_own_write() {
    let outside = Outside::new("scratch-dynamo", &["ryw-core", "ryw-dynamo"], OTHERS);
    outside.write("src/main.rs", include_str!("people.rs"));

    let packages = outside.packages();
    assert!(packages.iter().any(|package| package.starts_with("ryw-dynamo ")), "{packages:#?}");
    for unwanted in ["sqlx", "libsqlite3-sys", "dynoxide", "ryw-postgres", "ryw-testkit"] {
        assert!(!packages.iter().any(|package| package.starts_with(unwanted)), "{unwanted} in {packages:#?}");
    }

    let regions = Regions::builder().start().await.unwrap();
    let (region, mut run) = (regions.region(0), outside.cargo(&["run", "--quiet", "--"]));
    region.follower().hold();
    run.arg(region.endpoint_url());
    let output = spawn_blocking(move || run.output().unwrap()).await.unwrap();
    assert_eq!(said(&output), "Ada, by her own write\n");
    assert!(region.follower().pending() > 0, "whoever reads eventually does not see it yet");
    assert_eq!((region.requests().strong("GetItem"), region.requests().eventual("GetItem")), (1, 1));
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
