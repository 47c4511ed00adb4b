//! Everything in turn, and the report at the end.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::report;
use crate::sections::{Extent, calls, cipher, events, fan_out, memory, scaling, soak};
use crate::store::Store;
use crate::{Failure, identity};

/// What the command without a name does.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunOptions {
    /// Everything in about a minute, to see that it works; the report goes to the folder `target`.
    #[arg(long)]
    quick: bool,
    /// Keep what an earlier run has measured, and measure the rest.
    #[arg(long)]
    resume: bool,
    /// How often each contestant has its turn in the rows of calls.
    #[arg(long)]
    rounds: Option<usize>,
    /// Measure only rows with this in their name, say `8x64` or `memory`, again or for the
    /// first time, and keep the rest.
    #[arg(long)]
    only: Option<String>,
    /// Measure nothing, write the report of what there is.
    #[arg(long)]
    report: bool,
}

/// Measures and reports.
pub(crate) async fn run(options: &RunOptions) -> Result<(), Failure> {
    let extent = Extent {
        quick: options.quick,
        rounds: options.rounds.unwrap_or(if options.quick { 1 } else { 5 }),
    };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let folder: PathBuf = target.join(extent.choose("measured-quick", "measured"));
    let keep = options.resume || options.report || options.only.is_some();
    let store = Store::open(folder, keep, options.only.clone())?;
    if !options.report {
        measure(&store, extent).await?;
    }
    let benches = target.join("../..");
    let page = report::write(&store, &extent.choose(target, benches))?;
    println!("{page}");
    Ok(())
}

async fn measure(store: &Store, extent: Extent) -> Result<(), Failure> {
    // Before the processes that need it.
    identity::read_or_make()?;
    calls::measure(store, extent).await?;
    cipher::measure(store).await?;
    events::measure(store, extent).await?;
    fan_out::measure(store, extent).await?;
    memory::measure(store, extent).await?;
    // Connections that were closed keep their ports from others for a minute. The soak closes 100,000, and
    // scaling needs nearly all ports of this machine.
    scaling::measure(store, extent).await?;
    soak::measure(store, extent).await
}
