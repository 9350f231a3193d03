//! Filters: the service's, and the same judged here on own items.

use ryw_core::Context;
use ryw_dynamo::Condition;

use super::song::{SongColumn, World, song, titles};

type Make = fn(fn(&str) -> String) -> Condition;

#[tokio::test]
async fn filters_leave_out_and_add_up() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    let ada = "ada".to_owned();
    let query = world.songs.query(&ctx, &ada).filter(Condition::ge(SongColumn::Plays, &30));
    let songs = query.filter(!Condition::between(SongColumn::Plays, &40, &80)).all().await.unwrap();
    assert_eq!(titles(&songs), ["t3", "t9"]);
}

#[tokio::test]
async fn own_items_are_filtered_like_others() {
    let (world, ctx) = (World::start().await, Context::new());
    world.ten().await;
    world.hold();
    let labels = [Some("indie"), None, Some("major"), Some("indie rock")];
    for (number, label) in labels.into_iter().enumerate() {
        let mut song = song("ada", &format!("t{number}"), "pop", 10 * i64::try_from(number).unwrap());
        song.label = label.map(Into::into);
        world.songs.upsert(&ctx, song).await.unwrap();
    }
    let text = str::to_owned;
    let conditions: [Make; 10] = [
        |text| Condition::eq(SongColumn::Label, &text("indie")),
        |text| Condition::ne(SongColumn::Label, &text("indie")),
        |text| Condition::lt(SongColumn::Label, &text("j")),
        |text| Condition::ge(SongColumn::Label, &text("j")),
        |text| Condition::between(SongColumn::Label, &text("indie "), &text("z")),
        |_| Condition::exists(SongColumn::Label),
        |_| Condition::not_exists(SongColumn::Label),
        |_| Condition::begins_with(SongColumn::Label, "ind"),
        |text| Condition::contains(SongColumn::Label, &text("roc")),
        |text| {
            let rock = Condition::contains(SongColumn::Label, &text("rock"));
            !(Condition::size_le(SongColumn::Label, 5).or(rock)).and(Condition::exists(SongColumn::Label))
        },
    ];
    let pop = text("pop");
    let mut overlaid = Vec::new();
    for condition in conditions {
        let songs = world.songs.query_by_genre(&ctx, &pop).filter(condition(text)).all().await.unwrap();
        overlaid.push(songs);
    }
    world.region().indexes().release();
    for (condition, overlaid) in conditions.into_iter().zip(overlaid) {
        let songs =
            world.songs.query_by_genre(&ctx.eventual(), &pop).filter(condition(text)).all().await.unwrap();
        assert_eq!(overlaid, songs, "{:?}", condition(text));
    }
}
