use super::Object;
use super::names::MAX_UNINDEXED;
use crate::Value;

fn numbered(count: usize) -> Object {
    (0..count)
        .map(|number| (format!("key{number}"), number))
        .collect()
}

#[test]
fn members_keep_their_order_and_places() {
    for count in [0, 1, MAX_UNINDEXED, MAX_UNINDEXED + 1, 1000] {
        let mut object = numbered(count);
        assert_eq!(object.len(), count);
        for number in 0..count {
            let old = object.insert(format!("key{number}"), number + 1);
            assert_eq!(old, Some(Value::from(number)));
        }
        assert_eq!(object.len(), count);
        for (number, (key, value)) in object.iter().enumerate() {
            assert_eq!(key, format!("key{number}"));
            assert_eq!(*value, Value::from(number + 1));
        }
        assert_eq!(object.get("absent"), None);
    }
}

#[test]
fn removing_moves_later_members_up() {
    let mut object = numbered(MAX_UNINDEXED + 3);
    for number in 0..MAX_UNINDEXED + 2 {
        assert_eq!(
            object.remove(&format!("key{number}")),
            Some(Value::from(number))
        );
        assert_eq!(object.remove(&format!("key{number}")), None);
        assert!(object.contains_key(&format!("key{}", number + 1)));
    }
    assert_eq!(
        object.keys().collect::<Vec<_>>(),
        [format!("key{}", MAX_UNINDEXED + 2)]
    );
}

#[test]
fn order_does_not_matter_for_equality() {
    let forwards = numbered(30);
    let backwards: Object = numbered(30).into_iter().rev().collect();
    assert_eq!(forwards, backwards);
    assert_ne!(forwards, numbered(29));
    assert_ne!(forwards, numbered(31));
}

#[test]
fn a_million_members_are_indexed_in_time() {
    let object = numbered(1_000_000);
    assert_eq!(object.get("key999999"), Some(&Value::from(999_999)));
}

#[test]
fn members_can_be_taken_from_both_ends() {
    let mut members = numbered(4).into_iter();
    assert_eq!(members.len(), 4);
    let next = |member: Option<(String, Value)>| member.unwrap().0;
    assert_eq!(next(members.next()), "key0");
    assert_eq!(next(members.next_back()), "key3");
    assert_eq!(next(members.next_back()), "key2");
    assert_eq!(next(members.next()), "key1");
    assert_eq!((members.next(), members.next_back()), (None, None));

    let object = numbered(3);
    let mut keys = object.keys();
    assert_eq!(
        (keys.next_back(), keys.next()),
        (Some("key2"), Some("key0"))
    );
    assert_eq!((keys.next_back(), keys.next()), (Some("key1"), None));
}
