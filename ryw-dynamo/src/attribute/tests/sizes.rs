//! The sizes that AWS documents.

use super::*;

fn size(attributes: impl IntoIterator<Item = (&'static str, AttributeValue)>) -> usize {
    estimated_size(&attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[test]
fn as_aws_documents_them() {
    let list = |values| AttributeValue::L(values);
    let map = |values: Vec<(&str, AttributeValue)>| {
        AttributeValue::M(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    };
    // "Service quotas", items: the example of 23 bytes.
    assert_eq!(size([("shirt-color", s("R")), ("shirt-size", s("M"))]), 23);
    // "Item sizes and formats", rule by rule, beside a name of one byte.
    for (value, expected) in [
        (s("ß"), 2),
        (s(""), 0),
        (n("0"), 1),
        (n("7"), 2),
        (n("27"), 2),
        (n("-27"), 2),
        (n("127"), 3),
        (n("0.00127"), 3),
        (n("12700000"), 3),
        (n("1270E+50"), 3),
        (n("10.01"), 3),
        (n(&"9".repeat(38)), 20),
        (b(&[0; 5]), 5),
        (AttributeValue::Bool(true), 1),
        (AttributeValue::Null(true), 1),
        (list(vec![]), 3),
        (map(vec![]), 3),
        (list(vec![s("ab"), n("7")]), 3 + (1 + 2) + (1 + 2)),
        (map(vec![("key", s("ab"))]), 3 + (1 + 3 + 2)),
        (list(vec![map(vec![])]), 3 + (1 + 3)),
        (AttributeValue::Ss(vec!["a".into(), "bc".into()]), 3),
        (AttributeValue::Ns(vec!["1".into(), "100".into()]), 4),
        (AttributeValue::Bs(vec![Blob::new([1, 2])]), 2),
    ] {
        let told = format!("{value:?}");
        assert_eq!(size([("x", value)]), 1 + expected, "{told}");
    }
}

#[test]
fn what_is_too_large_is_refused_and_the_largest_attribute_named() {
    let item =
        |length| Attributes::from([("text".to_owned(), s(&"x".repeat(length))), ("id".to_owned(), n("7"))]);
    let largest = MAX_ITEM_SIZE - "text".len() - "id".len() - 2;
    assert!(check_size(&item(largest)).is_ok());
    let refused = check_size(&item(largest + 1)).unwrap_err().to_string();
    assert!(
        refused.starts_with("the attribute `text` cannot be stored") && refused.contains("409601"),
        "{refused}"
    );
}
