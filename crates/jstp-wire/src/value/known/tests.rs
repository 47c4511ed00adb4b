use std::sync::Arc;

use super::{KnownNames, MAX_LISTED, MAX_NAME, MAX_NAMES, MAX_PATHS, Path};
use crate::object::NameList;
use crate::words;

fn path(known: &mut KnownNames, names: &[&str]) -> Option<Path> {
    names.iter().try_fold(Path::default(), |path, name| {
        known.follow_or_learn(path, name)
    })
}

fn plain(known: &KnownNames, name: &str) -> bool {
    let first = words::load(name.as_bytes());
    let path = known.follow_plain(Path::default(), name.as_bytes(), first);
    path.is_some()
}

#[test]
fn equal_names_are_shared() {
    let mut known = KnownNames::default();
    let mut list = |names: &[&str]| {
        let path = path(&mut known, names).unwrap();
        known.list(path).or_else(|| known.make_list(path))
    };
    let long = ["a", "a_long_name", "a_long_nama", ""];
    let first = list(&long).unwrap();
    assert!(first.list().iter().eq(long));
    assert!(Arc::ptr_eq(&first, &list(&long).unwrap()));
    assert!(
        list(&long[..3])
            .unwrap()
            .list()
            .iter()
            .eq(long[..3].iter().copied())
    );
    assert!(list(&[]).is_none());
}

#[test]
fn a_path_goes_back_and_tells_its_names() {
    let mut known = KnownNames::default();
    let [long, short] = [&["a", "b", "c"][..], &["a", "b"]];
    let end = path(&mut known, long).unwrap();
    assert_eq!(known.before(end), path(&mut known, short).unwrap());
    let mut list = NameList::default();
    known.push_to(end, &mut list);
    assert!(list.iter().eq(long.iter().copied()));
}

#[test]
fn names_that_repeat_or_are_long_or_many_are_not_learned() {
    let mut known = KnownNames::default();
    let many: Vec<_> = (0..=MAX_NAMES).map(|n| format!("n{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert!(path(&mut known, &many).is_none());
    assert!(path(&mut known, &many[1..]).is_some());
    let long = "n".repeat(MAX_NAME + 1);
    for names in [&["a", "b", "a"][..], &["a", "a"], &[&long]] {
        assert!(path(&mut known, names).is_none(), "{names:?}");
    }
    assert!(path(&mut known, &[&long[1..]]).is_some());
}

#[test]
fn only_identifiers_are_plain() {
    let mut known = KnownNames::default();
    for (name, is_plain) in [
        ("a", true),
        ("$_9", true),
        ("1", false),
        ("'a'", false),
        ("a ", false),
        ("", false),
    ] {
        path(&mut known, &[name]).unwrap();
        assert_eq!(plain(&known, name), is_plain, "{name}");
    }
    assert!(!plain(&known, "b"));
}

#[test]
fn what_is_full_learns_no_more_until_it_forgets() {
    let mut known = KnownNames::default();
    let learned = (0..10 * MAX_PATHS).filter(|n| path(&mut known, &[&n.to_string()]).is_some());
    assert!((MAX_PATHS / 2..MAX_PATHS).contains(&learned.count()));
    assert!(path(&mut known, &["new"]).is_none());
    known.make_room();
    assert_eq!(known.steps.len(), 1);
    for n in 0..10 * MAX_PATHS {
        let name = n.to_string();
        let first = words::load(name.as_bytes());
        let found = known.find(Path::default(), name.as_bytes(), first);
        assert!(!matches!(found, super::Found::Path(_)));
    }
    let end = path(&mut known, &["new", "names"]).unwrap();
    assert!(
        known
            .make_list(end)
            .unwrap()
            .list()
            .iter()
            .eq(["new", "names"])
    );
}

#[test]
fn lists_take_little_memory() {
    let mut known = KnownNames::default();
    let mut kept = 0;
    for first in 0..15 {
        let mut end = path(&mut known, &[&first.to_string()]).unwrap_or_default();
        for n in 0..60 {
            let Some(next) = known.follow_or_learn(end, &format!("{n:060}")) else {
                break;
            };
            end = next;
            let list = known.make_list(end).unwrap();
            if Arc::strong_count(&list) > 1 {
                kept += list.list().size();
            }
        }
    }
    assert!(known.is_full);
    assert!(kept <= MAX_LISTED);
    known.make_room();
    assert_eq!(known.listed, 0);
}

#[test]
fn what_was_refused_is_learned_once_it_is_as_much_as_what_is_known() {
    let mut known = KnownNames::default();
    let mut open = [&["a", "b"][..], &["a", "a_long_name", "c"], &[]]
        .map(|names| path(&mut known, names).unwrap());
    for n in 0..3 * MAX_PATHS {
        path(&mut known, &[&n.to_string()]);
        if known.is_worn() {
            break;
        }
    }
    assert!(path(&mut known, &["new"]).is_none());
    known.renew(open.iter_mut());
    assert!(!known.is_worn() && path(&mut known, &["new"]).is_some());
    for (path, names) in open.into_iter().zip(["a,b", "a,a_long_name,c", ""]) {
        let mut list = NameList::default();
        known.push_to(path, &mut list);
        assert_eq!(list.iter().collect::<Vec<_>>().join(","), names);
    }
    assert_eq!(known.before(open[0]), known.before(known.before(open[1])));
    known.make_room();
    assert_eq!(known.steps.len(), 1);
}

#[test]
fn many_open_names_are_not_learned_anew() {
    let mut known = KnownNames::default();
    let mut open: Vec<_> = (0..5)
        .map(|object| {
            (0..60).fold(Path::default(), |path, n| {
                known
                    .follow_or_learn(path, &format!("{object}_{n}"))
                    .unwrap()
            })
        })
        .collect();
    let (steps, before) = (known.steps.len(), open.clone());
    known.renew(open.iter_mut());
    assert_eq!((known.steps.len(), open), (steps, before));
}
