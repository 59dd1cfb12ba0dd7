//! Where rules belong in the lists that others keep: weaknesses (CWE), Pod Security, and the guidance of CIS and of NSA and CISA.

use std::collections::BTreeSet;

use super::text::pascal_case;
use super::{guid, wire};
use crate::finding::RuleInfo;

/// A list that others keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Cwe,
    PodSecurity,
    Cis,
    Nsa,
}

/// An entry of a list, by its id there.
type Taxon = (List, String);

/// The entries that the rules of a report belong to, in order.
#[derive(Debug, Default)]
pub(super) struct Taxonomies(BTreeSet<Taxon>);

impl Taxonomies {
    pub(super) fn of<'a>(rules: impl Iterator<Item = &'a RuleInfo>) -> Self {
        Self(rules.flat_map(taxa).collect())
    }

    fn lists(&self) -> Vec<List> {
        let mut lists: Vec<List> = self.0.iter().map(|(list, _)| *list).collect();
        lists.dedup();
        lists
    }

    pub(super) fn wire(&self) -> Vec<wire::Taxonomy> {
        let taxonomy = |list: &List| {
            let about = list.about();
            wire::Taxonomy {
                name: about.name,
                guid: list.guid(),
                organization: about.organization,
                information_uri: about.uri,
                short_description: wire::Text::new(about.summary),
                is_comprehensive: false,
                taxa: self.0.iter().filter(|(of, _)| of == list).map(|(list, id)| list.taxon(id)).collect(),
            }
        };
        self.lists().iter().map(taxonomy).collect()
    }

    pub(super) fn supported(&self) -> Vec<wire::SupportedTaxonomy> {
        let supported = |(index, list): (usize, List)| wire::SupportedTaxonomy {
            name: list.about().name,
            index,
            guid: list.guid(),
        };
        self.lists().into_iter().enumerate().map(supported).collect()
    }

    /// The entries that a rule belongs to, as others refer to them.
    pub(super) fn references(&self, rule: &RuleInfo) -> Vec<wire::TaxonReference> {
        let lists = self.lists();
        let reference = |(list, id): Taxon| {
            let index = self.0.iter().filter(|(of, _)| *of == list).position(|(_, known)| *known == id)?;
            let component = lists.iter().position(|known| *known == list)?;
            let tool_component = wire::ComponentReference { index: component, name: list.about().name };
            Some(wire::TaxonReference { id, index, tool_component })
        };
        taxa(rule).into_iter().filter_map(reference).collect()
    }

    /// What a rule has to do with the entries that it belongs to.
    pub(super) fn relationships(&self, rule: &RuleInfo) -> Vec<wire::Relationship> {
        let relationship = |target: wire::TaxonReference| {
            // A weakness is met in many other ways too; guidance asks for what the rule looks at.
            let kind =
                if target.tool_component.name == List::Cwe.about().name { "superset" } else { "relevant" };
            wire::Relationship { target, kinds: [kind] }
        };
        self.references(rule).into_iter().map(relationship).collect()
    }
}

/// The entries that a rule belongs to: by its weaknesses, and by the profiles that include it.
fn taxa(rule: &RuleInfo) -> Vec<Taxon> {
    let mut taxa: Vec<Taxon> = rule.cwe.iter().map(|number| (List::Cwe, format!("CWE-{number}"))).collect();
    let included = |profile: &str| rule.profiles.iter().any(|known| known == profile);
    let level = ["baseline", "restricted"].into_iter().find(|level| included(&format!("pss-{level}")));
    if let Some(level) = level {
        let controls: Vec<&str> = rule
            .equivalents
            .iter()
            .filter_map(|name| name.strip_prefix("PSA:"))
            .filter(|id| !id.is_empty())
            .collect();
        if controls.is_empty() {
            taxa.push((List::PodSecurity, level.to_owned()));
        }
        taxa.extend(controls.iter().map(|control| (List::PodSecurity, format!("{level}/{control}"))));
    }
    if included("cis") {
        taxa.push((List::Cis, "5".to_owned()));
    }
    if included("nsa") {
        taxa.push((List::Nsa, "kubernetes-pod-security".to_owned()));
    }
    taxa.sort();
    taxa.dedup();
    taxa
}

/// What a list is.
struct About {
    name: &'static str,
    organization: &'static str,
    uri: &'static str,
    summary: &'static str,
}

impl List {
    fn about(self) -> About {
        let about = |name, organization, uri, summary| About { name, organization, uri, summary };
        match self {
            Self::Cwe => about("CWE", "MITRE", "https://cwe.mitre.org/", "The Common Weakness Enumeration."),
            Self::PodSecurity => about(
                "PSS",
                "Kubernetes",
                "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
                "The Pod Security Standards of Kubernetes: a level, and the control of Pod Security admission that checks it.",
            ),
            Self::Cis => about(
                "CIS-K8S",
                "CIS",
                "https://www.cisecurity.org/benchmark/kubernetes",
                "The CIS Kubernetes Benchmark, by section.",
            ),
            Self::Nsa => about(
                "NSA-CISA-K8S",
                "NSA and CISA",
                "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
                "The Kubernetes Hardening Guidance, by chapter.",
            ),
        }
    }

    fn guid(self) -> String {
        guid::of(&format!("taxonomy:{}", self.about().name))
    }

    fn taxon(self, id: &str) -> wire::Taxon {
        let title = match self {
            Self::Cwe => weakness(id).map(str::to_owned),
            Self::PodSecurity => Some(match id.split_once('/') {
                Some((level, control)) => format!("The control {control} of the level {level}"),
                None => format!("The level {id}"),
            }),
            Self::Cis => Some("Policies".to_owned()),
            Self::Nsa => Some("Pod security".to_owned()),
        };
        let name = match self {
            Self::PodSecurity => pascal_case(id.rsplit('/').next().unwrap_or(id)),
            _ => title.as_deref().map(|title| pascal_case(&title.replace(' ', "-"))).unwrap_or_default(),
        };
        wire::Taxon {
            id: id.to_owned(),
            name: Some(name).filter(|name| !name.is_empty()),
            help_uri: id
                .strip_prefix("CWE-")
                .filter(|_| self == Self::Cwe)
                .map(|number| format!("https://cwe.mitre.org/data/definitions/{number}.html")),
            short_description: title.map(|title| wire::Text::new(&format!("{title}."))),
        }
    }
}

/// What MITRE calls a weakness. Of one that is not listed here, the number tells.
fn weakness(id: &str) -> Option<&'static str> {
    let known = [
        ("CWE-200", "Exposure of Sensitive Information to an Unauthorized Actor"),
        ("CWE-250", "Execution with Unnecessary Privileges"),
        ("CWE-269", "Improper Privilege Management"),
        ("CWE-284", "Improper Access Control"),
        ("CWE-306", "Missing Authentication for Critical Function"),
        ("CWE-311", "Missing Encryption of Sensitive Data"),
        ("CWE-312", "Cleartext Storage of Sensitive Information"),
        ("CWE-319", "Cleartext Transmission of Sensitive Information"),
        ("CWE-400", "Uncontrolled Resource Consumption"),
        ("CWE-494", "Download of Code Without Integrity Check"),
        ("CWE-653", "Improper Isolation or Compartmentalization"),
        ("CWE-668", "Exposure of Resource to Wrong Sphere"),
        ("CWE-693", "Protection Mechanism Failure"),
        ("CWE-732", "Incorrect Permission Assignment for Critical Resource"),
        ("CWE-770", "Allocation of Resources Without Limits or Throttling"),
        ("CWE-798", "Use of Hard-coded Credentials"),
        ("CWE-829", "Inclusion of Functionality from Untrusted Control Sphere"),
        ("CWE-862", "Missing Authorization"),
        ("CWE-1104", "Use of Unmaintained Third Party Components"),
        ("CWE-1395", "Dependency on Vulnerable Third-Party Component"),
    ];
    known.iter().find(|(known, _)| *known == id).map(|(_, title)| *title)
}
