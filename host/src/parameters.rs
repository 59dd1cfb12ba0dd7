//! What the parameters of a rule look like, out of the JSON Schema in the description of its plugin. Nothing is held against it: the plugin itself refuses
//! what it does not take. Everything in it is untrusted text.

use serde_json::{Map, Value};

use crate::finding::RuleInfo;
use crate::source::is_deceptive;

/// A parameter, for people.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key; `extra[].image` is one in the objects of a list, `teams.*.owner` in those of a map.
    pub name: String,
    /// What it may be, and what is said about it.
    pub is: String,
}

/// Parameters of a rule that are told, and letters of the name of one and of what is said of it.
const MOST: usize = 200;
const NAME: usize = 100;
const SAID: usize = 400;

/// The schema of a rule's parameters, with what could deceive in it escaped; none if the plugin does not tell one that can be read.
pub fn schema(rule: &RuleInfo) -> Option<Value> {
    serde_json::from_str(rule.parameters_schema.as_deref()?).ok().map(harmless)
}

/// The parameters of a rule, as far as its plugin tells them.
pub fn parameters(rule: &RuleInfo) -> Vec<Parameter> {
    let mut found = Vec::new();
    if let Some(schema) = schema(rule) {
        below("", &schema, true, &mut found);
    }
    if found.len() > MOST {
        found.truncate(MOST);
        found.push(Parameter { name: "…".to_owned(), is: format!("more than {MOST} are not told here") });
    }
    found
}

/// The beginning of a text.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(escaped(text)),
        Value::Array(values) => values.into_iter().map(harmless).collect(),
        Value::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (escaped(key), harmless(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        other => other,
    }
}

fn escaped(text: String) -> String {
    if !text.contains(is_deceptive) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push(' '),
            letter if is_deceptive(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

/// Collects the parameters in an object of this name, and in what it holds. One that is not `sure` may be something else altogether.
fn below(name: &str, schema: &Value, sure: bool, found: &mut Vec<Parameter>) {
    let required = |key: &str| sure && list(schema, "required").iter().any(|required| required == key);
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        if found.len() > MOST {
            return;
        }
        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        let name = cut(&name, NAME);
        let mut is = said(inner);
        if required(key) {
            is += ", required";
        }
        if let Some(default) = inner.get("default") {
            is += &format!(", by default {}", written(default));
        }
        if let Some(about) = inner["description"].as_str() {
            is += &format!(": {about}");
        }
        // Of an object whose keys follow nothing else needs to be said.
        if is != "object" || inner["properties"].as_object().is_none_or(Map::is_empty) {
            found.push(Parameter { name: name.clone(), is: cut(&is, SAID) });
        }
        below(&name, inner, sure, found);
    }
    let of_map = if name.is_empty() { "*".to_owned() } else { format!("{name}.*") };
    for (name, inner) in [(format!("{name}[]"), "items"), (of_map, "additionalProperties")] {
        if let Some(inner) = schema.get(inner) {
            below(&name, inner, sure, found);
        }
    }
    for one in alternatives(schema) {
        below(name, one, false, found);
    }
}

/// What a value may be, in words: `integer from 0 to 255`, `list of strings`, `one of a, b`.
fn said(schema: &Value) -> String {
    let allowed = list(schema, "enum");
    if !allowed.is_empty() {
        return format!("one of {}", allowed.iter().map(written).collect::<Vec<_>>().join(", "));
    }
    if let Some(only) = schema.get("const") {
        return written(only);
    }
    if let Some(elsewhere) = schema["$ref"].as_str() {
        return format!("what the schema says at {elsewhere}");
    }
    if *schema == Value::Bool(false) {
        return "nothing".to_owned();
    }
    let ways: Vec<String> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).map(|of| typed(of, schema)).collect(),
        Value::String(of) => vec![typed(of, schema)],
        _ => alternatives(schema).iter().map(said).collect(),
    };
    match ways.as_slice() {
        [] => "anything".to_owned(),
        several => several.join(" or "),
    }
}

fn typed(of: &str, schema: &Value) -> String {
    match of {
        "array" => format!("list{}", each(&schema["items"])),
        "object" if schema["properties"].is_object() => "object".to_owned(),
        "object" => format!("map{}", each(&schema["additionalProperties"])),
        "integer" | "number" => match (schema.get("minimum"), schema.get("maximum")) {
            (Some(least), Some(most)) => format!("{of} from {least} to {most}"),
            (Some(least), None) => format!("{of} of at least {least}"),
            (None, Some(most)) => format!("{of} of at most {most}"),
            (None, None) => of.to_owned(),
        },
        "string" => match schema["pattern"].as_str() {
            Some(pattern) => format!("string that matches {pattern}"),
            None => of.to_owned(),
        },
        other => other.to_owned(),
    }
}

/// What a list or a map is of.
fn each(schema: &Value) -> String {
    let Value::Object(_) = schema else { return String::new() };
    let one = said(schema);
    match one.as_str() {
        "anything" => String::new(),
        "string" | "integer" | "number" | "boolean" | "object" | "list" | "map" => format!(" of {one}s"),
        _ => match one.split_once(" of ") {
            Some((kind @ ("list" | "map"), rest)) => format!(" of {kind}s of {rest}"),
            _ => format!(", each {one}"),
        },
    }
}

fn alternatives(schema: &Value) -> &[Value] {
    [list(schema, "anyOf"), list(schema, "oneOf")].into_iter().find(|all| !all.is_empty()).unwrap_or_default()
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A value as people write it: a text without its quotes.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(schema: &str) -> Vec<String> {
        let mut found = Vec::new();
        below("", &harmless(serde_json::from_str(schema).expect("the schema is JSON")), true, &mut found);
        found.into_iter().map(|parameter| format!("{}: {}", parameter.name, parameter.is)).collect()
    }

    #[test]
    fn a_parameter_is_told_in_words() {
        let schema = r#"{"type":"object","required":["from"],"properties":{
            "from":{"type":"string","pattern":"^v","description":"Where to\nbegin"},
            "tags":{"type":"array","items":{"type":"string"},"default":["latest"]},
            "always":{"enum":["all","none",null]},
            "ports":{"type":"array","items":{"type":"integer","minimum":1,"maximum":65535}},
            "depth":{"anyOf":[{"type":"integer","minimum":0},{"type":"null"}]},
            "size":{"type":["integer","string"],"maximum":9},
            "teams":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}},
            "grid":{"type":"array","items":{"type":"array","items":{"type":"boolean"}}},
            "extra":{"type":"array","items":{"type":"object","properties":{"image":{"type":"string"}}}},
            "by":{"type":"object","additionalProperties":{"type":"object","properties":{"owner":{"const":"me"}}}},
            "which":{"anyOf":[{"enum":["All"]},{"type":"object","properties":{"Named":true},"required":["Named"]}]},
            "bound":{"type":"object","properties":{"min":{"type":"integer"}}},"empty":{"type":"object","properties":{}},
            "any":{},"odd":{"type":["null",1]},"never":false,"as":{"$ref":"a.json"},"list":{"type":"array"},"map":{"type":"object"}}}"#;
        assert_eq!(
            told(schema),
            [
                "from: string that matches ^v, required: Where to begin",
                "tags: list of strings, by default [\"latest\"]",
                "always: one of all, none, null",
                "ports: list, each integer from 1 to 65535",
                "depth: integer of at least 0 or null",
                "size: integer of at most 9 or string",
                "teams: map of lists of strings",
                "grid: list of lists of booleans",
                "extra: list of objects",
                "extra[].image: string",
                "by: map of objects",
                "by.*.owner: me",
                "which: one of All or object",
                "which.Named: anything",
                "bound.min: integer",
                "empty: object",
                "any: anything",
                "odd: null",
                "never: nothing",
                "as: what the schema says at a.json",
                "list: list",
                "map: map",
            ]
        );
    }

    #[test]
    fn what_is_no_schema_tells_nothing_and_what_deceives_is_escaped() {
        for odd in ["{}", "true", "[]", r#"{"properties":[1],"required":2,"items":3,"anyOf":{}}"#] {
            assert_eq!(told(odd), Vec::<String>::new(), "{odd}");
        }
        assert_eq!(
            told(r#"{"properties":{"a\u001b":{"enum":["\u202eb"],"type":7}}}"#),
            ["a\\u{1b}: one of \\u{202e}b"]
        );
    }
}
