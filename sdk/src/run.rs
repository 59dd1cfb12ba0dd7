//! A plugin at work: configured once, then asked about tapes.

use std::any::Any;
use std::sync::Mutex;

use plimsoll_tape::packed::Writer;
use plimsoll_tape::{Malformed, chunks};
use serde::Deserialize;

use crate::describe::with_schemas;
use crate::node::Batch;
use crate::parameters::Problem;
use crate::report::{Finding, Kubernetes, Report};
use crate::rule::{Check, Entry};
use crate::{Object, Set};

/// The rules of a plugin and their description.
#[derive(Debug)]
pub struct Plugin {
    pub(crate) rules: &'static [Entry],
    description: &'static [u8],
    configured: Mutex<Option<&'static Configured>>,
}

/// What `configure` was told.
#[derive(Debug)]
struct Configured {
    kubernetes: Kubernetes,
    /// For every rule, in the order of the list: none if it is not wanted.
    rules: Vec<Option<Settings>>,
    /// The ids of those that are wanted, as they were named.
    wanted: Vec<String>,
}

#[derive(Debug)]
struct Settings {
    /// The rule's position among those that are wanted.
    number: u32,
    parameters: Option<Box<dyn Any + Send + Sync>>,
}

#[derive(Deserialize)]
struct Wanted {
    kubernetes: String,
    rules: Vec<String>,
    #[serde(default)]
    parameters: serde_json::Map<String, serde_json::Value>,
}

impl Plugin {
    /// A plugin of these rules; [`plugin!`](crate::plugin) calls this.
    pub const fn new(rules: &'static [Entry], description: &'static [u8]) -> Self {
        Self { rules, description, configured: Mutex::new(None) }
    }

    /// The description, as JSON.
    pub fn describe(&self) -> String {
        let described = std::str::from_utf8(self.description).expect("the description is made of strings");
        let configurable = self.rules.iter().filter(|rule| rule.parameters.any());
        with_schemas(described, configurable.map(|rule| rule.parameters.schema()))
    }

    /// Takes the configuration. Problems name their places in the text.
    pub fn configure(&self, config: &str) -> Result<(), Vec<Problem>> {
        let configured = self.read(config)?;
        // Leaked because a component is configured once and never dropped; a native test configures some hundred times.
        *self.lock() = Some(Box::leak(Box::new(configured)));
        Ok(())
    }

    /// What the object rules say of the objects on a tape.
    pub fn check(&self, tape: &[u8]) -> Result<Writer, String> {
        let configured = self.configured()?;
        let chunks = chunks(tape).map_err(|Malformed(why)| why.to_owned())?;
        let batch = Batch::new(chunks);
        let mut report = configured.report();
        let wanted: Vec<_> = self
            .wanted(configured)
            .filter_map(|(rule, settings)| match rule.check {
                Check::Object(check) => Some((rule, settings, check)),
                Check::Set(_) => None,
            })
            .collect();
        // Most rules ask for the same kinds.
        let mut kinds: Vec<&[&str]> = Vec::new();
        let asks: Vec<usize> = wanted.iter().map(|(rule, ..)| position_of(&mut kinds, rule.kinds)).collect();
        let mut answers = vec![false; kinds.len()];
        for position in 0..batch.chunks.len() as u32 {
            let object = Object::new(&batch, position);
            let looks = Looks::of(&object);
            for (answer, kinds) in answers.iter_mut().zip(&kinds) {
                *answer = looks.answer(kinds);
            }
            for ((_, settings, check), asks) in wanted.iter().zip(&asks) {
                if answers[*asks] {
                    settings.speak_for(&mut report);
                    check(object, &mut report);
                }
            }
            batch.forget_steps();
        }
        Ok(report.last.all)
    }

    /// What the set rules say of the objects on a tape.
    pub fn check_set(&self, tape: &[u8]) -> Result<Writer, String> {
        let configured = self.configured()?;
        let chunks = chunks(tape).map_err(|Malformed(why)| why.to_owned())?;
        let batch = Batch::new(chunks);
        let mut report = configured.report();
        for (rule, settings) in self.wanted(configured) {
            let Check::Set(check) = rule.check else { continue };
            let set = Set::new(&batch, |object| Looks::of(object).answer(rule.kinds));
            settings.speak_for(&mut report);
            check(&set, &mut report);
            batch.forget_steps();
        }
        Ok(report.last.all)
    }

    fn read(&self, config: &str) -> Result<Configured, Vec<Problem>> {
        let whole = |message: String| vec![Problem { pointer: String::new(), message }];
        let wanted: Wanted = serde_json::from_str(config).map_err(|error| whole(error.to_string()))?;
        let kubernetes = Kubernetes::parse(&wanted.kubernetes).ok_or_else(|| {
            whole(format!("`{}` is no version of Kubernetes such as 1.37", wanted.kubernetes))
        })?;
        let mut problems = Vec::new();
        let mut rules = Vec::with_capacity(self.rules.len());
        for rule in self.rules {
            let Some(number) = wanted.rules.iter().position(|id| id == rule.id) else {
                rules.push(None);
                continue;
            };
            let number = number as u32;
            match rule.parameters.read(wanted.parameters.get(rule.id)) {
                Ok(parameters) => rules.push(Some(Settings { number, parameters })),
                Err(problem) => problems.push(Problem {
                    pointer: format!("/parameters/{}{}", rule.id, problem.pointer),
                    message: problem.message,
                }),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Configured { kubernetes, rules, wanted: wanted.rules })
    }

    fn wanted(
        &self,
        configured: &'static Configured,
    ) -> impl Iterator<Item = (&'static Entry, &'static Settings)> {
        self.rules
            .iter()
            .zip(&configured.rules)
            .filter_map(|(rule, settings)| Some((rule, settings.as_ref()?)))
    }

    /// The id of a rule, by its position among those that are wanted.
    pub(crate) fn id(&self, number: u32) -> &'static str {
        let wanted = self.configured().ok().and_then(|configured| configured.wanted.get(number as usize));
        wanted.map_or("", String::as_str)
    }

    fn configured(&self) -> Result<&'static Configured, String> {
        (*self.lock()).ok_or_else(|| "`check` was called before `configure`".to_owned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<&'static Configured>> {
        self.configured.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Configured {
    fn report(&self) -> Report<'static> {
        Report { rule: 0, last: Finding::default(), kubernetes: self.kubernetes, parameters: None }
    }
}

impl Settings {
    /// Has a report speak for this rule.
    fn speak_for(&'static self, report: &mut Report<'_>) {
        report.rule = self.number;
        report.parameters = self.parameters.as_ref().map(|parameters| -> &dyn Any { parameters.as_ref() });
    }
}

/// Where something stands in a list, at whose end it is put if it is new.
fn position_of<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    })
}

/// What the kinds of a rule are compared with.
struct Looks<'a> {
    kind: &'a str,
    group: &'a str,
    has_pods: bool,
}

impl<'a> Looks<'a> {
    fn of(object: &Object<'a>) -> Self {
        Self { kind: object.kind(), group: object.group(), has_pods: object.pod_spec().is_some() }
    }

    /// Whether a rule that asks for `kinds` looks at the object.
    fn answer(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|wanted| match *wanted {
            "*" => true,
            "@pods" => self.has_pods,
            wanted => match wanted.rsplit_once('/') {
                Some((group, kind)) => self.kind == kind && self.group == group,
                None => self.kind == wanted,
            },
        })
    }
}
