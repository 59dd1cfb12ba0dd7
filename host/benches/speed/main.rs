//! `make bench`: how fast the scanner is, as ratios that are taken in one run and hold on any machine. It measures and does not judge:
//! who reads the table does.
#![allow(clippy::print_stdout, reason = "the table is what this is for")]

mod corpus;
mod cost;
mod dense;
mod rows;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use corpus::Corpus;
use cost::Process;
use rows::{ROWS, Row};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((word, rest)) if word == "--work" => work(rest),
        _ => bench(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// A child: does the piece of work that the first word names.
fn work(words: &[String]) -> Result<(), String> {
    let (piece, rest) = words.split_first().ok_or("the name of the work is missing")?;
    println!("{}", work::run(piece, rest)?);
    Ok(())
}

fn bench() -> Result<(), String> {
    let stage = Stage::set()?;
    stage.tell();
    println!(
        "\n| what | bar | measured | met | instructions | CPU ms |\n| --- | --- | --- | --- | --- | --- |"
    );
    for row in ROWS {
        println!("{}", line(row, &stage)?);
    }
    beside(&stage)
}

fn line(row: &Row, stage: &Stage) -> Result<String, String> {
    let measured = (row.measure)(stage)?;
    let millions = |number: u64| format!("{:.1} M", number as f64 / 1e6);
    let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let both = |pair: Option<(String, String)>| pair.map_or("".into(), |(a, b)| format!("{a} : {b}"));
    let instructions = both(measured.instructions.map(|(a, b)| (millions(a), millions(b))));
    let cpu = both(measured.cpu.map(|(a, b)| (millis(a), millis(b))));
    let (ratio, met) = match measured.ratio {
        None => ("needs valgrind".to_owned(), ""),
        Some(ratio) if ratio <= row.bar => (format!("{ratio:.3}"), "yes"),
        Some(ratio) => (format!("**{ratio:.3}**"), "**no**"),
    };
    let Row { what, bar, .. } = row;
    Ok(format!("| {what} | {bar:.3} | {ratio} | {met} | {instructions} | {cpu} |"))
}

/// What the rows are measured on.
struct Stage {
    scanner: PathBuf,
    /// This very benchmark, with the code of the packs.
    this: PathBuf,
    /// The rules without a sandbox.
    native: PathBuf,
    folder: PathBuf,
    real: Vec<PathBuf>,
    corpus: Corpus,
    /// Objects of the multiplied corpus.
    multiplied: usize,
}

/// The sets of generated manifests, by objects.
const DENSE: [usize; 4] = [300, 3_000, 30_000, 32_000];

impl Stage {
    fn set() -> Result<Self, String> {
        let myself = std::env::current_exe().map_err(|error| error.to_string())?;
        let built = myself.ancestors().nth(2).ok_or("an example lies in target/release/examples")?;
        let folder = built.join("bench");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (scanner, this) = (folder.join("plimsoll"), folder.join("speed"));
        Process::new(built.join("plimsoll"))
            .with(&["bundle", "--output"])
            .with(&[scanner.display()])
            .run()?;
        Process::new(&myself).with(&["--work", "bundle"]).with(&[this.display()]).run()?;
        let real = real(&folder)?;
        // Where a relative path leads from, and no configuration stands.
        std::env::set_current_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for objects in DENSE {
            dense::write(&folder.join(format!("dense-{objects}")), objects)?;
        }
        dense::write(&folder.join("one"), 1)?;
        let corpus = Corpus::find(&real)?;
        corpus.multiply(&folder.join("corpus-once"), 1)?;
        let multiplied = corpus.multiply(&folder.join("corpus"), 30_000)?;
        Ok(Self { scanner, this, native: built.join("plimsoll-native"), folder, real, corpus, multiplied })
    }

    fn tell(&self) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let Corpus { files, bytes, objects, left_out, .. } = &self.corpus;
        println!(
            "{cores} cores; {} manifests with {objects} objects and {bytes} bytes ({left_out} left out, because the other parser \
             refuses them), multiplied to {} objects",
            files.len(),
            self.multiplied
        );
        let small = DENSE[1] as f64;
        let found = self.work("sandboxed", "dense-3000").run().map(|(found, _)| found.trim().parse::<f64>());
        if let Ok(Ok(found)) = found {
            let size = bytes_in(&self.folder.join("dense-3000")) as f64 / small;
            println!("the dense set: {:.1} findings and {size:.0} bytes an object", found / small);
        }
    }

    /// A piece of work on a set.
    fn work(&self, piece: &str, set: &str) -> Process {
        Process::new(&self.this).with(&["--work", piece, set])
    }

    /// A whole scan of a set, on one thread.
    fn scan(&self, set: &str) -> Process {
        self.scan_with(set, &["--jobs", "1"])
    }

    fn scan_with(&self, set: &str, options: &[&str]) -> Process {
        let scan = ["scan", "--format", "sarif", "--fail-on", "never"];
        Process::new(&self.scanner).with(&scan).with(options).with(&[set])
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// The folder of real manifests that the user names, or else what this repository has of them: examples, those of the rules too.
fn real(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if let Some(named) = std::env::var_os("CORPUS").filter(|named| !named.is_empty()) {
        let named = std::path::absolute(&named).map_err(|error| format!("CORPUS: {error}"))?;
        return Ok(vec![named]);
    }
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pages = folder.join("pages");
    corpus::examples(&repository.join("docs/rules"), &pages)?;
    dense::write(&folder.join("some"), 100)?;
    Ok(vec![repository.join("examples"), pages, folder.join("some")])
}

/// What has no bar.
fn beside(stage: &Stage) -> Result<(), String> {
    let walls = [&["--jobs", "1"][..], &[]].map(|options| stage.scan_with("dense-30000", options).wall(3));
    if let [Ok(one), Ok(all)] = walls {
        println!("\nwall time of a scan of 30,000 dense objects: {one:.2?} on one thread, {all:.2?} on all");
    }
    let real: Vec<String> = stage.real.iter().map(|folder| folder.display().to_string()).collect();
    let scan = stage.scan_with(&real[0], &["--jobs", "1"]).with(&real[1..]);
    match std::env::var("YARDSTICK").ok().filter(|yardstick| !yardstick.is_empty()) {
        None => {
            println!("set YARDSTICK='some command' to compare a scan of the manifests as they are with it")
        }
        Some(yardstick) => {
            let other = Process::new("sh").with(&["-c", &yardstick]).whatever_it_finds();
            let spent = cost::turns(&scan.whatever_it_finds(), &other, 5, 1)?;
            let times = spent.right.as_secs_f64() / spent.left.as_secs_f64();
            println!(
                "a scan of the manifests as they are: {:.1?} of CPU; `{yardstick}`: {:.1?}, {times:.1} times as much",
                spent.left, spent.right
            );
        }
    }
    Ok(())
}
