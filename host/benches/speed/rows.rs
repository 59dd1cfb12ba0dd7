//! The rows of the table: what is measured, and how much it may be.

use std::time::Duration;

use crate::Stage;
use crate::cost::{Process, turns};

/// One line of the table.
pub struct Row {
    pub what: &'static str,
    /// The ratio that is allowed.
    pub bar: f64,
    pub measure: fn(&Stage) -> Result<Measured, String>,
}

/// What a row was measured to be: ours and what it is compared with.
#[derive(Default)]
pub struct Measured {
    /// None if this machine has nothing to measure it with.
    pub ratio: Option<f64>,
    pub instructions: Option<(u64, u64)>,
    pub cpu: Option<(Duration, Duration)>,
}

pub const ROWS: &[Row] = &[
    Row {
        what: "cold start of a bundle on one manifest : a process that does nothing (CPU)",
        bar: 5.0,
        measure: cold_start,
    },
    Row {
        what: "rules in the sandbox : native (instructions, 3,000 dense objects)",
        bar: 3.2,
        measure: sandbox,
    },
    Row {
        what: "fast reader : events of granit-parser (instructions, real manifests)",
        bar: 1.0 / 6.0,
        measure: |stage| reader(stage, "corpus-once"),
    },
    Row {
        what: "fast reader : events of granit-parser (instructions, dense)",
        bar: 1.0 / 6.0,
        measure: |stage| reader(stage, "dense-3000"),
    },
    Row {
        what: "bytes of real manifests that the fast reader hands on : all",
        bar: 0.01,
        measure: handed_on,
    },
    Row {
        what: "whole scan : events of granit-parser (CPU, real manifests, multiplied)",
        bar: 0.6,
        measure: |stage| scan_to_work(stage, "events", "corpus", "corpus-once"),
    },
    Row {
        what: "whole scan : events of granit-parser (CPU, 30,000 dense objects)",
        bar: 0.6,
        measure: |stage| scan_to_work(stage, "events", "dense-30000", "dense-300"),
    },
    Row {
        what: "whole scan : fast reader (CPU, 30,000 dense objects)",
        bar: 4.2,
        measure: |stage| scan_to_work(stage, "documents", "dense-30000", "dense-300"),
    },
    Row { what: "30,000 dense objects : 3,000 (CPU)", bar: 11.5, measure: growth },
    Row {
        what: "peak memory : bytes of the set (32,000 dense objects, all cores)",
        bar: 4.0,
        measure: memory,
    },
];

const RUNS: usize = 7;

fn cold_start(stage: &Stage) -> Result<Measured, String> {
    by_cpu([&stage.scan("one"), &Process::new("true")], [&stage.scan("one"), &Process::new("true")], 15, 20)
}

/// A hundredth of the objects suffices to count instructions, which takes fifty times as long as to run them.
fn scan_to_work(stage: &Stage, piece: &str, set: &str, small: &str) -> Result<Measured, String> {
    by_cpu(
        [&stage.scan(set), &stage.work(piece, set)],
        [&stage.scan(small), &stage.work(piece, small)],
        RUNS,
        1,
    )
}

fn growth(stage: &Stage) -> Result<Measured, String> {
    let counted = [&stage.scan("dense-3000"), &stage.scan("dense-300")];
    by_cpu([&stage.scan("dense-30000"), &stage.scan("dense-3000")], counted, RUNS, 1)
}

fn by_cpu(
    pair: [&Process; 2],
    counted: [&Process; 2],
    runs: usize,
    times: usize,
) -> Result<Measured, String> {
    let spent = turns(pair[0], pair[1], runs, times)?;
    Ok(Measured {
        ratio: Some(spent.left.as_secs_f64() / spent.right.as_secs_f64()),
        instructions: counted[0].instructions()?.zip(counted[1].instructions()?),
        cpu: Some((spent.left, spent.right)),
    })
}

fn reader(stage: &Stage, set: &str) -> Result<Measured, String> {
    let work = |piece: &str| stage.work(piece, set);
    by_instructions([work("documents"), work("load")], [work("events"), work("load")])
}

fn sandbox(stage: &Stage) -> Result<Measured, String> {
    let work = |piece: &str| stage.work(piece, "dense-3000");
    work("tapes").with(&["tapes"]).run()?;
    let native = |verb: &str| Process::new(&stage.native).with(&[verb, "tapes"]);
    let found = [work("sandboxed").run()?.0, native("check").run()?.0];
    if found[0] != found[1] {
        return Err(format!(
            "{} findings in the sandbox and {} without it",
            found[0].trim(),
            found[1].trim()
        ));
    }
    by_instructions([work("sandboxed"), work("ready")], [native("check"), native("load")])
}

/// Each side is a piece of work and what comes before it, which is not counted.
fn by_instructions(ours: [Process; 2], other: [Process; 2]) -> Result<Measured, String> {
    let less = |[work, before]: &[Process; 2]| -> Result<Option<u64>, String> {
        let counted = work.instructions()?.zip(before.instructions()?);
        Ok(counted.map(|(work, before)| work.saturating_sub(before)))
    };
    let spent = turns(&ours[0], &other[0], RUNS, 1)?;
    let before = turns(&ours[1], &other[1], RUNS, 1)?;
    let instructions = less(&ours)?.zip(less(&other)?);
    Ok(Measured {
        ratio: instructions.map(|(ours, other)| ours as f64 / other as f64),
        instructions,
        cpu: Some((spent.left.saturating_sub(before.left), spent.right.saturating_sub(before.right))),
    })
}

fn handed_on(stage: &Stage) -> Result<Measured, String> {
    let ratio = stage.corpus.in_full as f64 / stage.corpus.bytes as f64;
    Ok(Measured { ratio: Some(ratio), ..Measured::default() })
}

fn memory(stage: &Stage) -> Result<Measured, String> {
    let peak = stage.scan_with("dense-32000", &[]).peak()? as f64;
    let bytes = crate::bytes_in(&stage.folder.join("dense-32000"));
    Ok(Measured { ratio: Some(peak / bytes as f64), ..Measured::default() })
}
