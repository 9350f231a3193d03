//! What is sent.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use ryw_core::Column;

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Post {
    State,
    Score,
    Note,
}

impl Column for Post {
    fn name(self) -> &'static str {
        match self {
            Self::State => "state", // a reserved word
            Self::Score => "score.total",
            Self::Note => "note",
        }
    }

    fn table(self) -> &'static str {
        "posts"
    }
}

/// An expression with its placeholders filled in, so that the tests read well.
fn filled(mut expression: String, names: Names) -> String {
    let (names, values) = names.into_maps();
    let mut places: Vec<_> = names.unwrap_or_default().into_iter().collect();
    places.extend(values.unwrap_or_default().into_iter().map(|(place, value)| (place, told(&value))));
    places.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
    for (place, what) in places {
        expression = expression.replace(&place, &what);
    }
    expression
}

fn told(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => format!("'{text}'"),
        AttributeValue::N(digits) => digits.clone(),
        other => format!("{other:?}"),
    }
}

fn condition(condition: Condition) -> String {
    let mut names = Names::default();
    let expression = condition.render(&mut names).unwrap();
    filled(expression, names)
}

fn state(is: &str) -> Condition {
    Condition::eq(Post::State, &is.to_owned())
}

#[test]
fn tests_of_one_attribute() {
    let text = "a".to_owned();
    for (made, expected) in [
        (Condition::exists(Post::Note), "attribute_exists(note)"),
        (Condition::not_exists(Post::Note), "attribute_not_exists(note)"),
        (Condition::eq(Post::State, &text), "state = 'a'"),
        (Condition::ne(Post::State, &text), "state <> 'a'"),
        (Condition::lt(Post::Score, &1), "score.total < 1"),
        (Condition::le(Post::Score, &1), "score.total <= 1"),
        (Condition::gt(Post::Score, &1), "score.total > 1"),
        (Condition::ge(Post::Score, &1), "score.total >= 1"),
        (Condition::between(Post::Score, &1, &2), "score.total BETWEEN 1 AND 2"),
        (Condition::begins_with(Post::State, "op"), "begins_with(state, 'op')"),
        (Condition::contains(Post::Note, &text), "contains(note, 'a')"),
        (Condition::size_eq(Post::Note, 3), "size(note) = 3"),
        (Condition::size_le(Post::Note, 3), "size(note) <= 3"),
        (Condition::size_ge(Post::Note, 3), "size(note) >= 3"),
        (Condition::eq(Post::Note, &None::<String>), "attribute_not_exists(note)"),
        (Condition::ne(Post::Note, &None::<String>), "attribute_exists(note)"),
        (Condition::has("note"), "attribute_exists(note)"),
        (Condition::lacks("note"), "attribute_not_exists(note)"),
        (Condition::is("note", AttributeValue::N("1".into())), "note = 1"),
    ] {
        assert_eq!(condition(made), expected);
    }
}

#[test]
fn what_is_joined_keeps_its_meaning() {
    let (a, b, c) = (|| state("a"), || state("b"), || state("c"));
    for (made, expected) in [
        (a().and(b()).and(c()), "state = 'a' AND state = 'b' AND state = 'c'"),
        (a().or(b()).or(c()), "state = 'a' OR state = 'b' OR state = 'c'"),
        (a().and(b()).or(c()), "(state = 'a' AND state = 'b') OR state = 'c'"),
        (a().and(b().or(c())), "state = 'a' AND (state = 'b' OR state = 'c')"),
        (!a(), "NOT state = 'a'"),
        (!!a(), "state = 'a'"),
        (!(a().and(b())), "NOT (state = 'a' AND state = 'b')"),
        (!(a().or(b())), "NOT (state = 'a' OR state = 'b')"),
        ((!a()).and(b()), "(NOT state = 'a') AND state = 'b'"),
    ] {
        assert_eq!(condition(made), expected);
    }
}

#[test]
fn every_name_and_value_is_a_placeholder() {
    let mut names = Names::default();
    let between = Condition::between(Post::Score, &1, &2).and(Condition::lt(Post::Score, &9)).and(state("x"));
    let expression = between.render(&mut names).unwrap();
    assert_eq!(expression, "#0 BETWEEN :0 AND :1 AND #0 < :2 AND #1 = :3");
    let (names, values) = names.into_maps();
    let expected =
        [("#0", "score.total"), ("#1", "state")].map(|(place, name)| (place.to_owned(), name.to_owned()));
    assert_eq!(names.unwrap(), HashMap::from(expected));
    assert_eq!(values.unwrap().len(), 4);
}

#[test]
fn a_value_that_no_attribute_can_hold_is_an_error_of_the_condition() {
    let refused = |condition: Condition| condition.render(&mut Names::default()).unwrap_err().to_string();
    let nan = refused(state("a").and(!Condition::ge(Post::Score, &f64::NAN)));
    assert!(nan.starts_with("the attribute `score.total` cannot be stored: DynamoDB has no NaN"), "{nan}");
    let nothing = refused(Condition::lt(Post::Note, &None::<i32>));
    assert!(nothing.contains("`note`") && nothing.contains("`not_exists`"), "{nothing}");
    assert!(refused(Condition::between(Post::Note, &1, &f32::NAN)).contains("`note`"));
}

#[test]
fn changes_of_each_kind_are_one_clause() {
    let mut changes = Changes::default();
    assert!(changes.is_empty());
    changes.set("state", &"a".to_owned()).unwrap();
    changes.add("version", 1);
    changes.set("note", &None::<String>).unwrap();
    changes.set_value("score.total", AttributeValue::N("7".into()));
    changes.remove("draft");
    changes.set_if_absent("born", AttributeValue::N("1".into()));
    changes.set("tags", &std::collections::HashSet::<String>::new()).unwrap();
    let mut names = Names::default();
    let expression = changes.render(&mut names).unwrap();
    assert_eq!(
        filled(expression, names),
        "SET state = 'a', score.total = 7, born = if_not_exists(born, 1) REMOVE note, draft, tags ADD version 1"
    );
}

#[test]
fn the_later_of_two_changes_counts() {
    let mut changes = Changes::default();
    changes.set("note", &1).unwrap();
    changes.add("version", 1);
    changes.remove("note");
    assert!(changes.mentions("note") && !changes.mentions("state"));
    let mut names = Names::default();
    let expression = changes.render(&mut names).unwrap();
    assert_eq!(filled(expression, names), "REMOVE note ADD version 1");
}

#[test]
fn no_changes_are_no_expression_and_no_maps() {
    let mut names = Names::default();
    assert_eq!(Changes::default().render(&mut names), None);
    let (names, values) = names.into_maps();
    assert!(names.is_none() && values.is_none(), "DynamoDB refuses empty ones");
}

#[test]
fn a_change_that_cannot_be_stored_names_its_attribute() {
    let error = Changes::default().set("score", &f64::NAN).unwrap_err();
    assert!(error.to_string().starts_with("the attribute `score` cannot be stored"), "{error}");
    let error = Changes::default().set("note", &"x".repeat(crate::MAX_ITEM_SIZE)).unwrap_err();
    assert!(
        error.to_string().starts_with("the attribute `note` cannot be stored: it takes 409604 bytes"),
        "{error}"
    );
}

#[test]
fn changes_and_conditions_share_their_names() {
    let mut names = Names::default();
    let condition = Condition::exists(Post::State).render(&mut names).unwrap();
    let mut changes = Changes::default();
    changes.set("state", &"b".to_owned()).unwrap();
    let changes = changes.render(&mut names).unwrap();
    assert_eq!((condition.as_str(), changes.as_str()), ("attribute_exists(#0)", "SET #0 = :0"));
}

#[test]
fn keys_of_queries() {
    let partition = || ("user", AttributeValue::N("7".into()));
    let year = |make| SortCondition::of(make, &2026).unwrap();
    let (low, high) = (AttributeValue::N("1".into()), AttributeValue::N("2".into()));
    for (sort, expected) in [
        (SortCondition::Any, "user = 7"),
        (year(SortCondition::Eq), "user = 7 AND year = 2026"),
        (year(SortCondition::Lt), "user = 7 AND year < 2026"),
        (year(SortCondition::Le), "user = 7 AND year <= 2026"),
        (year(SortCondition::Gt), "user = 7 AND year > 2026"),
        (year(SortCondition::Ge), "user = 7 AND year >= 2026"),
        (SortCondition::Between(low, high), "user = 7 AND year BETWEEN 1 AND 2"),
        (SortCondition::BeginsWith(AttributeValue::S("20".into())), "user = 7 AND begins_with(year, '20')"),
    ] {
        let mut names = Names::default();
        let expression = key_condition(partition(), Some(("year", sort)), &mut names);
        assert_eq!(filled(expression, names), expected);
    }
    let mut names = Names::default();
    assert_eq!(key_condition(partition(), None, &mut names), "#0 = :0");
    assert!(SortCondition::of(SortCondition::Eq, &String::new()).is_err());
}

#[test]
fn projections_name_each_attribute_once() {
    let mut names = Names::default();
    assert_eq!(projection(&["id", "state", "a.b"], &mut names), "#0, #1, #2");
    assert_eq!(filled("#2".into(), names), "a.b");
}
