//! The results for people: a page in Markdown with plots beside it.

mod calls;
mod events;
mod fan_out;
mod machine;
mod memory;
mod scaling;
mod statistics;

use std::fs;
use std::path::Path;

use crate::Failure;
use crate::store::Store;

/// The page under way.
#[derive(Debug)]
pub(crate) struct Page<'s> {
    store: &'s Store,
    text: String,
    /// Names and contents of the plots.
    plots: Vec<(String, String)>,
}

impl Page<'_> {
    /// Adds lines to the page.
    fn say(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds a plot to the page.
    fn show(&mut self, name: &str, about: &str, plot: String) {
        self.say(&format!("\n![{about}](results/{name}.svg)\n"));
        self.plots.push((name.to_owned(), plot));
    }
}

/// Writes `RESULTS.md` and the folder `results` of what is in the store; gives the page.
pub(crate) fn write(store: &Store, folder: &Path) -> Result<String, Failure> {
    let mut page = Page {
        store,
        text: String::new(),
        plots: Vec::new(),
    };
    machine::report(&mut page);
    calls::report(&mut page);
    events::report(&mut page);
    fan_out::report(&mut page);
    memory::report(&mut page);
    scaling::report(&mut page);
    let plots = folder.join("results");
    fs::create_dir_all(&plots)?;
    for (name, plot) in &page.plots {
        fs::write(plots.join(name).with_extension("svg"), plot)?;
    }
    fs::write(folder.join("RESULTS.md"), &page.text)?;
    Ok(page.text)
}
