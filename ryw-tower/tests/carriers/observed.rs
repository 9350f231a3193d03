//! What a recorder of metrics is told.

use std::collections::BTreeMap;
use std::convert::Infallible;

use http::{Request, Response};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use ryw_core::{Context, TokenCodec, TokenKey};
use ryw_tower::{CookieCarrier, SessionLayer};
use tower::{Layer as _, ServiceExt as _};

use crate::app::codec;

/// One request behind `layer`, with these headers.
async fn send(layer: &SessionLayer, headers: &[(&str, &str)]) {
    let service =
        tower::service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    let request =
        headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
    layer.layer(service).oneshot(request.body(()).unwrap()).await.unwrap();
}

#[test]
fn tokens_are_counted_by_what_they_came_to() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        let layer = SessionLayer::header(codec()).also(CookieCarrier::new()).bad_tokens_per_second(3);
        runtime.block_on(async {
            let good = codec().encode(&Context::new()).to_string();
            let forged =
                TokenCodec::signed(TokenKey::new([8; 32]).unwrap()).encode(&Context::new()).to_string();
            send(&layer, &[("ryw-session", &good), ("cookie", &format!("ryw-0000000000000001={good}"))])
                .await;
            send(&layer, &[("ryw-session", &format!("{forged}, {good}"))]).await;
            send(&layer, &[("ryw-session", &vec![good.as_str(); 33].join(","))]).await;
            for _ in 0..2 {
                send(&layer, &[("ryw-session", "?")]).await;
            }
        });
    });
    let counted: BTreeMap<_, _> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let DebugValue::Counter(count) = value else { panic!("{key:?} is no counter") };
            let labels = key.key().labels().map(|label| format!(" {}", label.value())).collect::<String>();
            (format!("{}{labels}", key.key().name()), count)
        })
        .collect();
    let expected = [
        ("ryw_tower_requests_refused_total", 1),
        ("ryw_tower_tokens_accepted_total", 3),
        ("ryw_tower_tokens_rejected_total forged", 1),
        ("ryw_tower_tokens_rejected_total malformed", 2),
        ("ryw_tower_tokens_rejected_total too_many", 1),
    ];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)).into());
}
