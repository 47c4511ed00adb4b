//! From the text of a range to its comparators.
//!
//! npm rewrites the text step by step until only plain comparators are left; the same steps are
//! taken here on tokens, so that the odd inputs come out alike too.

use super::comparator::{Comparator, Operator};
use super::partial::{Given, Partial};

/// `None` when the text is no range.
pub(super) fn parse(text: &str) -> Option<Vec<Vec<Comparator>>> {
    let text = text
        .split(is_space)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    text.split("||")
        .map(|set| parse_set(set.trim_matches(' ')))
        .collect()
}

/// White space of ECMAScript.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

fn parse_set(text: &str) -> Option<Vec<Comparator>> {
    if let Some((from, to)) = hyphen(text) {
        return parse_hyphen(&from, &to);
    }
    let mut comparators = Vec::new();
    for token in join_operators(text) {
        parse_token(&token, &mut comparators)?;
    }
    Some(comparators)
}

fn hyphen(text: &str) -> Option<(Partial<'_>, Partial<'_>)> {
    let (from, to) = text.split_once(" - ")?;
    Some((Partial::parse(from)?, Partial::parse(to)?))
}

fn parse_hyphen(from: &Partial<'_>, to: &Partial<'_>) -> Option<Vec<Comparator>> {
    let mut comparators = Vec::new();
    match from.given() {
        Given::Nothing => {}
        Given::Major(major) => comparators.push(at_least([major, 0, 0], "")?),
        Given::Minor(major, minor) => comparators.push(at_least([major, minor, 0], "")?),
        Given::Full(..) => comparators.push(bounded(Operator::GreaterOrEqual, from)?),
    }
    match to.given() {
        Given::Nothing => {}
        Given::Major(major) => comparators.push(below([major.checked_add(1)?, 0, 0])?),
        Given::Minor(major, minor) => comparators.push(below([major, minor.checked_add(1)?, 0])?),
        Given::Full(major, minor, patch) if !to.prerelease.is_empty() => comparators.push(
            Comparator::new(Operator::LessOrEqual, [major, minor, patch], to.prerelease)?,
        ),
        Given::Full(..) => comparators.push(bounded(Operator::LessOrEqual, to)?),
    }
    Some(comparators)
}

/// The words of a set; an operator that stands apart from its version is joined to it.
fn join_operators(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match tokens.last_mut() {
            Some(last) if awaits_version(last) => last.push_str(word),
            _ => tokens.push(word.to_owned()),
        }
    }
    tokens
}

/// Whether a word ends with an operator that reaches over the blank behind it. An `=` behind
/// another one, or behind a `v`, does not: it belongs to the (missing) version.
fn awaits_version(word: &str) -> bool {
    match word.strip_suffix('=') {
        Some(before) => !before.ends_with(['v', '=']),
        None => word.ends_with(['<', '>', '~', '^']),
    }
}

/// Adds the comparators that one token stands for.
fn parse_token(token: &str, comparators: &mut Vec<Comparator>) -> Option<()> {
    if let Some(version) = token.strip_prefix('^').and_then(Partial::parse) {
        return parse_caret(&version, comparators);
    }
    if let Some(version) = token.strip_prefix('~') {
        let version = version.strip_prefix('>').unwrap_or(version);
        if let Some(version) = Partial::parse(version) {
            return parse_tilde(&version, comparators);
        }
    }
    let (operator, version) = Operator::split(token);
    if let Some(version) = Partial::parse(version) {
        return parse_comparator(operator, &version, comparators);
    }
    if !token.is_empty() {
        comparators.push(parse_starred(token)?);
    }
    Some(())
}

fn parse_caret(version: &Partial<'_>, comparators: &mut Vec<Comparator>) -> Option<()> {
    let (from, to) = match version.given() {
        Given::Nothing => return Some(()),
        Given::Major(major) => ([major, 0, 0], [major.checked_add(1)?, 0, 0]),
        Given::Minor(0, minor) => ([0, minor, 0], [0, minor.checked_add(1)?, 0]),
        Given::Minor(major, minor) => ([major, minor, 0], [major.checked_add(1)?, 0, 0]),
        Given::Full(0, 0, patch) => ([0, 0, patch], [0, 0, patch.checked_add(1)?]),
        Given::Full(0, minor, patch) => ([0, minor, patch], [0, minor.checked_add(1)?, 0]),
        Given::Full(major, minor, patch) => ([major, minor, patch], [major.checked_add(1)?, 0, 0]),
    };
    push_span(comparators, from, version, to)
}

fn parse_tilde(version: &Partial<'_>, comparators: &mut Vec<Comparator>) -> Option<()> {
    let (from, to) = match version.given() {
        Given::Nothing => return Some(()),
        Given::Major(major) => ([major, 0, 0], [major.checked_add(1)?, 0, 0]),
        Given::Minor(major, minor) => ([major, minor, 0], [major, minor.checked_add(1)?, 0]),
        Given::Full(major, minor, patch) => {
            ([major, minor, patch], [major, minor.checked_add(1)?, 0])
        }
    };
    push_span(comparators, from, version, to)
}

/// A version with or without an operator; open parts make it a span.
fn parse_comparator(
    operator: Option<Operator>,
    version: &Partial<'_>,
    comparators: &mut Vec<Comparator>,
) -> Option<()> {
    let (lowest, next) = match version.given() {
        Given::Nothing => {
            if matches!(operator, Some(Operator::Less | Operator::Greater)) {
                comparators.push(Comparator::new(Operator::Less, [0, 0, 0], "0")?);
            }
            return Some(());
        }
        Given::Full(..) => {
            comparators.push(bounded(operator.unwrap_or(Operator::Equal), version)?);
            return Some(());
        }
        Given::Major(major) => ([major, 0, 0], [major.saturating_add(1), 0, 0]),
        Given::Minor(major, minor) => ([major, minor, 0], [major, minor.saturating_add(1), 0]),
    };
    match operator {
        None | Some(Operator::Equal) => {
            comparators.extend([at_least(lowest, "")?, below(next)?]);
        }
        Some(Operator::Less) => comparators.push(below(lowest)?),
        Some(Operator::LessOrEqual) => comparators.push(below(next)?),
        Some(Operator::Greater) => comparators.push(at_least(next, "")?),
        Some(Operator::GreaterOrEqual) => comparators.push(at_least(lowest, "")?),
    }
    Some(())
}

/// npm drops the first star of a token that is no partial version, together with an operator
/// right before it, and takes what is left for a comparator: `1.0.0*` is `1.0.0`.
fn parse_starred(token: &str) -> Option<Comparator> {
    let (before, after) = token.split_once('*')?;
    let before = before.strip_suffix('=').unwrap_or(before);
    let before = before.strip_suffix(['<', '>']).unwrap_or(before);
    let token = format!("{before}{after}");
    let (operator, version) = Operator::split(&token);
    Comparator::with_bound(operator.unwrap_or(Operator::Equal), version)
}

fn push_span(
    comparators: &mut Vec<Comparator>,
    from: [u64; 3],
    version: &Partial<'_>,
    to: [u64; 3],
) -> Option<()> {
    // A prerelease can only be written behind three parts, but these may be open.
    let full = matches!(version.given(), Given::Full(..));
    let prerelease = if full { version.prerelease } else { "" };
    comparators.extend([at_least(from, prerelease)?, below(to)?]);
    Some(())
}

fn at_least(numbers: [u64; 3], prerelease: &str) -> Option<Comparator> {
    Comparator::new(Operator::GreaterOrEqual, numbers, prerelease)
}

fn below(numbers: [u64; 3]) -> Option<Comparator> {
    Comparator::new(Operator::Less, numbers, "")
}

/// A comparator with a version written out in full, before which only one `v` may stand.
fn bounded(operator: Operator, version: &Partial<'_>) -> Option<Comparator> {
    match version.prefix {
        "" | "v" => Comparator::with_bound(operator, version.text),
        _ => None,
    }
}
