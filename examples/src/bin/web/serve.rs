//! `web serve`: one process, until Ctrl-C.

use anyhow::Result;
use ryw_core::{TokenCodec, TokenKey};

use crate::options::Serve;
use crate::process::{self, Setup};

/// Says where it listens, and serves.
pub(crate) async fn run(options: Serve) -> Result<()> {
    let codec = TokenCodec::signed(TokenKey::from_base64(&options.key)?);
    let setup = Setup {
        primary: options.primary,
        replicas: options.replica,
        carrier: options.carrier,
        codec,
        is_bound: options.bind,
        write_at: options.write_at,
    };
    let (routes, _) = setup.build().await?;
    let (listener, at) = process::listen(options.listen).await?;
    println!("listening on http://{at}");
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    Ok(axum::serve(listener, routes).with_graceful_shutdown(stopped).await?)
}
