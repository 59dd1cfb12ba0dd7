//! What a rule says.

use std::any::Any;

use plimsoll_tape::packed::{Action, Writer};

use crate::node::Node;

/// One change to a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit<'a> {
    node: Node<'a>,
    change: Change<'a>,
}

#[derive(Clone, Debug, PartialEq)]
enum Change<'a> {
    Set(serde_json::Value),
    Remove,
    Rename(&'a str),
}

/// A finding that a rule reports, to which more can be added.
#[derive(Debug, Default)]
pub struct Finding {
    /// This finding, which is the last one, and those before it.
    pub(crate) all: Writer,
}

/// A version of Kubernetes: the cluster that the manifests are meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kubernetes {
    /// The number after `1.`.
    pub minor: u16,
}

impl Kubernetes {
    /// The version 1.`minor`.
    pub const fn v1(minor: u16) -> Self {
        Self { minor }
    }

    /// Reads `1.37`, `v1.37` or `1.37.2`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
        let minor = rest.split('.').next()?;
        Some(Self { minor: minor.parse().ok()? })
    }
}

impl std::fmt::Display for Kubernetes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// Collects what a rule finds.
#[derive(Debug)]
pub struct Report<'a> {
    /// The rule's position among those that are wanted.
    pub(crate) rule: u32,
    pub(crate) last: Finding,
    pub(crate) kubernetes: Kubernetes,
    pub(crate) parameters: Option<&'a dyn Any>,
}

impl<'a> Report<'a> {
    /// Says that something is wrong at a node, which need not exist. The message is for people: what is wrong here, and what to do;
    /// names from the manifest in double quotes, YAML in backticks.
    pub fn at(&mut self, node: Node<'a>, message: impl AsRef<str>) -> &mut Finding {
        let path = |text: &mut String| node.push_path(text);
        self.last.all.finding(self.rule, node.address(), path, message.as_ref());
        &mut self.last
    }

    /// The version of Kubernetes that the manifests are meant for.
    pub fn kubernetes(&self) -> Kubernetes {
        self.kubernetes
    }

    /// The rule's parameters: what the configuration says, or the default.
    ///
    /// # Panics
    ///
    /// If `T` is not the type that the rule names in its `parameters`.
    pub fn parameters<T: 'static>(&self) -> &'a T {
        self.parameters
            .and_then(|parameters| parameters.downcast_ref())
            .expect("a rule reads the parameters that it declares with Parameters::of")
    }
}

impl Finding {
    /// Adds an edit to the fix of this finding.
    pub fn fix(&mut self, edit: Edit<'_>) -> &mut Self {
        let Edit { node, change } = edit;
        let action = match change {
            Change::Set(_) => Action::Set,
            Change::Remove => Action::Remove,
            Change::Rename(_) => Action::Rename,
        };
        let value = |text: &mut String| match change {
            Change::Set(serde_json::Value::Bool(true)) => text.push_str("true"),
            Change::Set(serde_json::Value::Bool(false)) => text.push_str("false"),
            Change::Set(value) => text.push_str(&value.to_string()),
            Change::Remove => {}
            Change::Rename(key) => text.push_str(key),
        };
        self.all.edit(action, node.address(), |text| node.push_path(text), value);
        self
    }

    /// Says what the fix of this finding does, where the finding's message does not.
    pub fn fix_description(&mut self, description: impl AsRef<str>) -> &mut Self {
        self.all.description(description.as_ref());
        self
    }

    /// Adds a place that helps to understand the finding.
    pub fn related(&mut self, node: Node<'_>, message: impl AsRef<str>) -> &mut Self {
        self.all.related(node.address(), |text| node.push_path(text), message.as_ref());
        self
    }
}

impl<'a> Edit<'a> {
    /// Removes the node: the key with its value, or the item.
    pub fn remove(node: Node<'a>) -> Self {
        Self { node, change: Change::Remove }
    }

    /// Writes a value at the node, with all that is missing on the way to it.
    ///
    /// ```
    /// # use plimsoll_sdk::prelude::*;
    /// # fn rule<'a>(container: Container<'a>, report: &mut Report<'a>) -> Edit<'a> {
    /// Edit::set(container.at(&["securityContext", "privileged"]), false)
    /// # }
    /// ```
    pub fn set(node: Node<'a>, value: impl Into<serde_json::Value>) -> Self {
        Self { node, change: Change::Set(value.into()) }
    }

    /// Gives the key of the node another name.
    pub fn rename(node: Node<'a>, key: &'a str) -> Self {
        Self { node, change: Change::Rename(key) }
    }
}
