//! `plimsoll.lock`: which plugins a configuration means, to the byte. A line pins one, so that changes of several people merge as lines do.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::finding::PluginInfo;
use crate::source::{hex, read_file};
use crate::terminal::visible;
use crate::{cli, oci, outputs, plugins};

/// What a lock is called.
pub const NAME: &str = "plimsoll.lock";
/// The first line.
const HEADER: &str = "# plimsoll.lock 1: written by `plimsoll plugin lock`; a line pins a plugin by the SHA-256 of its WebAssembly";

/// What a lock says.
#[derive(Debug)]
pub struct Lock {
    title: String,
    pins: Vec<Pin>,
}

/// A line of a lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The file or the reference as the configuration has it; none of a plugin that an executable carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the plugin calls itself.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// SHA-256 of its WebAssembly.
    pub sha256: String,
}

/// A line of a lock with its place, as `plimsoll.lock:2`.
pub struct Pinned<'a> {
    place: String,
    pin: &'a Pin,
}

impl Pin {
    /// The line for a plugin.
    pub fn of(file: Option<&str>, info: &PluginInfo) -> Self {
        let (name, version) = (info.name.clone(), info.version.clone());
        Self { file: file.map(str::to_owned), name, version, sha256: info.digest.clone() }
    }

    fn line(&self) -> String {
        serde_json::to_string(self).expect("texts can be written as JSON")
    }
}

impl Lock {
    /// A lock of some plugins, in its one order.
    pub fn new(title: String, mut pins: Vec<Pin>) -> Self {
        pins.sort();
        Self { title, pins }
    }

    /// Reads a lock. There is one way to write one, so that nothing in it goes unread.
    ///
    /// # Errors
    ///
    /// If it is written otherwise; the message has the line.
    pub fn read(title: String, bytes: Vec<u8>) -> Result<Self, String> {
        let cure = "write it anew with `plimsoll plugin lock`";
        let text = String::from_utf8(bytes).map_err(|_| format!("{title}: it is no text; {cure}"))?;
        let mut pins: Vec<Pin> = Vec::new();
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            let first = HEADER.split_once(':').map_or(HEADER, |(first, _)| first);
            return Err(format!("{title}:1: this is not the first line of a lock, `{first}: …`; {cure}"));
        }
        for (line, number) in lines.zip(2..) {
            let at = |what: &str| format!("{title}:{number}: {what}; {cure}");
            let pin: Pin = serde_json::from_str(line)
                .map_err(|error| at(&format!("this line pins no plugin: {}", visible(&error.to_string()))))?;
            if pin.line() != line || !is_digest(&pin.sha256) {
                return Err(at("this line is not as it was written"));
            }
            if pins.last().is_some_and(|before| before.key() >= pin.key()) {
                return Err(at("this line is doubled or out of order"));
            }
            pins.push(pin);
        }
        Ok(Self { title, pins })
    }

    /// The lock beside a configuration, if there is one.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no lock.
    pub fn beside(config: &Config) -> Result<Option<Self>, String> {
        let Some(file) = file(config) else { return Ok(None) };
        let title = file.display().to_string();
        match read_file(&file) {
            // A link that leads nowhere is a lock that cannot be read.
            Err(error) if error.kind() == io::ErrorKind::NotFound && file.symlink_metadata().is_err() => {
                Ok(None)
            }
            Err(error) => Err(format!("the lock {title} cannot be read: {error}")),
            Ok(bytes) => Self::read(title, bytes).map(Some),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let lines = self.pins.iter().map(|pin| pin.line() + "\n");
        [format!("{HEADER}\n")].into_iter().chain(lines).collect()
    }

    /// The lines.
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// The line of each plugin that a configuration names, in its order.
    ///
    /// # Errors
    ///
    /// If one has no line, or a line has none.
    pub fn pinned(&self, config: &Config) -> Result<Vec<Pinned<'_>>, String> {
        let title = &self.title;
        let places =
            self.pins.iter().zip(2..).map(|(pin, line)| Pinned { place: format!("{title}:{line}"), pin });
        let places: Vec<Pinned<'_>> = places.collect();
        let named =
            |pin: &Pin| config.plugins.iter().any(|plugin| Some(&plugin.written) == pin.file.as_ref());
        if let Some(Pinned { place, pin }) = places.iter().find(|pinned| !named(pinned.pin)) {
            let file = visible(pin.file.as_deref().unwrap_or(&pin.name));
            return Err(format!(
                "{place}: plugin {file} is locked, sha256 {}, and {} does not name it; {RELOCK}",
                pin.sha256,
                config.title()
            ));
        }
        let mut pinned = Vec::new();
        for (plugin, number) in config.plugins.iter().zip(0..) {
            let wanted = Some(&plugin.written);
            let Some(found) = self.pins.iter().position(|pin| pin.file.as_ref() == wanted) else {
                let before = self.pins.iter().filter(|pin| pin.file.as_ref() < wanted).count();
                let by = config.line_of(&["plugins", &i32::to_string(&number)]).unwrap_or_default();
                let has = read_file(&plugin.file).map(|bytes| hex(&Sha256::digest(bytes)));
                let has = has.unwrap_or_else(|error| format!("unknown ({error})"));
                return Err(format!(
                    "{title}:{}: here the lock lacks plugin {}, sha256 {has}, which {by} names; {RELOCK}",
                    before + 2,
                    visible(&plugin.written)
                ));
            };
            pinned.push(Pinned { place: places[found].place.clone(), pin: &self.pins[found] });
        }
        Ok(pinned)
    }

    /// The line of a plugin that a configuration names so, if there is one.
    pub fn line(&self, written: &str) -> Option<Pinned<'_>> {
        let at = self.pins.iter().position(|pin| pin.file.as_deref() == Some(written))?;
        Some(Pinned { place: format!("{}:{}", self.title, at + 2), pin: &self.pins[at] })
    }

    /// Whether these are the plugins that were locked, each to the byte.
    ///
    /// # Errors
    ///
    /// If not; the message says which is not.
    pub fn covers(&self, mut pins: Vec<Pin>) -> Result<(), String> {
        pins.sort();
        let differs = |(ours, theirs): (&Pin, &Pin)| (ours != theirs).then(|| ours.name.clone());
        match self.pins.iter().zip(&pins).find_map(differs) {
            Some(name) => Err(format!("the lock has another plugin {}", visible(&name))),
            None if self.pins.len() != pins.len() => Err("the lock has other plugins".to_owned()),
            None => Ok(()),
        }
    }
}

impl Pin {
    fn key(&self) -> (Option<&str>, &str) {
        (self.file.as_deref(), &self.name)
    }
}

/// What to do about a lock that is not right.
const RELOCK: &str = "if that is meant, run `plimsoll plugin lock`";

impl Pinned<'_> {
    /// Whether this is what was locked.
    ///
    /// # Errors
    ///
    /// If not; the message has both digests.
    pub fn holds(&self, file: &Path, bytes: &[u8]) -> Result<(), String> {
        let (has, locked) = (hex(&Sha256::digest(bytes)), &self.pin.sha256);
        if has == *locked {
            return Ok(());
        }
        Err(format!(
            "{}: plugin {} is not the one that was locked: its sha256 is {has}, and the lock has {locked}; put \
             the right file back, or {RELOCK}",
            self.place,
            visible(&file.display().to_string())
        ))
    }

    /// Whether a registry gave what was locked.
    ///
    /// # Errors
    ///
    /// If not; the message has both digests.
    pub fn came(&self, reference: &str, info: &PluginInfo) -> Result<(), String> {
        let (has, locked) = (&info.digest, &self.pin.sha256);
        if has == locked {
            return self.is(info);
        }
        Err(format!(
            "{}: the registry has another plugin under {}: its sha256 is {has}, and the lock has {locked}; if that is meant, run `plimsoll \
             plugin pull --update` and then `plimsoll plugin lock`",
            self.place,
            visible(reference)
        ))
    }

    /// Whether a plugin calls itself what the lock calls it.
    ///
    /// # Errors
    ///
    /// If not.
    pub fn is(&self, info: &PluginInfo) -> Result<(), String> {
        let Pinned { place, pin } = self;
        if (&pin.name, &pin.version) == (&info.name, &info.version) {
            return Ok(());
        }
        Err(format!(
            "{place}: plugin {} calls itself `{}` {}, and the lock says `{}` {}; {RELOCK}",
            info.file.as_deref().unwrap_or_default(),
            info.name,
            info.version,
            visible(&pin.name),
            visible(&pin.version)
        ))
    }
}

/// `plimsoll plugin lock`: writes the lock, or tells whether it is current; gives what there is to say, and the exit code.
///
/// # Errors
///
/// If there is no configuration, a plugin does not load, or the lock cannot be written.
pub fn lock(args: &cli::Lock) -> Result<(String, u8), String> {
    let config = Config::load(args.config.as_deref(), None)?;
    let file = file(&config).ok_or_else(|| {
        format!("there is no {} in this folder or above it; a lock stands beside one", crate::config::NAME)
    })?;
    let title = file.display().to_string();
    let found = plugins::unlocked(&config)?;
    plugins::names_differ(found.iter().map(|plugin| &plugin.info))?;
    for (named, plugin) in config.plugins.iter().zip(&found) {
        if let Some(reference) = &named.reference {
            oci::proven(reference, &named.file, &plugin.info.digest)?;
        }
    }
    let pins =
        config.plugins.iter().zip(&found).map(|(named, plugin)| Pin::of(Some(&named.written), &plugin.info));
    let wanted = Lock::new(title.clone(), pins.collect());
    let count = match wanted.pins.len() {
        1 => "1 plugin".to_owned(),
        count => format!("{count} plugins"),
    };
    if args.check {
        let differs = match Lock::beside(&config) {
            Ok(Some(old)) => wanted.differs_from(&old),
            Ok(None) => vec![format!("{title} is not there")],
            Err(error) => vec![error],
        };
        if differs.is_empty() {
            return Ok((format!("{title} is current: {count}\n"), 0));
        }
        let lines: String = differs.into_iter().map(|line| line + "\n").collect();
        return Ok((format!("{lines}run `plimsoll plugin lock` if that is meant\n"), 1));
    }
    let text = wanted.text();
    outputs::replace(&file, |out| out.write_all(text.as_bytes()))
        .map_err(|error| format!("{title} cannot be written: {error}"))?;
    Ok((format!("wrote {title}: {count}\n"), 0))
}

impl Lock {
    /// What an older lock has otherwise, a line a plugin.
    fn differs_from(&self, old: &Lock) -> Vec<String> {
        let find = |lock: &Lock, pin: &Pin| lock.pins.iter().position(|other| other.file == pin.file);
        let shown = |pin: &Pin| visible(&format!("{} {} sha256 {}", pin.name, pin.version, pin.sha256));
        let name = |pin: &Pin| visible(pin.file.as_deref().unwrap_or_default());
        let of_old = old.pins.iter().zip(2..).filter_map(|(pin, line)| {
            let now = match find(self, pin) {
                None => "and is no longer named".to_owned(),
                Some(at) if self.pins[at] == *pin => return None,
                Some(at) => format!("and now is {}", shown(&self.pins[at])),
            };
            Some(format!("{}:{line}: {} was {}, {now}", old.title, name(pin), shown(pin)))
        });
        let new = self.pins.iter().filter(|pin| find(old, pin).is_none());
        let new = new.map(|pin| format!("{}: {} is missing, {}", old.title, name(pin), shown(pin)));
        of_old.chain(new).collect()
    }
}

fn file(config: &Config) -> Option<PathBuf> {
    Some(config.folder.as_ref()?.join(NAME))
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
