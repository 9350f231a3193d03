//! W3C Baggage: one header with many members, which a service hands on whether it knows them or not.
//!
//! So a context passes through services that have never heard of ryw. What they hand on is what was put in: they cannot add
//! what they write themselves. And it goes wherever baggage goes, also out of the house: a token shows which sources there are.

use super::{Extractor, Injector};

/// The name of the header.
const BAGGAGE: &str = "baggage";

/// A carrier whose `baggage` carries the context, as one member beside those of others.
///
/// ```
/// use std::collections::HashMap;
///
/// use ryw_core::{Baggage, Context, Propagator, TokenCodec, TokenKey};
///
/// let propagator = Propagator::new(TokenCodec::signed(TokenKey::new([7; 32])?));
/// let mut headers = HashMap::from([("baggage".to_owned(), "tenant=7;ttl=1".to_owned())]);
/// propagator.inject(&Context::new(), &mut Baggage(&mut headers));
/// assert!(headers["baggage"].starts_with("tenant=7;ttl=1,ryw-session="));
/// let ctx = propagator.extract(&Baggage(&mut headers));
/// # assert!(!ctx.is_unknown_elsewhere());
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Baggage<'a, C>(pub &'a mut C);

impl<C: Injector + Extractor> Injector for Baggage<'_, C> {
    fn set(&mut self, name: &str, value: String) {
        let kept = self.0.values(BAGGAGE).into_iter().flat_map(members);
        let mut kept: Vec<_> = kept.filter(|member| key(member) != name).map(str::to_owned).collect();
        kept.push(format!("{name}={value}"));
        self.0.set(BAGGAGE, kept.join(","));
    }
}

impl<C: Extractor> Extractor for Baggage<'_, C> {
    fn values(&self, name: &str) -> Vec<&str> {
        let members = self.0.values(BAGGAGE).into_iter().flat_map(members);
        members.filter(|member| key(member) == name).map(value).collect()
    }
}

fn members(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim).filter(|member| !member.is_empty())
}

fn key(member: &str) -> &str {
    member.split(['=', ';']).next().unwrap_or_default().trim()
}

/// Without the member's properties.
fn value(member: &str) -> &str {
    let pair = member.split(';').next().unwrap_or_default();
    pair.split_once('=').map_or("", |(_, value)| value).trim()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn carrier(baggage: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(BAGGAGE.to_owned(), baggage.to_owned())])
    }

    #[test]
    fn a_member_is_found_among_others() {
        for (baggage, expected) in [
            ("", vec![]),
            ("a=1", vec![]),
            ("x=token", vec!["token"]),
            ("a=1;p=2, x = token ;p;q=3 ,b=", vec!["token"]),
            ("x=one,x=other", vec!["one", "other"]),
            ("xx=1,x;p=1", vec![""]),
        ] {
            assert_eq!(Baggage(&mut carrier(baggage)).values("x"), expected, "{baggage}");
        }
    }

    #[test]
    fn the_members_of_others_are_kept() {
        let mut carrier = carrier("a=1;p=2, x=old ,b=%20");
        Baggage(&mut carrier).set("x", "new".into());
        assert_eq!(carrier[BAGGAGE], "a=1;p=2,b=%20,x=new");
    }
}
