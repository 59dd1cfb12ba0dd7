//! What a rule says.

use std::any::Any;

use crate::node::Node;

/// An address on the wall: object, node, and the missing steps below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Position of the object among those that the call was given.
    pub object: u32,
    /// Node of that object.
    pub node: u32,
    /// RFC 6901 pointer below the node; empty for the node itself.
    pub path: String,
}

/// A place that helps to understand a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub at: Place,
    /// What is there.
    pub message: String,
}

/// One change to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub(crate) at: Place,
    pub(crate) action: &'static str,
    pub(crate) value: String,
}

/// Edits that mend a finding together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do; the finding's message where it is empty.
    pub description: String,
    /// The edits.
    pub edits: Vec<Edit>,
}

/// What a rule says about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id without the plugin's name.
    pub rule: &'static str,
    /// Where.
    pub at: Place,
    /// What is wrong and what to do.
    pub message: String,
    /// Other places.
    pub related: Vec<Related>,
    /// How to mend it.
    pub fix: Option<Fix>,
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
    pub(crate) rule: &'static str,
    pub(crate) findings: Vec<Finding>,
    pub(crate) kubernetes: Kubernetes,
    pub(crate) parameters: Option<&'a dyn Any>,
}

impl<'a> Report<'a> {
    /// Says that something is wrong at a node, which need not exist. The message is for people: what is wrong here, and what to do;
    /// names from the manifest in double quotes, YAML in backticks.
    pub fn at(&mut self, node: Node<'a>, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule,
            at: node.place(),
            message: message.into(),
            related: Vec::new(),
            fix: None,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
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
    pub fn fix(&mut self, edit: Edit) -> &mut Self {
        self.fix.get_or_insert_default().edits.push(edit);
        self
    }

    /// Adds a place that helps to understand the finding.
    pub fn related(&mut self, node: Node<'_>, message: impl Into<String>) -> &mut Self {
        self.related.push(Related { at: node.place(), message: message.into() });
        self
    }
}

impl Edit {
    /// Removes the node: the key with its value, or the item.
    pub fn remove(node: Node<'_>) -> Self {
        Self { at: node.place(), action: "remove", value: String::new() }
    }

    /// Writes a value at the node, with all that is missing on the way to it.
    ///
    /// ```
    /// # use plimsoll_sdk::prelude::*;
    /// # fn rule(container: Container<'_>, report: &mut Report<'_>) -> Edit {
    /// Edit::set(container.at(&["securityContext", "privileged"]), false)
    /// # }
    /// ```
    pub fn set(node: Node<'_>, value: impl Into<serde_json::Value>) -> Self {
        let value = match value.into() {
            serde_json::Value::Bool(true) => "true".to_owned(),
            serde_json::Value::Bool(false) => "false".to_owned(),
            value => value.to_string(),
        };
        Self { at: node.place(), action: "set", value }
    }

    /// Gives the key of the node another name.
    pub fn rename(node: Node<'_>, key: &str) -> Self {
        Self { at: node.place(), action: "rename", value: key.to_owned() }
    }
}
