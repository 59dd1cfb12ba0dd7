//! Signatures as minisign writes them: who signed the bytes of a file, and what they said of it. The only place that knows ed25519.
//!
//! The format is that of <https://jedisct1.github.io/minisign/>, so that its program verifies what we sign, and we what it signed.

use blake2b_simd::Params;
use ct_codecs::{Base64, Decoder, Encoder};
use ed25519_compact::{KeyPair, PublicKey, SecretKey, Seed};

/// The kind of every key, and of signatures over the bytes themselves.
const ED25519: &[u8] = b"Ed";
/// The kind of signatures over the BLAKE2b of the bytes.
const PREHASHED: &[u8] = b"ED";
const BLAKE2B: &[u8] = b"B2";
const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";

/// The number of a key: no secret, and no proof.
type Number = [u8; 8];

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    number: Number,
    point: PublicKey,
}

impl Key {
    /// A key out of its line of base64, the one that begins with `RW`.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn read(line: &str) -> Result<Self, String> {
        let refused = || {
            "it is no public key of minisign's: a line of 56 letters and digits that begins with `RW`"
                .to_owned()
        };
        let bytes: [u8; 42] = decoded(line).ok_or_else(refused)?;
        let point = PublicKey::from_slice(&bytes[10..]).map_err(|_| refused())?;
        point.validate().map_err(|_| refused())?;
        if !bytes.starts_with(ED25519) {
            return Err(refused());
        }
        Ok(Self { number: number(&bytes[2..10]), point })
    }

    /// A key out of the text of its file, or the line alone.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn in_file(text: &str) -> Result<Self, String> {
        Self::read(text.lines().find(|line| !line.starts_with(UNTRUSTED)).unwrap_or_default().trim())
    }

    /// Its line of base64.
    pub fn line(&self) -> String {
        encoded(&[ED25519, &self.number, self.point.as_slice()])
    }

    /// The text of its file.
    pub fn file(&self) -> String {
        format!("{UNTRUSTED}minisign public key {}\n{}\n", self.id(), self.line())
    }

    /// Its number, as minisign shows it.
    pub fn id(&self) -> String {
        id(self.number)
    }
}

/// A secret key.
pub struct Secret {
    number: Number,
    pair: KeyPair,
}

impl Secret {
    /// Makes one that nobody has.
    ///
    /// # Errors
    ///
    /// If this machine gives no random bytes.
    pub fn generate() -> Result<Self, String> {
        let mut random = [0; 40];
        getrandom::fill(&mut random)
            .map_err(|error| format!("this machine gives no random bytes: {error}"))?;
        let seed = Seed::from_slice(&random[8..]).map_err(|error| error.to_string())?;
        Ok(Self { number: number(&random), pair: KeyPair::from_seed(seed) })
    }

    /// A key out of the text of its file.
    ///
    /// # Errors
    ///
    /// If it is none, was changed, or is protected by a password.
    pub fn read(text: &str) -> Result<Self, String> {
        let line = text.lines().nth(1).unwrap_or_default();
        let bytes: [u8; 158] = decoded(line)
            .filter(|bytes: &[u8; 158]| bytes.starts_with(ED25519) && &bytes[4..6] == BLAKE2B)
            .ok_or("it is no secret key of minisign's; `plimsoll plugin keygen` makes one")?;
        if bytes[2..4] != [0, 0] {
            return Err("it is protected by a password; `minisign -C -W -s FILE` takes that away from a \
                        copy, or `plimsoll plugin keygen` makes a key without"
                .to_owned());
        }
        let (signed, sum) = (&bytes[54..126], &bytes[126..]);
        let broken = || "it is damaged; take it from where it is kept".to_owned();
        let secret = SecretKey::from_slice(&signed[8..]).map_err(|_| broken())?;
        let pair = KeyPair::from_seed(secret.seed());
        // minisign leaves the sum out of keys without a password; its second half tells as much.
        let right = sum.iter().all(|byte| *byte == 0) || sum == checksum(signed);
        if *pair.sk != *secret || !right {
            return Err(broken());
        }
        Ok(Self { number: number(signed), pair })
    }

    /// The text of its file.
    pub fn file(&self) -> String {
        let signed = [&self.number[..], self.pair.sk.as_slice()].concat();
        // No password, so neither salt nor limits.
        let unprotected = [0; 48];
        let line = encoded(&[ED25519, &[0, 0], BLAKE2B, &unprotected, &signed, &checksum(&signed)]);
        format!("{UNTRUSTED}secret key without a password, for minisign and plimsoll\n{line}\n")
    }

    /// The public key of it.
    pub fn public(&self) -> Key {
        Key { number: self.number, point: self.pair.pk }
    }

    /// The text of a signature of some bytes, with a comment of one line that is signed too.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.pair.sk.sign(hashed(bytes), None);
        let whole = self.pair.sk.sign([signature.as_slice(), comment.as_bytes()].concat(), None);
        format!(
            "{UNTRUSTED}signature of a plimsoll plugin by the key {}\n{}\n{TRUSTED}{comment}\n{}\n",
            id(self.number),
            encoded(&[PREHASHED, &self.number, signature.as_slice()]),
            encoded(&[whole.as_slice()])
        )
    }
}

/// What a signature says; nothing of it is true before it [`Signature::holds`].
#[derive(Debug)]
pub struct Signature {
    /// What the signer said.
    pub comment: String,
    prehashed: bool,
    number: Number,
    signature: ed25519_compact::Signature,
    whole: ed25519_compact::Signature,
}

impl Signature {
    /// Reads the text of a signature, which has four lines. Of the first only that it is a comment counts.
    ///
    /// # Errors
    ///
    /// If a line is not what it should be; the message has its number.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or_default();
        let refused = |line: u8, what: &str| format!("line {line} is not {what}");
        if !next().starts_with(UNTRUSTED) {
            return Err(refused(1, &format!("`{}…`", UNTRUSTED)));
        }
        let bytes: [u8; 74] = decoded(next()).ok_or_else(|| refused(2, "a signature in base64"))?;
        let prehashed = match &bytes[..2] {
            PREHASHED => true,
            ED25519 => false,
            _ => return Err(refused(2, "a signature of a kind that is known")),
        };
        let comment = next().strip_prefix(TRUSTED).ok_or_else(|| refused(3, &format!("`{TRUSTED}…`")))?;
        let whole: [u8; 64] = decoded(next()).ok_or_else(|| refused(4, "a signature in base64"))?;
        if lines.next().is_some() {
            return Err(refused(5, "part of a signature, which has four"));
        }
        let signature = ed25519_compact::Signature::from_slice(&bytes[10..]);
        Ok(Self {
            comment: comment.to_owned(),
            prehashed,
            number: number(&bytes[2..10]),
            signature: signature.map_err(|_| refused(2, "a signature"))?,
            whole: ed25519_compact::Signature::new(whole),
        })
    }

    /// The number of the key that it says made it.
    pub fn id(&self) -> String {
        id(self.number)
    }

    /// Whether a key may have made it, going by its number.
    pub fn names(&self, key: &Key) -> bool {
        self.number == key.number
    }

    /// Whether a key made it for these bytes and this comment.
    ///
    /// # Errors
    ///
    /// If not; the message says what does not hold.
    pub fn holds(&self, key: &Key, bytes: &[u8]) -> Result<(), String> {
        let hash;
        let signed = match self.prehashed {
            true => {
                hash = hashed(bytes);
                &hash[..]
            }
            false => bytes,
        };
        key.point.verify(signed, &self.signature).map_err(|_| {
            "the plugin or line 2 of the signature was changed after it was signed".to_owned()
        })?;
        let whole = [self.signature.as_slice(), self.comment.as_bytes()].concat();
        key.point
            .verify(whole, &self.whole)
            .map_err(|_| "line 3 or 4 of the signature was changed after it was signed".to_owned())
    }
}

fn hashed(bytes: &[u8]) -> [u8; 64] {
    *blake2b_simd::blake2b(bytes).as_array()
}

/// What proves a secret key whole: of its kind, its number and itself.
fn checksum(signed: &[u8]) -> [u8; 32] {
    let mut state = Params::new().hash_length(32).to_state();
    let hash = state.update(ED25519).update(signed).finalize();
    let mut sum = [0; 32];
    sum.copy_from_slice(hash.as_bytes());
    sum
}

fn number(bytes: &[u8]) -> Number {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[..8]);
    number
}

fn id(number: Number) -> String {
    format!("{:016X}", u64::from_le_bytes(number))
}

/// The bytes of a line of base64, if it is as long as it should be.
fn decoded<const N: usize>(line: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let all = Base64::decode(&mut bytes, line, None).ok()?.len() == N;
    all.then_some(bytes)
}

fn encoded(parts: &[&[u8]]) -> String {
    Base64::encode_to_string(parts.concat()).expect("a few bytes can be written as base64")
}
