//! When an API came, when it goes, and what carries over to the one that replaces it.

use plimsoll_sdk::prelude::*;

use crate::tables::{KUBERNETES, OTHERS};

/// A kind of Kubernetes itself in one version.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    /// The minor versions in which it came, was deprecated and went; 0 where that is not known or not decided.
    introduced: u16,
    deprecated: u16,
    removed: u16,
    /// The apiVersion and kind that replace it; empty where nothing does.
    replacement: &'static str,
    new_kind: &'static str,
    carry: Carry,
}

/// Whether an object means the same when only its apiVersion becomes that of the replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carry {
    Yes,
    /// If it has a selector, and nothing that the replacement does not know.
    WithSelector,
    No,
}

/// A kind of another project.
#[derive(Debug)]
pub(crate) struct Other {
    pub(crate) version: &'static str,
    /// Empty for every kind of the version.
    pub(crate) kind: &'static str,
    pub(crate) project: &'static str,
    /// Versions of the project.
    pub(crate) deprecated: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) replacement: &'static str,
}

impl Api {
    #[allow(clippy::too_many_arguments, reason = "the columns of a table")]
    pub(crate) const fn new(
        version: &'static str,
        kind: &'static str,
        introduced: u16,
        deprecated: u16,
        removed: u16,
        replacement: &'static str,
        new_kind: &'static str,
        carry: Carry,
    ) -> Self {
        Self { version, kind, introduced, deprecated, removed, replacement, new_kind, carry }
    }

    /// The API that an apiVersion and a kind name, if it is one of Kubernetes.
    pub(crate) fn named(version: &str, kind: &str) -> Option<&'static Self> {
        let at = KUBERNETES.binary_search_by(|api| (api.version, api.kind).cmp(&(version, kind))).ok()?;
        Some(&KUBERNETES[at])
    }

    /// The version that no longer serves it, if it is known.
    pub(crate) fn removed(&self) -> Option<Kubernetes> {
        (self.removed > 0).then_some(Kubernetes::v1(self.removed))
    }

    pub(crate) fn introduced(&self) -> Kubernetes {
        Kubernetes::v1(self.introduced)
    }

    pub(crate) fn deprecated(&self) -> Option<Kubernetes> {
        (self.deprecated > 0).then_some(Kubernetes::v1(self.deprecated))
    }

    pub(crate) fn is_served(&self, by: Kubernetes) -> bool {
        self.introduced() <= by && self.removed().is_none_or(|removed| by < removed)
    }

    /// The nearest replacement that this version serves.
    pub(crate) fn replacement(&self, served_by: Kubernetes) -> Option<&'static Self> {
        let next = Self::named(self.replacement, self.new_kind)?;
        if next.is_served(served_by) { Some(next) } else { next.replacement(served_by) }
    }

    /// Another version of the same kind that this version of Kubernetes serves, the newest that there is.
    pub(crate) fn sibling(&self, served_by: Kubernetes) -> Option<&'static Self> {
        let group = |version: &'static str| version.rsplit_once('/').map_or("", |(group, _)| group);
        KUBERNETES
            .iter()
            .filter(|api| {
                api.kind == self.kind && group(api.version) == group(self.version) && api.is_served(served_by)
            })
            .max_by_key(|api| api.introduced)
    }

    /// The edit that moves an object to another API, where that is all there is to do.
    pub(crate) fn migrate<'a>(&self, object: Object<'a>, to: &'a Self) -> Option<Edit<'a>> {
        let carries = match self.carry {
            Carry::Yes => true,
            Carry::WithSelector => has_selector(object) && !object.at(&["spec", "rollbackTo"]).is_set(),
            Carry::No => false,
        };
        let next = Self::named(self.replacement, self.new_kind).filter(|_| carries)?;
        if next.version == to.version && next.kind == to.kind {
            Some(Edit::set(object.get("apiVersion"), to.version))
        } else {
            next.migrate(object, to)
        }
    }

    /// What to do instead, as the end of a sentence, and where nothing replaces it.
    pub(crate) fn instead(&self, served_by: Kubernetes) -> String {
        match self.replacement(served_by) {
            Some(api) if api.kind == self.kind => format!("use `apiVersion: {}`", api.version),
            Some(api) => format!("use `kind: {}` of `{}`", api.kind, api.version),
            None if self.kind == "PodSecurityPolicy" => {
                "use the `pod-security.kubernetes.io` labels of namespaces".to_owned()
            }
            None => "nothing replaces it in that version".to_owned(),
        }
    }
}

impl Other {
    pub(crate) const fn new(
        version: &'static str,
        kind: &'static str,
        project: &'static str,
        deprecated: &'static str,
        removed: &'static str,
        replacement: &'static str,
    ) -> Self {
        Self { version, kind, project, deprecated, removed, replacement }
    }

    /// The API that an object uses, if it is one of the list.
    pub(crate) fn named(version: &str, kind: &str) -> Option<&'static Self> {
        let group = version.split('/').next().unwrap_or(version);
        let covers = |other: &&Self| {
            (other.version == version || other.version == group)
                && (other.kind.is_empty() || other.kind == kind)
        };
        OTHERS.iter().find(covers)
    }

    /// The last of the versions that replaced one another.
    pub(crate) fn newest(&self) -> &'static str {
        Self::named(self.replacement, self.kind).map_or(self.replacement, Self::newest)
    }
}

fn has_selector(object: Object<'_>) -> bool {
    let selector = object.at(&["spec", "selector"]);
    !selector.get("matchLabels").is_empty() || !selector.get("matchExpressions").is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Api, Kubernetes};
    use crate::tables::{KUBERNETES, OTHERS};

    #[test]
    fn the_table_is_in_order_so_that_it_can_be_searched() {
        assert!(KUBERNETES.is_sorted_by_key(|api| (api.version, api.kind)));
        assert!(KUBERNETES.iter().all(|api| std::ptr::eq(Api::named(api.version, api.kind).unwrap(), api)));
    }

    #[test]
    fn a_replacement_is_a_row_of_its_own_unless_another_table_has_it() {
        let unknown: Vec<_> = KUBERNETES
            .iter()
            .filter(|api| !api.replacement.is_empty() && Api::named(api.replacement, api.new_kind).is_none())
            .map(|api| (api.version, api.kind))
            .collect();
        assert_eq!(unknown, []);
        assert!(OTHERS.iter().all(|other| !other.newest().contains("alpha")));
    }

    #[test]
    fn a_chain_of_replacements_ends_at_what_is_served() {
        let old = Api::named("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema").unwrap();
        let served_by = |minor| old.replacement(Kubernetes::v1(minor)).map(|api| api.version);
        assert_eq!(served_by(27), Some("flowcontrol.apiserver.k8s.io/v1beta3"));
        assert_eq!(served_by(37), Some("flowcontrol.apiserver.k8s.io/v1"));
        let policy = Api::named("extensions/v1beta1", "PodSecurityPolicy").unwrap();
        assert!(policy.replacement(Kubernetes::v1(37)).is_none());
    }
}
