//! What befalls the Regions of the model.

use std::time::Duration;

use ryw_testkit::dynamo::Refusal;

use crate::histories::fault::Fault;
use crate::histories::plan::Event;
use crate::histories::stage::Tables;

const REFUSALS: [Refusal; 4] =
    [Refusal::ThroughputExceeded, Refusal::Throttling, Refusal::RequestLimit, Refusal::InternalServerError];

pub(super) async fn strike(tables: &Tables, event: &Event) {
    let Event { lasting, target, .. } = *event;
    let region = &tables.regions.all()[target % tables.regions.all().len()];
    match event.fault {
        Fault::RegionLag => {
            region.follower().hold();
            ways(tables, |way| way.set_delay(lasting / 2));
        }
        Fault::IndexLag => region.indexes().hold(),
        Fault::Reordered => ways(tables, |way| {
            way.set_delay(lasting / 4);
            way.reorder(target as u64);
        }),
        Fault::Partial => ways(tables, |way| way.hold()),
        Fault::LostAnswers => region.lose_answers(1 + target % 8),
        Fault::Throttled => region.refuse_next(5 + target % 40, REFUSALS[target % REFUSALS.len()]),
        Fault::RegionCut => region.cut(),
        _ => region.isolate(),
    }
    if event.fault == Fault::Partial {
        partly(tables, lasting).await;
    }
    tokio::time::sleep(lasting).await;
    tables.heal();
}

/// Of every second key changes arrive, of the others they wait.
async fn partly(tables: &Tables, lasting: Duration) {
    tokio::time::sleep(lasting / 2).await;
    ways(tables, |way| {
        way.step_where(|change| change.key("id").is_some_and(|id| id.ends_with(['0', '2', '4', '6', '8'])));
    });
}

/// Each way from one Region to another.
fn ways(tables: &Tables, change: impl Fn(&ryw_testkit::dynamo::Lag)) {
    let count = tables.regions.all().len();
    for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
        if from != to {
            change(&tables.regions.replication(from, to));
        }
    }
}
