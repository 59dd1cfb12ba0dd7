//! The JSON Schema of a type, told by nothing but its own `Deserialize`.
//!
//! A type is asked to read itself from a source that answers nothing: it notes what the type wants there, and refuses. To get behind the
//! first field of a struct the type is asked again, and given the key of the next, until there is nothing left to learn. So no value is ever made up
//! that a type of the author's might not take. What cannot be learnt, because a type looks at what it gets before it decides, is anything.

mod shape;
#[cfg(test)]
mod tests;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use shape::{ANY, NULL, Shape, Text};

/// Asks a type once.
pub(crate) type Ask = fn(Asked<'_>);

/// Asks `T` once.
pub(crate) fn ask<T: serde::de::DeserializeOwned>(asked: Asked<'_>) {
    let _ = T::deserialize(asked);
}

/// How often a type is asked: there is something new to learn each time.
const MOST_TIMES: usize = 2_000;
/// Types inside types. What is deeper is anything.
const MOST_DEPTH: usize = 12;
/// Bytes of a schema, as hosts allow it.
const MOST_BYTES: usize = 64 << 10;

/// The schema of a type that reads objects; none for any other type.
pub(crate) fn schema(ask: Ask) -> Option<String> {
    let mut shape = Shape::Unknown;
    for _ in 0..MOST_TIMES {
        ask(Asked { shape: &mut shape, inside: &OUTSIDE });
        if shape.is_known() {
            break;
        }
    }
    let mut text = Text::default();
    shape.write(&mut text);
    let is_object = matches!(shape, Shape::Map(_) | Shape::Struct { .. });
    (is_object && text.0.len() <= MOST_BYTES).then_some(text.0)
}

/// The types around the one that is asked, by their names and keys.
struct Inside<'a> {
    name: &'static str,
    keys: &'static [&'static str],
    depth: usize,
    inside: Option<&'a Inside<'a>>,
}

const OUTSIDE: Inside<'static> = Inside { name: "", keys: &[], depth: 0, inside: None };

impl Inside<'_> {
    /// Whether a type stands inside itself, or so deep that nobody reads it.
    fn is_enough(&self, name: &'static str, keys: &'static [&'static str]) -> bool {
        let is_same = |above: &Inside<'_>| !keys.is_empty() && above.name == name && above.keys == keys;
        self.depth >= MOST_DEPTH || std::iter::successors(Some(self), |above| above.inside).any(is_same)
    }
}

/// Why a type got nothing.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Always.
    Noted,
    /// It did not want the key.
    Key,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing is read here")
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self::Noted
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Noted
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Noted
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::Noted
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::Noted
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Key
    }

    fn missing_field(_: &'static str) -> Self {
        Self::Noted
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Noted
    }
}

/// What of several types in a row is told: their values would have to be made up to get behind the first.
const LIST: Shape = Shape::Known(r#"{"type":"array"}"#);

/// A source that notes what a type wants of it.
pub(crate) struct Asked<'a> {
    shape: &'a mut Shape,
    inside: &'a Inside<'a>,
}

impl Asked<'_> {
    fn note<T>(self, shape: Shape) -> Result<T, Refused> {
        *self.shape = shape;
        Err(Refused::Noted)
    }

    /// Begins to look at a type that holds others.
    #[inline(never)]
    fn begin(&mut self, name: &'static str, keys: &'static [&'static str], shape: fn() -> Shape) {
        if self.inside.is_enough(name, keys) {
            *self.shape = ANY;
        } else if let Shape::Unknown = self.shape {
            *self.shape = shape();
            if let Shape::Struct { fields: named, .. } | Shape::Enum(named) = self.shape {
                named.extend(keys.iter().map(|key| (*key, Shape::Unknown)));
            }
        }
    }
}

/// The first of which there is something to learn.
#[inline(never)]
fn next<'a>(all: &'a mut [(&'static str, Shape)]) -> Option<(&'static str, &'a mut Shape)> {
    all.iter_mut().find(|(_, shape)| !shape.is_known()).map(|(key, shape)| (*key, shape))
}

macro_rules! known {
    ($($method:ident: $schema:literal,)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
            self.note(Shape::Known($schema))
        })*
    };
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Refused;

    known! {
        deserialize_any: "true",
        deserialize_ignored_any: "true",
        deserialize_bytes: "true",
        deserialize_byte_buf: "true",
        deserialize_bool: r#"{"type":"boolean"}"#,
        deserialize_i8: r#"{"type":"integer","minimum":-128,"maximum":127}"#,
        deserialize_i16: r#"{"type":"integer","minimum":-32768,"maximum":32767}"#,
        deserialize_i32: r#"{"type":"integer","minimum":-2147483648,"maximum":2147483647}"#,
        deserialize_i64: r#"{"type":"integer"}"#,
        deserialize_i128: r#"{"type":"integer"}"#,
        deserialize_u8: r#"{"type":"integer","minimum":0,"maximum":255}"#,
        deserialize_u16: r#"{"type":"integer","minimum":0,"maximum":65535}"#,
        deserialize_u32: r#"{"type":"integer","minimum":0,"maximum":4294967295}"#,
        deserialize_u64: r#"{"type":"integer","minimum":0}"#,
        deserialize_u128: r#"{"type":"integer","minimum":0}"#,
        deserialize_f32: r#"{"type":"number"}"#,
        deserialize_f64: r#"{"type":"number"}"#,
        deserialize_str: r#"{"type":"string"}"#,
        deserialize_string: r#"{"type":"string"}"#,
        deserialize_identifier: r#"{"type":"string"}"#,
        deserialize_char: r#"{"type":"string","minLength":1,"maxLength":1}"#,
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        self.note(NULL)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Refused> {
        self.note(NULL)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Refused> {
        self.note(LIST)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, Refused> {
        self.note(LIST)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if self.inside.is_enough(name, &[]) {
            return self.note(ANY);
        }
        let inside = Inside { name, keys: &[], depth: self.inside.depth + 1, inside: Some(self.inside) };
        visitor.visit_newtype_struct(Asked { shape: self.shape, inside: &inside })
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.begin("", &[], || Shape::Optional(Box::new(Shape::Unknown)));
        let Shape::Optional(inner) = self.shape else { return Err(Refused::Noted) };
        let refused = visitor.visit_some(One::of("", inner, self.inside, "", &[]).asked());
        inner.settle();
        refused
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.begin("", &[], || Shape::List(Box::new(Shape::Unknown)));
        let Shape::List(inner) = self.shape else { return Err(Refused::Noted) };
        let refused = visitor.visit_seq(One::of("", inner, self.inside, "", &[]));
        inner.settle();
        refused
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.begin("", &[], || Shape::Map(Box::new(Shape::Unknown)));
        let Shape::Map(inner) = self.shape else { return Err(Refused::Noted) };
        let refused = visitor.visit_map(One::of("", inner, self.inside, "", &[]));
        inner.settle();
        refused
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.begin(name, keys, || Shape::Struct { fields: Vec::new(), closed: None });
        let Shape::Struct { fields, closed } = self.shape else { return Err(Refused::Noted) };
        let mut nowhere = Shape::Unknown;
        // After the last key, one that no struct has.
        let next = next(fields);
        let is_stranger = next.is_none();
        let (key, shape) = next.unwrap_or(("\0", &mut nowhere));
        // Called once, because the code of the type would otherwise be here twice.
        let refused = visitor.visit_map(One::of(key, shape, self.inside, name, keys));
        shape.settle();
        if is_stranger {
            *closed = Some(matches!(refused, Err(Refused::Key)));
        }
        refused
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.begin(name, keys, || Shape::Enum(Vec::new()));
        let Shape::Enum(variants) = self.shape else { return Err(Refused::Noted) };
        let Some((key, shape)) = next(variants) else { return Err(Refused::Noted) };
        let refused = visitor.visit_enum(One::of(key, shape, self.inside, name, keys));
        shape.settle();
        refused
    }
}

/// The one thing that a type finds inside.
struct One<'a> {
    /// Its key; empty in a list or a map.
    key: &'a str,
    shape: &'a mut Shape,
    inside: Inside<'a>,
    is_given: bool,
}

impl<'a> One<'a> {
    fn of(
        key: &'a str,
        shape: &'a mut Shape,
        above: &'a Inside<'a>,
        name: &'static str,
        keys: &'static [&'static str],
    ) -> Self {
        let inside = Inside { name, keys, depth: above.depth + 1, inside: Some(above) };
        Self { key, shape, inside, is_given: false }
    }

    fn asked(&mut self) -> Asked<'_> {
        Asked { shape: self.shape, inside: &self.inside }
    }

    /// Whether it is asked for the first time; a type that asks on after a refusal finds the end.
    fn give(&mut self) -> bool {
        !std::mem::replace(&mut self.is_given, true)
    }
}

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.give() { seed.deserialize(self.asked()).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for One<'_> {
    type Error = Refused;

    fn next_key_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if self.give() { seed.deserialize(Key(self.key)).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self.asked())
    }
}

impl<'de> EnumAccess<'de> for One<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Refused> {
        Ok((seed.deserialize(Key(self.key))?, self))
    }
}

impl<'de> VariantAccess<'de> for One<'_> {
    type Error = Refused;

    fn unit_variant(mut self) -> Result<(), Refused> {
        self.asked().note(NULL)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(mut self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self.asked())
    }

    fn tuple_variant<V: Visitor<'de>>(mut self, _: usize, _: V) -> Result<V::Value, Refused> {
        self.asked().note(LIST)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.asked().deserialize_struct("", keys, visitor)
    }
}

/// A key: of a struct or an enum its name, of a map any text.
struct Key<'a>(&'a str);

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_str(self.0)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        // A struct that takes in another with `flatten` reads a map, and does not tell its keys.
        if self.0.is_empty() { Err(Refused::Noted) } else { visitor.visit_str(self.0) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum ignored_any
    }
}
