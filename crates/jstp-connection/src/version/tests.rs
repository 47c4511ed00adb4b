use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use serde_json::Value;

use super::{VersionRange, VersionRequest, split_application};

fn version(text: &str) -> Version {
    Version::parse(text).expect("a version of this test")
}

fn range(text: &str) -> VersionRange {
    VersionRange::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn ranges_are_written_as_the_comparators_they_stand_for() {
    let table = [
        ("", "*"),
        ("*", "*"),
        ("~*", "*"),
        (" || 1", "* || >=1.0.0 <2.0.0"),
        ("v1.2.3", "1.2.3"),
        ("= 1.2.3", "1.2.3"),
        ("1.2.x", ">=1.2.0 <1.3.0"),
        ("1.x.3", ">=1.0.0 <2.0.0"),
        ("1.x.x-alpha", ">=1.0.0 <2.0.0"),
        (">1.2", ">=1.3.0"),
        ("<= 1", "<2.0.0"),
        ("<1.2.x", "<1.2.0"),
        ("<x", "<0.0.0-0"),
        ("^ 1.2.3-rc.1+build", ">=1.2.3-rc.1 <2.0.0"),
        ("^0.2.3", ">=0.2.3 <0.3.0"),
        ("^0.0.3", ">=0.0.3 <0.0.4"),
        ("^0.0", ">=0.0.0 <0.1.0"),
        ("^0.x", ">=0.0.0 <1.0.0"),
        ("~> 1.2", ">=1.2.0 <1.3.0"),
        ("~1", ">=1.0.0 <2.0.0"),
        ("1.2 - 2.3", ">=1.2.0 <2.4.0"),
        ("1.2.3 - 2.3.4-rc", ">=1.2.3 <=2.3.4-rc"),
        ("x - 2", "<3.0.0"),
        (">=1.0.0\n<2.0.0||3", ">=1.0.0 <2.0.0 || >=3.0.0 <4.0.0"),
        ("1.0.0*", "1.0.0"),
    ];
    for (text, comparators) in table {
        assert_eq!(range(text).to_string(), comparators, "{text:?}");
        assert_eq!(
            range(comparators),
            range(text),
            "{text:?} written and read again"
        );
    }
}

#[test]
fn what_is_no_range_is_refused() {
    let table = [
        "latest",
        "1.0.0 - 2.0.0 - 3.0.0",
        "1.x||nope",
        "01",
        "1.2.3.4",
        "1-beta",
        "1.0.0-01",
        "==1.0.0",
        "v 1.0.0",
        ">=1.0.0, <2.0.0",
        ">=1.0.0<2.0.0",
        "=>1.0.0",
        "^",
        "~>",
        "**",
        "^9007199254740991.0.0",
        "99999999999999999999999",
        "1.0.0\u{85}",
    ];
    for text in table {
        let error = VersionRange::parse(text).expect_err(text);
        assert_eq!(
            error.to_string(),
            format!("`{text}` is not a range of versions")
        );
    }
    let long = format!("1.0.0-{}", ["a"; 126].join("."));
    assert!(
        VersionRange::parse(&long).is_err(),
        "{} characters",
        long.len()
    );
    assert!(VersionRange::parse(&long[..255]).is_ok());
}

#[test]
fn a_prerelease_satisfies_only_a_range_that_names_one_of_its_version() {
    assert!(range(">1.2.3-alpha").matches(&version("1.2.3-beta")));
    assert!(!range(">1.2.3-alpha").matches(&version("1.2.4-beta")));
    assert!(!range(">=1").matches(&version("2.0.0-rc.1")));
    assert!(!range(">=2.0.0-rc.1 <1.0.0 || *").matches(&version("2.0.0-rc.2")));
}

#[test]
fn of_equal_versions_the_one_registered_first_is_picked() {
    let served = ["1.0.0", "1.1.0+b", "1.1.0", "1.1.0-rc"].map(version);
    let pick = |text| {
        VersionRequest::parse(text)
            .expect("a request")
            .pick(&served)
    };
    assert_eq!(pick(None), Some(1));
    assert_eq!(pick(Some("1.x")), Some(1));
    assert_eq!(pick(Some("1.1.0")), Some(2));
    assert_eq!(pick(Some("v1.1.0")), Some(2));
    assert_eq!(pick(Some("1.1.0+c")), None);
    assert_eq!(pick(Some("<1.0.0")), None);
}

fn vectors(file: &str) -> Vec<Value> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = std::env::var_os("JSTP_VECTORS")
        .map_or_else(|| PathBuf::from("../shared/vectors"), PathBuf::from);
    let path = root.join(folder).join(file);
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let rows: Vec<_> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("a row is JSON"))
        .collect();
    assert!(!rows.is_empty(), "{} has no rows", path.display());
    rows
}

/// What a request comes to that is given by a tagged value: nothing asked for when JavaScript
/// takes it for false, otherwise nothing found since only texts are looked up.
fn pick_for_value(tagged: &Value, available: &[Version]) -> Option<usize> {
    let falsy = ["undefined", "null"]
        .iter()
        .any(|tag| tagged.get(tag).is_some())
        || tagged.get("bool") == Some(&Value::Bool(false))
        || matches!(tagged["num"].as_str(), Some("0" | "-0" | "NaN"))
        || tagged["str"].as_str() == Some("");
    if falsy {
        return VersionRequest::Latest.pick(available);
    }
    let text = tagged["str"].as_str()?;
    VersionRequest::parse(Some(text)).ok()?.pick(available)
}

/// The outcomes that a row allows, `None` for "nothing found".
fn outcomes(row: &Value) -> Vec<Option<&str>> {
    let also = match &row["also"] {
        Value::Array(also) => also.as_slice(),
        Value::Null => &[],
        other => std::slice::from_ref(other),
    };
    std::iter::once(&row["picked"])
        .chain(also)
        .map(Value::as_str)
        .collect()
}

fn check_pick(row: &Value, problems: &mut String) {
    let texts: Vec<&str> = row["available"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let available: Vec<Version> = texts.iter().map(|text| version(text)).collect();
    let picked = match row["range"].as_str() {
        Some(text) => {
            let request = VersionRequest::parse(Some(text));
            let exact = matches!(request, Ok(VersionRequest::Exact(_)));
            let valid = VersionRange::parse(text).is_ok();
            if row["valid_range"] != valid || row["exact"] != exact {
                let _ = writeln!(
                    problems,
                    "{}: {text:?} valid {valid}, exact {exact}",
                    row["id"]
                );
            }
            request.ok().and_then(|request| request.pick(&available))
        }
        None => pick_for_value(&row["range_value"], &available),
    };
    let picked = picked.map(|index| texts[index]);
    if !outcomes(row).contains(&picked) {
        let _ = writeln!(
            problems,
            "{}: picked {picked:?}, not {}",
            row["id"], row["picked"]
        );
    }
}

fn check_split(row: &Value, problems: &mut String) {
    let application = row["app"].as_str().expect("a text");
    let (name, range) = split_application(application);
    let refused = range.is_some_and(|range| VersionRange::parse(range).is_err());
    if row["name"] != name || row["version"].as_str() != range || row["refused"] != refused {
        let _ = writeln!(
            problems,
            "{}: {name:?} {range:?} refused {refused}",
            row["id"]
        );
    }
}

#[test]
fn version_choice_agrees_with_the_vectors() {
    let mut problems = String::new();
    for row in vectors("semver.jsonl") {
        match row["kind"].as_str() {
            Some("split") => check_split(&row, &mut problems),
            _ => check_pick(&row, &mut problems),
        }
    }
    assert!(problems.is_empty(), "{problems}");
}
