//! The cache of native code. Whoever can write an entry can run code as us, so the folder and every entry have to be ours alone; where
//! anything is odd there is no entry, and the plugin is compiled.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

/// A folder with an entry for every component and every kind of engine.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

const MAGIC: &[u8; 16] = b"plimsoll code 2\n";
const HEADER: usize = MAGIC.len() + 32;
const ENTRY: &str = "code";
/// What is written until it is whole; it is left behind where the process is killed.
const HALF: &str = "tmp";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// An entry that no scan has used for so long is removed.
const UNUSED: Duration = DAY.saturating_mul(30);
/// Nobody takes so long to write a file.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

impl Cache {
    /// The cache in a folder, which is made if it is missing; none if the folder cannot be trusted or cannot be made.
    pub(super) fn open(folder: &Path) -> Option<Self> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).ok()?;
        // Of the link itself: what a link leads to may be changed by whoever owns the link.
        let metadata = folder.symlink_metadata().ok()?;
        let trusted = metadata.is_dir() && is_ours_alone(&metadata);
        trusted.then(|| Self { folder: folder.to_owned() })
    }

    /// The code that was kept under this key, whole and written by us.
    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        let path = self.entry(key);
        // A pipe would be waited for.
        if !path.symlink_metadata().ok()?.is_file() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || !is_ours_alone(&metadata) {
            return None;
        }
        let mut header = [0; HEADER];
        file.read_exact(&mut header).ok()?;
        let (magic, digest) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return None;
        }
        let mut code = Vec::with_capacity(usize::try_from(metadata.len()).ok()?);
        file.read_to_end(&mut code).ok()?;
        if digest_of(key, &code) != digest {
            return None;
        }
        used(&file, &metadata);
        Some(code)
    }

    /// Keeps code under this key. That it cannot be kept is no error: it is compiled again the next time.
    pub(super) fn put(&self, key: &str, code: &[u8]) {
        let half = self.half();
        let put = write(&half, key, code).and_then(|()| fs::rename(&half, self.entry(key)));
        if put.is_err() {
            let _ = fs::remove_file(&half);
        }
        self.sweep();
    }

    fn entry(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(ENTRY)
    }

    /// A name that nobody else takes: in containers that share this folder, processes share their numbers too.
    fn half(&self) -> PathBuf {
        let random = RandomState::new().build_hasher().finish();
        self.folder.join(format!("{random:016x}.{HALF}"))
    }

    /// Removes what nobody uses. Done after something was compiled, which takes far longer.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            let most = match path.extension().and_then(|extension| extension.to_str()) {
                Some(ENTRY) => UNUSED,
                Some(HALF) => ABANDONED,
                _ => continue,
            };
            if entry.metadata().is_ok_and(|metadata| age(&metadata) > most) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn write(half: &Path, key: &str, code: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(half)?;
    file.write_all(MAGIC)?;
    file.write_all(&digest_of(key, code))?;
    file.write_all(code)
}

/// Of the key too, so that no entry passes for another.
fn digest_of(key: &str, code: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(key).chain_update(code).finalize().to_vec()
}

/// Notes once a day that an entry is of use.
fn used(file: &File, metadata: &Metadata) {
    if age(metadata) > DAY {
        let _ = file.set_modified(SystemTime::now());
    }
}

fn age(metadata: &Metadata) -> Duration {
    metadata.modified().ok().and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

#[cfg(unix)]
fn is_ours_alone(metadata: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let others_write = metadata.mode() & 0o022 != 0;
    metadata.uid() == rustix::process::geteuid().as_raw() && !others_write
}

/// The cache lies in the user's own profile there.
#[cfg(not(unix))]
fn is_ours_alone(_: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_is_removed() {
        let folder = std::env::temp_dir().join(format!("plimsoll-cache-{}", std::process::id()));
        let cache = Cache::open(&folder).expect("the temporary folder can be written");
        let aged = |name: &str, age: Duration| {
            let file = File::create(folder.join(name)).expect("the folder can be written");
            file.set_modified(SystemTime::now() - age).expect("its time can be set");
        };
        aged("old.code", UNUSED + DAY);
        aged("young.code", UNUSED - DAY);
        aged("left-behind.tmp", ABANDONED + DAY);
        aged("being-written.tmp", Duration::ZERO);
        aged("of-somebody-else", UNUSED + DAY);
        cache.put("new", b"code");
        let mut left: Vec<String> = fs::read_dir(&folder)
            .expect("the folder is there")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, ["being-written.tmp", "new.code", "of-somebody-else", "young.code"]);
        assert_eq!(cache.get("new").as_deref(), Some(b"code".as_slice()));
        fs::remove_dir_all(folder).expect("the folder can be removed");
    }
}
