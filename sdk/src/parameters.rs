//! What may be configured about a rule.

use std::any::Any;

use serde::de::DeserializeOwned;

use crate::schema::{Ask, ask, schema};

/// The type of a rule's parameters. They are read with serde: give the type `#[serde(deny_unknown_fields, default)]`, so that a
/// mistyped key is a problem with its place. The names and types of its fields become a JSON Schema in the plugin's description, which
/// `plimsoll rules` and `plimsoll plugin inspect` show.
///
/// ```
/// use plimsoll_sdk::prelude::*;
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields, default)]
/// struct Limits { replicas: i64 }
///
/// impl Default for Limits {
///     fn default() -> Self { Self { replicas: 2 } }
/// }
///
/// const RULE: Rule = Rule {
///     id: "too-few",
///     parameters: Parameters::of::<Limits>(),
///     check: |object, report| {
///         let wanted = report.parameters::<Limits>().replicas;
///         let replicas = object.at(&["spec", "replicas"]);
///         if replicas.as_i64().unwrap_or(1) < wanted {
///             report.at(replicas, format!("ask for at least {wanted} replicas"));
///         }
///     },
///     ..Rule::DEFAULT
/// };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Parameters {
    of: Option<(Read, Ask)>,
}

type Read = fn(Option<&serde_json::Value>) -> Result<Box<dyn Any + Send + Sync>, Problem>;

/// What is wrong with a parameter, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Problem {
    pub pointer: String,
    pub message: String,
}

impl Parameters {
    /// The rule has none.
    pub const NONE: Self = Self { of: None };

    /// Parameters of this type, with its default for what the configuration does not say.
    pub const fn of<T: DeserializeOwned + Default + Send + Sync + 'static>() -> Self {
        Self { of: Some((read::<T>, ask::<T>)) }
    }

    pub(crate) fn read(
        &self,
        configured: Option<&serde_json::Value>,
    ) -> Result<Option<Box<dyn Any + Send + Sync>>, Problem> {
        match (self.of, configured) {
            (Some((read, _)), configured) => read(configured).map(Some),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Problem {
                pointer: String::new(),
                message: "this rule has no parameters; remove them".to_owned(),
            }),
        }
    }

    pub(crate) const fn any(&self) -> bool {
        self.of.is_some()
    }

    /// The schema of their type, as JSON, if that is an object.
    pub(crate) fn schema(&self) -> Option<String> {
        self.of.and_then(|(_, ask)| schema(ask))
    }
}

fn read<T: DeserializeOwned + Default + Send + Sync + 'static>(
    configured: Option<&serde_json::Value>,
) -> Result<Box<dyn Any + Send + Sync>, Problem> {
    let Some(configured) = configured else { return Ok(Box::new(T::default())) };
    match serde_path_to_error::deserialize::<_, T>(configured) {
        Ok(parameters) => Ok(Box::new(parameters)),
        Err(error) => Err(Problem { pointer: pointer(error.path()), message: error.inner().to_string() }),
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1")))
            }
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    pointer
}
