use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// The schema of a type, read back.
#[track_caller]
fn of<T: DeserializeOwned>() -> Value {
    let schema = schema(ask::<T>).expect("the type reads objects");
    assert_eq!(Some(&schema), super::schema(ask::<T>).as_ref(), "it is the same each time");
    serde_json::from_str(&schema).expect("it is JSON")
}

/// The schema of the only field of a struct.
#[derive(Deserialize)]
#[allow(dead_code, reason = "nothing is ever read into it")]
struct Holds<T> {
    it: T,
}

#[track_caller]
fn inside<T: DeserializeOwned>() -> Value {
    let mut whole = of::<Holds<T>>();
    assert_eq!(whole["type"], "object");
    whole["properties"]["it"].take()
}

#[test]
fn a_struct_tells_its_fields_in_their_order_and_whether_it_takes_others() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, default, rename_all = "camelCase")]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    struct Limits {
        replica_count: i64,
        allow: Vec<String>,
        #[serde(skip)]
        seen: bool,
    }
    impl Default for Limits {
        fn default() -> Self {
            panic!("no value is made")
        }
    }
    assert_eq!(
        schema(ask::<Limits>).expect("it is an object"),
        r#"{"type":"object","properties":{"replicaCount":{"type":"integer"},"allow":{"type":"array","items":{"type":"string"}}},"additionalProperties":false}"#
    );
    assert_eq!(
        of::<Holds<bool>>(),
        json!({ "type": "object", "properties": { "it": { "type": "boolean" } } })
    );
}

#[test]
fn every_type_of_serde_has_one_of_json() {
    assert_eq!(inside::<u8>(), json!({ "type": "integer", "minimum": 0, "maximum": 255 }));
    assert_eq!(inside::<i32>(), json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }));
    assert_eq!(inside::<u64>(), json!({ "type": "integer", "minimum": 0 }));
    assert_eq!(inside::<f64>(), json!({ "type": "number" }));
    assert_eq!(inside::<char>(), json!({ "type": "string", "minLength": 1, "maxLength": 1 }));
    assert_eq!(inside::<()>(), json!({ "type": "null" }));
    assert_eq!(inside::<(u8, String)>(), json!({ "type": "array" }));
    assert_eq!(inside::<Option<String>>(), json!({ "anyOf": [{ "type": "string" }, { "type": "null" }] }));
    assert_eq!(inside::<BTreeSet<String>>(), json!({ "type": "array", "items": { "type": "string" } }));
    assert_eq!(inside::<Value>(), json!(true));
    assert_eq!(inside::<Vec<Value>>(), json!({ "type": "array" }));
    assert_eq!(inside::<Box<bool>>(), json!({ "type": "boolean" }));
}

#[test]
fn a_map_tells_its_values_whatever_texts_its_keys_are() {
    #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
    struct Name(String);
    let of_booleans = json!({ "type": "object", "additionalProperties": { "type": "boolean" } });
    assert_eq!(of::<BTreeMap<String, bool>>(), of_booleans);
    assert_eq!(of::<BTreeMap<Name, bool>>(), of_booleans);
    assert_eq!(of::<BTreeMap<u8, bool>>(), json!({ "type": "object" }), "nothing is a number and any text");
    assert_eq!(of::<serde_json::Map<String, Value>>(), json!({ "type": "object" }));
}

#[test]
fn what_an_enum_takes_is_listed() {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    enum Always {
        MutableTags,
        All,
    }
    assert_eq!(inside::<Always>(), json!({ "enum": ["mutable-tags", "all"] }));

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    enum Which {
        All,
        Named(Vec<String>),
        Pair(u8, u8),
        From { team: String },
    }
    let of = |name: &str, schema: Value| json!({ "type": "object", "properties": { name: schema }, "required": [name] });
    let from = json!({ "type": "object", "properties": { "team": { "type": "string" } } });
    assert_eq!(
        inside::<Which>(),
        json!({ "anyOf": [
            { "enum": ["All"] },
            of("Named", json!({ "type": "array", "items": { "type": "string" } })),
            of("Pair", json!({ "type": "array" })),
            of("From", from),
        ] })
    );
}

#[test]
fn a_type_inside_itself_is_told_once() {
    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    struct Tree {
        name: String,
        left: Option<Box<Tree>>,
        right: Option<Box<Tree>>,
        others: Vec<Tree>,
        by_name: BTreeMap<String, Tree>,
    }
    let optional = json!({ "anyOf": [true, { "type": "null" }] });
    assert_eq!(
        of::<Tree>()["properties"],
        json!({
            "name": { "type": "string" },
            "left": optional,
            "right": optional,
            "others": { "type": "array" },
            "by_name": { "type": "object" },
        })
    );

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    struct Nested(Vec<Nested>);
    assert!(inside::<Nested>().to_string().len() < 1_000, "lists of lists end somewhere");

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    enum Term {
        Not(Box<Term>),
        All(Vec<Term>),
    }
    assert_eq!(inside::<Term>()["anyOf"][0]["properties"], json!({ "Not": true }));
}

#[test]
fn a_type_that_reads_itself_tells_what_it_reads_itself_from() {
    /// Reads a text, whose letters it judges.
    struct Version;
    impl<'de> Deserialize<'de> for Version {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            let text = String::deserialize(from)?;
            text.parse::<u64>().map(|_| Self).map_err(D::Error::custom)
        }
    }
    /// Looks at what is there.
    #[derive(Deserialize)]
    #[serde(untagged)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    /// Does not take no for an answer.
    struct Stubborn;
    impl<'de> Deserialize<'de> for Stubborn {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Again;
            impl<'de> Visitor<'de> for Again {
                type Value = ();
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
                    while !matches!(list.next_element::<u8>(), Ok(None)) {}
                    Ok(())
                }
            }
            let _ = from.deserialize_seq(Again);
            Ok(Self)
        }
    }
    /// Asks for nothing.
    struct Silent;
    impl<'de> Deserialize<'de> for Silent {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    struct Parts {
        from: Option<Version>,
        what: OneOrMany,
        list: Stubborn,
        nothing: Silent,
        last: bool,
    }
    assert_eq!(
        of::<Parts>()["properties"],
        json!({
            "from": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
            "what": true,
            "list": { "type": "array", "items": { "type": "integer", "minimum": 0, "maximum": 255 } },
            "nothing": true,
            "last": { "type": "boolean" },
        })
    );
}

#[test]
fn what_is_told_of_no_object_is_not_told() {
    assert_eq!(schema(ask::<Vec<String>>), None);
    assert_eq!(schema(ask::<Value>), None);

    #[derive(Deserialize)]
    #[allow(dead_code, reason = "nothing is ever read into it")]
    struct Within {
        here: bool,
        #[serde(flatten)]
        rest: Holds<bool>,
    }
    assert_eq!(of::<Within>(), json!({ "type": "object" }), "what is flattened reads a map");
}
