//! Measures reading and writing of text beside other libraries. See `benches/README.md`.
//!
//! `text-peers [ROUNDS] [FILTER]` prints the table; without a filter it also writes `benches/RESULTS-TEXT.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool"
)]

mod contest;
#[path = "../../../documents.rs"]
#[allow(dead_code, reason = "shared with a benchmark that uses more of it")]
mod documents;
mod header;
mod messages;
mod npm;
mod rows;

use std::error::Error;
use std::path::Path;

use contest::Contest;
use documents::{Canada, Catalog, Twitter};

const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments
        .next()
        .map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let filter = arguments.next();
    let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var("JSTP_CORPUS").unwrap_or_else(|_| "../../shared/corpus".to_owned());
    let document = |name: &str| std::fs::read_to_string(benches.join(&folder).join(name));
    let (twitter, catalog, canada) = (
        document("twitter.json")?,
        document("citm_catalog.json")?,
        document("canada.json")?,
    );
    let messages = messages::make(messages::COUNT);

    let mut contest = Contest::default();
    rows::document::<Twitter>(&mut contest, "twitter", &twitter)?;
    rows::document::<Catalog>(&mut contest, "citm_catalog", &catalog)?;
    rows::document::<Canada>(&mut contest, "canada", &canada)?;
    rows::messages(&mut contest, &messages)?;
    let npm = npm::Npm::start(&benches)?;
    npm::rows(
        &mut contest,
        &npm,
        ["twitter", "citm_catalog", "canada"],
        [&twitter, &catalog, &canada],
    )?;
    let table = contest.run(rounds, filter.as_deref().unwrap_or_default());
    print!("{table}");
    if filter.is_none() {
        std::fs::write(benches.join("RESULTS-TEXT.md"), page(rounds, &table))?;
    }
    Ok(())
}

fn page(rounds: usize, table: &str) -> String {
    format!(
        "# Text: results\n\n\
         Written by `cargo text-peers`; `benches/README.md` says what is measured. Medians of {rounds} rounds, in each of\n\
         which everybody had a turn. MB/s count the bytes of the text that a contestant reads or writes itself; *ratio*\n\
         compares times, with `serde_json` as 1, so that shorter text is no disadvantage. *spread* is the distance from the\n\
         fastest round to the slowest, in parts of the median.\n\n{table}"
    )
}
