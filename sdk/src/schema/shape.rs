//! What is known of a type, and how that is written as a JSON Schema. It is written by hand and in one place, because all of this lies in every plugin.

/// What is known of a type so far.
#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing yet.
    Unknown,
    /// All: its schema.
    Known(&'static str),
    Optional(Box<Shape>),
    List(Box<Shape>),
    Map(Box<Shape>),
    Struct {
        fields: Vec<(&'static str, Shape)>,
        /// Whether other keys are refused.
        closed: Option<bool>,
    },
    Enum(Vec<(&'static str, Shape)>),
}

pub(super) const ANY: Shape = Shape::Known("true");
/// What a variant of an enum carries that is a mere name.
pub(super) const NULL: Shape = Shape::Known(r#"{"type":"null"}"#);

impl Shape {
    /// Whether nothing is left to learn.
    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known(_) => true,
            Self::Optional(inner) | Self::List(inner) | Self::Map(inner) => inner.is_known(),
            Self::Struct { fields, closed } => closed.is_some() && are_known(fields),
            Self::Enum(variants) => are_known(variants),
        }
    }

    /// What was asked and gave nothing away is not asked again.
    pub(super) fn settle(&mut self) {
        if let Self::Unknown = self {
            *self = ANY;
        }
    }

    fn is(&self, known: &Self) -> bool {
        matches!((self, known), (Self::Known(a), Self::Known(b)) if a == b)
    }

    pub(super) fn write(&self, out: &mut Text) {
        match self {
            Self::Unknown => ANY.write(out),
            Self::Known(schema) => out.raw(schema),
            Self::Optional(inner) => {
                out.raw(r#"{"anyOf":["#);
                inner.write(out);
                out.raw(r#",{"type":"null"}]}"#);
            }
            Self::List(inner) => inner.write_inside(out, r#"{"type":"array""#, r#","items":"#),
            Self::Map(inner) => inner.write_inside(out, r#"{"type":"object""#, r#","additionalProperties":"#),
            Self::Struct { fields, closed } => {
                out.raw(r#"{"type":"object","properties":{"#);
                let mut comma = "";
                for (name, shape) in fields {
                    out.raw(comma);
                    out.string(name);
                    out.raw(":");
                    shape.write(out);
                    comma = ",";
                }
                out.raw(if *closed == Some(true) { r#"},"additionalProperties":false}"# } else { "}}" });
            }
            Self::Enum(variants) => write_variants(variants, out),
        }
    }

    /// As that which a list or a map is of.
    fn write_inside(&self, out: &mut Text, of: &str, key: &str) {
        out.raw(of);
        if !self.is(&ANY) && !matches!(self, Self::Unknown) {
            out.raw(key);
            self.write(out);
        }
        out.raw("}");
    }
}

fn are_known(all: &[(&'static str, Shape)]) -> bool {
    all.iter().all(|(_, shape)| shape.is_known())
}

/// Variants that carry nothing are written by their names, the others as an object of one key.
fn write_variants(variants: &[(&'static str, Shape)], out: &mut Text) {
    let is_name = |(_, shape): &(&str, Shape)| shape.is(&NULL);
    let (names, all) = (variants.iter().any(is_name), variants.iter().all(is_name));
    out.raw(if all { "" } else { r#"{"anyOf":["# });
    let mut comma = "";
    if names {
        out.raw(r#"{"enum":["#);
        for (name, _) in variants.iter().filter(|variant| is_name(variant)) {
            out.raw(comma);
            out.string(name);
            comma = ",";
        }
        out.raw("]}");
    }
    for (name, shape) in variants.iter().filter(|variant| !is_name(variant)) {
        out.raw(comma);
        out.raw(r#"{"type":"object","properties":{"#);
        out.string(name);
        out.raw(":");
        shape.write(out);
        out.raw(r#"},"required":["#);
        out.string(name);
        out.raw("]}");
        comma = ",";
    }
    out.raw(if all { "" } else { "]}" });
}

/// Text that grows.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    #[inline(never)]
    pub(super) fn raw(&mut self, text: &str) {
        self.0.push_str(text);
    }

    #[inline(never)]
    fn string(&mut self, text: &str) {
        self.raw("\"");
        for letter in text.chars() {
            // Control characters would have to be escaped as well, and no key has them.
            if letter == '"' || letter == '\\' {
                self.raw("\\");
            }
            self.0.push(if letter < ' ' { '?' } else { letter });
        }
        self.raw("\"");
    }
}
