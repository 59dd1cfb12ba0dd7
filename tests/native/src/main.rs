//! The rules of every pack without a sandbox: what `make bench` compares the sandbox with. It stands apart from the scanner, because the
//! scanner knows no pack.
//!
//! `plimsoll-native check FOLDER` asks the packs about the tapes in a folder for each, and prints how many findings there are;
//! `plimsoll-native load FOLDER` reads the tapes and leaves it at that, so that reading can be taken off.
#![allow(clippy::print_stdout, reason = "this is a program for a benchmark")]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use plimsoll_sdk::private::Plugin;

const PACKS: [(&str, &Plugin); 4] = [
    ("api-versions", &plimsoll_api_versions::plimsoll_plugin::PLUGIN),
    ("images", &plimsoll_images::plimsoll_plugin::PLUGIN),
    ("pod-security", &plimsoll_pod_security::plimsoll_plugin::PLUGIN),
    ("probes", &plimsoll_probes::plimsoll_plugin::PLUGIN),
];

/// What a pack is told and asked about.
struct Tapes {
    config: String,
    objects: Vec<Vec<u8>>,
    set: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, folder] = arguments.as_slice() else {
        return Err("say `check` or `load`, and a folder".into());
    };
    let mut found = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let tapes = load(&entry.path())?;
        let pack = PACKS.iter().find(|(name, _)| entry.file_name() == *name);
        let (_, pack) = pack.ok_or_else(|| format!("{} is not linked in here", entry.path().display()))?;
        if verb == "check" {
            found += check(pack, &tapes)?;
        }
    }
    println!("{found}");
    Ok(())
}

fn load(folder: &Path) -> std::io::Result<Tapes> {
    let mut files: Vec<_> = fs::read_dir(folder.join("objects"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    Ok(Tapes {
        config: fs::read_to_string(folder.join("config.json"))?,
        objects: files.iter().map(|file| fs::read(file.path())).collect::<Result<_, _>>()?,
        set: fs::read(folder.join("set"))?,
    })
}

fn check(pack: &Plugin, tapes: &Tapes) -> Result<usize, String> {
    pack.configure(&tapes.config).map_err(|problems| format!("{problems:?}"))?;
    let mut found = black_box(pack.check_set(&tapes.set)?).len();
    for tape in &tapes.objects {
        found += black_box(pack.check(tape)?).len();
    }
    Ok(found)
}
