use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::Scan;

/// How long something may take that builds a plugin first.
const PATIENCE: Duration = Duration::from_secs(240);

/// A `plimsoll scan --watch` that runs beside the test. It ends with the value.
pub struct Watch {
    child: Child,
    log: PathBuf,
    /// Bytes of what it said that were waited for.
    read: usize,
}

impl Watch {
    /// Starts it in the repository of a scan.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(scan: &Scan) -> Self {
        let log = scan.tree().join("../watch.log");
        let file = File::create(&log).expect("the log can be written");
        let mut command = Command::new(crate::plimsoll());
        command.args(scan.command().get_args()).arg("--watch");
        scan.in_place(&mut command);
        let (out, err) = (file.try_clone().expect("a file can be shared"), file);
        let child = command.stdout(out).stderr(err).spawn().expect("the binary starts");
        Self { child, log, read: 0 }
    }

    /// Waits until a round is over, and returns what was said in it, or in several.
    ///
    /// # Panics
    ///
    /// If it ends, or says nothing for long.
    pub fn round(&mut self) -> String {
        let begun = Instant::now();
        loop {
            let said = fs::read_to_string(&self.log).expect("the log can be read");
            let new = &said[self.read..];
            if let Some(end) = new.find("note: watching ")
                && new[end..].contains('\n')
            {
                let new = new.to_owned();
                self.read = said.len();
                return new;
            }
            let ended = self.child.try_wait().expect("it can be asked");
            assert!(ended.is_none(), "the watch ended with {ended:?}: {said}");
            assert!(begun.elapsed() < PATIENCE, "nothing happened: {said}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a round in which something is said.
    ///
    /// # Panics
    ///
    /// As [`Watch::round`].
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let round = self.round();
            if round.contains(text) {
                return round;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended by itself; then the test says so.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
