//! What a rule is.

use crate::{Object, Parameters, Report, Set};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Should be mended.
    Warning,
    /// Must not be deployed.
    Error,
}

/// When a rule is on without being asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// In every scan.
    Default,
    /// With `--profile strict`, which adds to the default.
    Strict,
    /// Only when it is named: it needs parameters, or teams disagree about it.
    OptIn,
}

/// Looks at any object.
pub const ALL: &[&str] = &["*"];
/// Looks at objects that carry a pod template.
pub const PODS: &[&str] = &["@pods"];

/// A rule that looks at one object at a time. Write it with `..Rule::DEFAULT`, so that it still compiles when a field is added.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The rule's name without the plugin's: lower case, digits and `-`. It completes the sentence 'allow …': `privileged`.
    pub id: &'static str,
    /// What the rule finds, as one line without a full stop.
    pub summary: &'static str,
    /// How bad a finding is.
    pub level: Level,
    /// The kinds that the rule looks at: [`PODS`], [`ALL`], or a list of `Kind` and `group/Kind`.
    pub kinds: &'static [&'static str],
    /// The rule's page, in Markdown: what goes wrong, how to mend it, when to suppress it. Blocks that begin with ```` ```yaml fails ````
    /// and ```` ```yaml passes ```` are run as tests; further words there set the scene: `kubernetes=1.24`, `parameters={"max":3}`.
    pub docs: &'static str,
    /// The function.
    pub check: for<'a> fn(Object<'a>, &mut Report<'a>),
    /// When the rule is on.
    pub profile: Profile,
    /// Further profiles that include it, such as `pss-baseline`.
    pub profiles: &'static [&'static str],
    /// How dangerous a finding is, from 0.1 to 10.0 in the scale of CVSS, times ten: 55 stands for 5.5. 0 for what is not about security.
    pub security_severity: u8,
    /// Numbers of the weaknesses, as the CWE lists them, that its findings are cases of: 250 stands for CWE-250.
    pub cwe: &'static [u16],
    /// The same rule in other scanners, such as `KL:host-pid` for kube-linter.
    pub equivalents: &'static [&'static str],
    /// What may be configured.
    pub parameters: Parameters,
}

/// A rule that needs all objects of a set, such as one that looks for the Service of a pod. Write it with `..SetRule::DEFAULT`.
#[derive(Clone, Copy, Debug)]
pub struct SetRule {
    /// As in [`Rule::id`].
    pub id: &'static str,
    /// As in [`Rule::summary`].
    pub summary: &'static str,
    /// As in [`Rule::level`].
    pub level: Level,
    /// All kinds that the rule needs to see.
    pub kinds: &'static [&'static str],
    /// As in [`Rule::docs`]; an example may hold several documents.
    pub docs: &'static str,
    /// The function.
    pub check: for<'a> fn(&Set<'a>, &mut Report<'a>),
    /// As in [`Rule::profile`].
    pub profile: Profile,
    /// As in [`Rule::profiles`].
    pub profiles: &'static [&'static str],
    /// As in [`Rule::security_severity`].
    pub security_severity: u8,
    /// As in [`Rule::cwe`].
    pub cwe: &'static [u16],
    /// As in [`Rule::equivalents`].
    pub equivalents: &'static [&'static str],
    /// As in [`Rule::parameters`].
    pub parameters: Parameters,
}

/// The function of a rule of either form.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub enum Check {
    Object(for<'a> fn(Object<'a>, &mut Report<'a>)),
    Set(for<'a> fn(&Set<'a>, &mut Report<'a>)),
}

/// A rule of either form, as a plugin lists it.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct Entry {
    pub id: &'static str,
    pub summary: &'static str,
    pub level: Level,
    pub kinds: &'static [&'static str],
    pub docs: &'static str,
    pub check: Check,
    pub profile: Profile,
    pub profiles: &'static [&'static str],
    pub security_severity: u8,
    pub cwe: &'static [u16],
    pub equivalents: &'static [&'static str],
    pub parameters: Parameters,
}

impl Entry {
    /// Without what only the description says.
    pub const fn at_work(self) -> Self {
        Self { summary: "", docs: "", profiles: &[], cwe: &[], equivalents: &[], ..self }
    }
}

macro_rules! entry {
    ($rule:ident, $form:ident) => {
        impl $rule {
            /// The rule as a plugin lists it; [`plugin!`](crate::plugin) calls this.
            #[doc(hidden)]
            pub const fn entry(self) -> Entry {
                Entry {
                    id: self.id,
                    summary: self.summary,
                    level: self.level,
                    kinds: self.kinds,
                    docs: self.docs,
                    check: Check::$form(self.check),
                    profile: self.profile,
                    profiles: self.profiles,
                    security_severity: self.security_severity,
                    cwe: self.cwe,
                    equivalents: self.equivalents,
                    parameters: self.parameters,
                }
            }

            /// What holds for what is not written: a warning in the default profile, without parameters, that looks at any object.
            pub const DEFAULT: $rule = $rule {
                id: "",
                summary: "",
                level: Level::Warning,
                kinds: ALL,
                docs: "",
                check: |_, _| {},
                profile: Profile::Default,
                profiles: &[],
                security_severity: 0,
                cwe: &[],
                equivalents: &[],
                parameters: Parameters::NONE,
            };
        }
    };
}

entry!(Rule, Object);
entry!(SetRule, Set);
