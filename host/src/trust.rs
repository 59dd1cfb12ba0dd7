//! Whose plugins are let in: the keys of `trust` in `plimsoll.yaml`, and the commands that make keys, sign and verify.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::check::{Limits, Plugin};
use crate::finding::PluginInfo;
use crate::outputs;
use crate::signature::{Key, Secret, Signature};
use crate::source::read_file;
use crate::terminal::{shown, visible};

/// What a configuration says of trust.
#[derive(Debug, Default)]
pub struct Trust {
    /// Whose signatures hold; none if signatures are not looked at.
    pub keys: Vec<Key>,
    /// Whether every plugin outside of the executable must have one.
    pub required: bool,
}

/// A plugin as files hold it.
pub struct PluginFile {
    /// Its WebAssembly.
    pub wasm: Vec<u8>,
    /// What it says it is.
    pub info: PluginInfo,
    /// The text of its signature.
    pub signature: Option<String>,
}

/// What begins the comments that we sign; minisign's own begin otherwise.
const OURS: &str = "plimsoll plugin ";

/// What is signed beside the bytes of a plugin.
fn comment(info: &PluginInfo) -> String {
    format!("{OURS}{} {} sha256:{}", info.name, info.version, info.digest)
}

impl Trust {
    /// Whether the bytes of a plugin are signed as they should be, told before anything of them is read; gives the signature and its text.
    /// `rule` is what asks for it, as `plimsoll.yaml:3`.
    ///
    /// # Errors
    ///
    /// If not.
    pub fn prove(
        &self,
        file: &Path,
        bytes: &[u8],
        rule: &str,
    ) -> Result<Option<(Signature, String)>, String> {
        if self.keys.is_empty() {
            return Ok(None);
        }
        let beside = beside(file);
        let title = shown(file);
        if !self.required && beside.symlink_metadata().is_err() {
            return Ok(None);
        }
        let (signature, text) = read(&beside)
            .map_err(|why| format!("plugin {title}: {rule} asks for a signature, and {why}; {CURE}"))?;
        self.judge(&title, &shown(&beside), &signature, bytes, rule)?;
        Ok(Some((signature, text)))
    }

    /// The same for a plugin that is no file yet, and what its signature says it is; `title` is where it comes from.
    ///
    /// # Errors
    ///
    /// As [`Trust::prove`].
    pub fn prove_unpacked(&self, title: &str, plugin: &PluginFile, rule: &str) -> Result<(), String> {
        if self.keys.is_empty() || (!self.required && plugin.signature.is_none()) {
            return Ok(());
        }
        let read = plugin.signature.as_deref().map(Signature::read);
        let read = read.unwrap_or_else(|| Err("it came without one".to_owned()));
        let signature =
            read.map_err(|why| format!("plugin {title}: {rule} asks for a signature, and {why}; {CURE}"))?;
        self.judge(title, "dev.plimsoll.minisig", &signature, &plugin.wasm, rule)?;
        is(&plugin.info, &signature.comment)
    }

    /// Whether a signature is of a key that is trusted, and holds.
    fn judge(
        &self,
        title: &str,
        beside: &str,
        signature: &Signature,
        bytes: &[u8],
        rule: &str,
    ) -> Result<(), String> {
        let Some(key) = self.keys.iter().find(|key| signature.names(key)) else {
            let id = signature.id();
            return Err(format!(
                "plugin {title}: {beside} is of the key {id}, which is none of those in {rule}; {CURE}"
            ));
        };
        signature.holds(key, bytes).map_err(|why| does_not_hold(title, beside, signature, &why))
    }
}

const CURE: &str = "have it signed with `plimsoll plugin sign`, or get it anew with its signature";

/// Whether a plugin is what its signer said.
///
/// # Errors
///
/// If the comment is ours, and speaks of another.
pub fn is(info: &PluginInfo, said: &str) -> Result<(), String> {
    let right = comment(info);
    if !said.starts_with(OURS) || said == right {
        return Ok(());
    }
    let file = info.file.as_deref().unwrap_or_default();
    Err(format!("plugin {file}: its signature is for `{}`, and it is `{right}`; {CURE}", visible(said)))
}

/// `plimsoll plugin keygen`: writes a secret key, and the public one beside it.
///
/// # Errors
///
/// If one of the files is there already, or cannot be written.
pub fn keygen(file: &Path) -> Result<String, String> {
    let mut public = file.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    let secret = Secret::generate()?;
    let key = secret.public();
    fresh(file, 0o600, &secret.file())?;
    fresh(&public, 0o644, &key.file()).inspect_err(|_| {
        let _ = fs::remove_file(file);
    })?;
    Ok(format!(
        "wrote {}: the secret key {}, without a password; keep it where only signers read it\nwrote {}: the public key; in plimsoll.yaml:\n\
         trust:\n  keys: [{}]\n",
        shown(file),
        key.id(),
        shown(&public),
        key.line()
    ))
}

/// `plimsoll plugin sign`: writes the signature beside a plugin.
///
/// # Errors
///
/// If the file is no plugin, the key cannot be used, or the signature cannot be written.
pub fn sign(file: &Path, key: &Path) -> Result<String, String> {
    let secret = text_of(key).map_err(|error| format!("the key {} cannot be read: {error}", shown(key)))?;
    let secret = Secret::read(&secret).map_err(|why| format!("the key {}: {why}", shown(key)))?;
    let (bytes, info) = plugin(file)?;
    let comment = comment(&info);
    let text = secret.sign(&bytes, &comment);
    let beside = beside(file);
    outputs::replace(&beside, |out| out.write_all(text.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}", shown(&beside)))?;
    Ok(format!("wrote {}: {comment}, signed by the key {}\n", shown(&beside), secret.public().id()))
}

/// `plimsoll plugin verify`: tells whether the owner of a key signed a plugin. The key is a file, or its line.
///
/// # Errors
///
/// If not, or that cannot be told.
pub fn verify(file: &Path, key: &str) -> Result<String, String> {
    let key = named_key(key)?;
    let bytes = read_file(file).map_err(|error| format!("{} cannot be read: {error}", shown(file)))?;
    let beside = beside(file);
    let (signature, _) = read(&beside).map_err(|why| format!("plugin {}: {why}", shown(file)))?;
    if !signature.names(&key) {
        let (has, wanted) = (signature.id(), key.id());
        return Err(format!(
            "plugin {}: {} is of the key {has}, not of {wanted}",
            shown(file),
            shown(&beside)
        ));
    }
    signature
        .holds(&key, &bytes)
        .map_err(|why| does_not_hold(&shown(file), &shown(&beside), &signature, &why))?;
    let (_, info) = plugin(file)?;
    is(&info, &signature.comment)?;
    let right = comment(&info);
    Ok(format!("{}: {right}, signed by the key {}\n", shown(file), key.id()))
}

/// A key by its line, or in a file.
///
/// # Errors
///
/// If it is neither.
pub fn named_key(named: &str) -> Result<Key, String> {
    if let Ok(key) = Key::read(named) {
        return Ok(key);
    }
    let text = text_of(Path::new(named))
        .map_err(|error| format!("the key {} cannot be read: {error}", visible(named)))?;
    Key::in_file(&text).map_err(|why| format!("the key {}: {why}", visible(named)))
}

fn text_of(file: &Path) -> io::Result<String> {
    String::from_utf8(read_file(file)?).map_err(|_| io::Error::other("it is no text"))
}

/// The plugin in a file, judged but not run.
fn plugin(file: &Path) -> Result<(Vec<u8>, PluginInfo), String> {
    let bytes = read_file(file).map_err(|error| format!("{} cannot be read: {error}", shown(file)))?;
    let info = Plugin::inspect(&bytes, Some(&shown(file)), Limits::default().component);
    let info = info.map_err(|error| error.to_string())?;
    Ok((bytes, info))
}

/// The plugin in a file, and the text of the signature beside it if there is one, which proves nothing yet but is of this plugin as far as
/// that can be told without a key.
///
/// # Errors
///
/// If the file is no plugin, or what lies beside it no signature, or that of another.
pub fn with_signature(file: &Path) -> Result<PluginFile, String> {
    let (wasm, info) = plugin(file)?;
    let beside = beside(file);
    if beside.symlink_metadata().is_err() {
        return Ok(PluginFile { wasm, info, signature: None });
    }
    let (signature, text) = read(&beside).map_err(|why| format!("plugin {}: {why}", shown(file)))?;
    is(&info, &signature.comment)?;
    Ok(PluginFile { wasm, info, signature: Some(text) })
}

/// Where the signature of a file is.
pub fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// What a signature says, and its text.
///
/// # Errors
///
/// If the file cannot be read, or is no signature.
pub fn read(file: &Path) -> Result<(Signature, String), String> {
    // A signature has a few hundred bytes; whatever else lies there need not be read to its end.
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(format!("{} is no file", shown(file)));
    }
    let text = File::open(file).and_then(|opened| io::read_to_string(io::Read::take(opened, 16 << 10)));
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{} is not there", shown(file)),
        _ => format!("{} cannot be read: {error}", shown(file)),
    })?;
    let signature =
        Signature::read(&text).map_err(|why| format!("{} is no signature: {why}", shown(file)))?;
    Ok((signature, text))
}

/// Why a signature by a key that is known is refused.
pub fn does_not_hold(title: &str, beside: &str, signature: &Signature, why: &str) -> String {
    format!(
        "plugin {title}: its signature {beside} by the key {} does not hold: {why}; {CURE}",
        signature.id()
    )
}

/// Writes a file that is not there yet.
fn fresh(file: &Path, mode: u32, text: &str) -> Result<(), String> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(file).and_then(|mut made| made.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} exists; name another file, or remove it first", shown(file))
        }
        _ => format!("{} cannot be written: {error}", shown(file)),
    })
}
