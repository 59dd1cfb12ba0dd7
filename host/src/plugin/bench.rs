//! `plimsoll plugin bench`: what the rules of a plugin cost, beside those that the executable carries.

use std::io::{self, Write};
use std::time::Duration;

use crate::carried::Carried;
use crate::check::Cost;
use crate::cli;
use crate::config::Config;
use crate::look::Inspector;
use crate::read;
use crate::terminal::{self, written};

/// How often everything is done; the least time counts. Fuel is the same every time.
const ROUNDS: usize = 5;

/// Writes what an object costs each plugin.
///
/// # Errors
///
/// If a plugin does not load or ends in a fault, or nothing is looked at.
pub fn bench(
    args: &cli::Bench,
    carried: &Carried,
    config: &Config,
    out: &mut dyn Write,
) -> Result<(), String> {
    let plugins =
        cli::Plugins { config: None, plugin: vec![args.plugin.clone()], no_embedded: args.no_embedded };
    let look = cli::Look { plugins, ..cli::Look::default() };
    let inspector = Inspector::new(&look, carried, config)?;
    let read = read::read(&read::discover(&args.paths)?, &|| ());
    terminal::faults(&read.faults, &read.sources);
    let mut least = inspector.measure(&read)?;
    for _ in 1..ROUNDS {
        for ((_, least), (_, again)) in least.iter_mut().zip(inspector.measure(&read)?) {
            least.time = least.time.min(again.time);
        }
    }
    if least.is_empty() {
        return Err("no rule has anything to look at; name manifests that the plugin is for".to_owned());
    }
    written(table(&least, out))
}

fn table(costs: &[(&str, Cost)], out: &mut dyn Write) -> io::Result<()> {
    let width = costs.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("plugin".len());
    writeln!(out, "{:width$}  objects  fuel an object  time an object  most of a call's fuel", "plugin")?;
    for (name, cost) in costs {
        let objects = cost.objects.max(1);
        let Cost { fuel, share, time, .. } = cost;
        writeln!(
            out,
            "{name:width$}  {objects:7}  {:14}  {:>14}  {:20.2}%",
            fuel / objects as u64,
            shown(*time / u32::try_from(objects).unwrap_or(u32::MAX)),
            share * 100.0
        )?;
    }
    Ok(())
}

fn shown(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
