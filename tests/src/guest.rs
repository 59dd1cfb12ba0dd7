//! Plugins made of text. A fixture holds only what is odd about a plugin; the rest of it comes from `fixtures/guest.wat`.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wasm_encoder::{ComponentSection as _, CustomSection};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::scan::workspace;

/// A plugin to be made.
#[derive(Clone, Debug)]
pub struct Guest {
    wat: String,
    description: Value,
    /// The part of the interface that it is made to fit.
    world: &'static str,
}

impl Guest {
    /// A plugin that says of every object that it is there, on its name.
    pub fn good() -> Self {
        Self::of(";; Nothing is odd about it.").named("good")
    }

    /// A plugin called `hostile`, out of `fixtures/NAME.wat`.
    ///
    /// # Panics
    ///
    /// If there is no such file.
    pub fn fixture(name: &str) -> Self {
        Self::of(&read(&format!("{name}.wat"))).named("hostile")
    }

    /// A plugin out of the text of a fixture.
    pub fn of(fixture: &str) -> Self {
        let description = json!({
            "name": "guest",
            "version": "1.0.0",
            "rules": [{ "id": "there", "summary": "There is an object" }],
        });
        Self { wat: module("guest", fixture), description, world: "plugin" }
    }

    /// A plugin that packs its findings: it gives these bytes whatever it is asked about.
    pub fn packing(answer: &[u8]) -> Self {
        let escaped: String = answer.iter().map(|byte| format!("\\{byte:02x}")).collect();
        Self::of_packing(&format!(
            "(global $answer-bytes i32 (i32.const {}))\n(data $answer (i32.const 16777216) \"{escaped}\")",
            answer.len()
        ))
    }

    /// A plugin that packs its findings, out of the text of a fixture.
    pub fn of_packing(fixture: &str) -> Self {
        let packed = module("packed", fixture);
        Self { wat: module("guest", &packed), world: "packed-plugin", ..Self::of("") }
    }

    /// Gives it another name.
    pub fn named(self, name: &str) -> Self {
        self.describing("name", name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.description["name"].as_str().unwrap_or_default()
    }

    /// Changes a key of its description.
    pub fn describing(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.description[key] = value.into();
        self
    }

    /// The component, sealed.
    pub fn bytes(&self) -> Vec<u8> {
        sealed(self.unsealed(), self.description.to_string().as_bytes())
    }

    /// The component without a description.
    ///
    /// # Panics
    ///
    /// If the text is no module that fits the interface.
    pub fn unsealed(&self) -> Vec<u8> {
        self.made_with(&interface())
    }

    /// The component, sealed, as one that was made with another text of the interface, or another version.
    ///
    /// # Panics
    ///
    /// As [`Guest::unsealed`].
    pub fn sealed_with(&self, wit: &str) -> Vec<u8> {
        sealed(self.made_with(wit), self.description.to_string().as_bytes())
    }

    /// The core module.
    ///
    /// # Panics
    ///
    /// If the text is none.
    pub fn module(&self) -> Vec<u8> {
        let text = format!("(module\n{}\n)", self.wat);
        wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn made_with(&self, wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("policy.wit", wit).expect("the interface is sound");
        let world = resolve.select_world(&[package], Some(self.world)).expect("the interface has this world");
        let version = resolve.packages[package].name.version.as_ref().expect("the interface has a version");
        let text = self.wat.replace("@1.0.0#", &format!("@{version}#"));
        let mut module = Self { wat: text, ..self.clone() }.module();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .expect("a module takes a section");
        let encoder = ComponentEncoder::default().validate(true).module(&module);
        let component = encoder.and_then(|mut encoder| encoder.encode());
        component
            .unwrap_or_else(|error| panic!("the module does not fit the interface: {error:#}\n{}", self.wat))
    }
}

/// The text of the plugin interface, and of what a plugin may export beside.
///
/// # Panics
///
/// If it is missing.
pub fn interface() -> String {
    let text = |file: &str| {
        fs::read_to_string(workspace().join("wit/1.0.0").join(file)).expect("the interface is there")
    };
    let packed = text("packed.wit");
    let (_, packed) = packed.split_once(";\n").expect("it begins with the name of the package");
    text("policy.wit") + packed
}

/// A component out of its text, without any help.
///
/// # Panics
///
/// If the text is wrong.
pub fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Adds the section that says what a plugin is.
pub fn sealed(mut component: Vec<u8>, description: &[u8]) -> Vec<u8> {
    let section =
        CustomSection { name: Cow::Borrowed(plimsoll_build::DESCRIPTION), data: Cow::Borrowed(description) };
    section.append_to_component(&mut component);
    component
}

/// The component of a pack's core module, with the description that its compiler put together.
///
/// # Panics
///
/// If it is none.
pub fn sealed_pack(module: &[u8]) -> Vec<u8> {
    let description = |module: &[u8]| {
        let text = plimsoll_build::compiled_description(module).map_err(|error| error.to_string())?;
        String::from_utf8(text).map_err(|error| error.to_string())
    };
    plimsoll_build::seal(module, description).expect("a pack is a plugin")
}

/// The fixture, and every part of an ordinary guest that it does not bring itself.
fn module(guest: &str, fixture: &str) -> String {
    let guest = read(&format!("{guest}.wat"));
    let ordinary = guest.split("\n\n").filter(|part| {
        let name = part
            .lines()
            .find_map(|line| line.strip_prefix('('))
            .and_then(|form| form.split_whitespace().nth(1));
        name.is_none_or(|name| !name.starts_with('$') || !brings(fixture, name))
    });
    // Imports stand before everything else.
    let (imports, own): (Vec<&str>, Vec<&str>) =
        fixture.lines().partition(|line| line.starts_with("(import "));
    let own = own.join("\n");
    let parts: Vec<&str> = imports.into_iter().chain(ordinary).chain([own.as_str()]).collect();
    parts.join("\n")
}

fn brings(fixture: &str, name: &str) -> bool {
    let form = |line: &str| line.starts_with('(') && line.split([' ', ')']).nth(1) == Some(name);
    fixture.lines().any(form)
}

fn read(fixture: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
