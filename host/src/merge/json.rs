//! JSON that keeps its bytes and the order of its members, and knows where every value stands.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A file of JSON.
pub struct File {
    /// As the user named it.
    pub name: String,
    text: String,
}

impl File {
    /// Reads a file in UTF-8; a byte order mark is no part of the text.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no UTF-8.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| format!("{name} cannot be read: {error}; name a SARIF file that exists"))?;
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            return Err(format!(
                "{name} is UTF-16, as PowerShell's `>` writes it; SARIF is UTF-8: have its tool write the file"
            ));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let (line, column) = position(error.as_bytes(), error.utf8_error().valid_up_to());
            format!("{name}:{line}:{column}: this is no UTF-8, which SARIF must be")
        })?;
        let text = text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text);
        Ok(Self { name, text })
    }

    /// The value that it holds.
    ///
    /// # Errors
    ///
    /// If it is no JSON.
    pub fn value(&self) -> Result<At<'_>, String> {
        if self.text.trim().is_empty() {
            return Err(format!("{} is empty; did the tool that should have written it fail?", self.name));
        }
        let raw = serde_json::from_str(&self.text).map_err(|error| {
            let what = error.to_string();
            let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
            format!(
                "{}:{}:{}: this is no JSON: {what}; is the file whole?",
                self.name,
                error.line(),
                error.column()
            )
        })?;
        Ok(At { file: self, raw })
    }
}

/// A value where it stands.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The file.
    pub file: &'a File,
    /// The value.
    pub raw: &'a RawValue,
}

impl<'a> At<'a> {
    /// An error about this value.
    pub fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.place())
    }

    /// Its file, line and column.
    pub fn place(&self) -> String {
        let offset = self.raw.get().as_ptr() as usize - self.file.text.as_ptr() as usize;
        let (line, column) = position(self.file.text.as_bytes(), offset);
        format!("{}:{line}:{column}", self.file.name)
    }

    /// The value as one of a type.
    pub fn read<T: Deserialize<'a>>(&self, what: &str, kind: &str) -> Result<T, String> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.wrong(&format!("{what} must be {kind}")))
    }

    /// The members of an object. `what` says which one in an error.
    pub fn members(&self, what: &str) -> Result<Members<'a>, String> {
        let Raw(list) = self.read(what, "an object")?;
        let list: Vec<(String, At<'a>)> =
            list.into_iter().map(|(key, raw)| (key, At { file: self.file, raw })).collect();
        let mut order: Vec<usize> = (0..list.len()).collect();
        // The sort is stable.
        order.sort_by(|one, other| list[*one].0.cmp(&list[*other].0));
        let again = order.windows(2).filter(|pair| list[pair[0]].0 == list[pair[1]].0).map(|pair| pair[1]);
        match again.min().map(|position| &list[position]) {
            // Readers do not agree on which of the two counts.
            Some((key, again)) => Err(again.wrong(&format!("`{key}` stands here a second time"))),
            None => Ok(Members { at: *self, list, order }),
        }
    }

    /// The items of a list.
    pub fn items(&self, what: &str) -> Result<Vec<At<'a>>, String> {
        let list: Vec<&'a RawValue> = self.read(what, "a list")?;
        Ok(list.into_iter().map(|raw| At { file: self.file, raw }).collect())
    }

    /// A text.
    pub fn text(&self, what: &str) -> Result<String, String> {
        self.read(what, "a text")
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.raw.get() == "null"
    }

    /// Whether it is the same as another, however both are laid out.
    pub fn is_same(&self, other: &At<'_>) -> bool {
        self.raw.get() == other.raw.get() || solid(self.raw).eq(solid(other.raw))
    }
}

/// The members of an object, in their order.
pub struct Members<'a> {
    /// The object.
    pub at: At<'a>,
    /// Its members.
    pub list: Vec<(String, At<'a>)>,
    /// Their positions, in the order of their keys.
    order: Vec<usize>,
}

impl<'a> Members<'a> {
    /// The value of a member.
    pub fn get(&self, key: &str) -> Option<At<'a>> {
        let found = self.order.binary_search_by(|position| self.list[*position].0.as_str().cmp(key)).ok()?;
        Some(self.list[self.order[found]].1)
    }

    /// The value of a member that must be there.
    pub fn needed(&self, key: &str) -> Result<At<'a>, String> {
        self.get(key).ok_or_else(|| self.at.wrong(&format!("`{key}` is missing here; is this SARIF?")))
    }
}

/// What objects hold under each key: the position of the object, and the value.
pub type Held<'a> = Vec<(usize, At<'a>)>;

/// What objects hold, key by key, in the order in which keys are first met.
pub fn by_key<'m, 'a: 'm>(all: impl Iterator<Item = &'m Members<'a>>) -> Vec<(&'m str, Held<'a>)> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut held: Vec<(&'m str, Held<'a>)> = Vec::new();
    for (number, members) in all.enumerate() {
        for (key, value) in &members.list {
            let key = key.as_str();
            let at = *known.entry(key).or_insert(held.len());
            if at == held.len() {
                held.push((key, Vec::new()));
            }
            held[at].1.push((number, *value));
        }
    }
    held
}

/// An object whose members keep their bytes.
struct Raw<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list: Self::Value = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    list.push((key, value));
                }
                Ok(list)
            }
        }
        deserializer.deserialize_map(Entries).map(Raw)
    }
}

/// JSON without the blanks between its parts.
pub fn compact(raw: &RawValue) -> Cow<'_, str> {
    let text = raw.get();
    let mut out = String::new();
    let mut kept = 0;
    let (mut inside, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            b' ' | b'\n' | b'\r' | b'\t' if !inside => {
                out.push_str(&text[kept..at]);
                kept = at + 1;
            }
            _ => {}
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// The bytes of [`compact`], one by one: who compares them ends at the first that differs.
fn solid(raw: &RawValue) -> impl Iterator<Item = u8> {
    let (mut inside, mut escaped) = (false, false);
    raw.get().bytes().filter(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            b' ' | b'\n' | b'\r' | b'\t' => return inside,
            _ => {}
        }
        true
    })
}

/// A text in JSON.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object in JSON out of its members.
pub fn object(members: &[(String, Cow<'_, str>)]) -> String {
    let members: Vec<String> =
        members.iter().map(|(key, value)| format!("{}:{value}", quoted(key))).collect();
    format!("{{{}}}", members.join(","))
}

/// A list in JSON out of its items.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    format!("[{}]", items.join(","))
}

/// Line and column of a byte, from 1.
fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    (memchr::memchr_iter(b'\n', before).count() + 1, column)
}
