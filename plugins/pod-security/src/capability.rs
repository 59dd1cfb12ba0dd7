//! How container runtimes read the names in `capabilities.add` and `capabilities.drop`.
//!
//! The kubelet hands them over as they are written. containerd and CRI-O compare `ALL` without regard to case, apply it first, then every
//! added name, then every dropped one. containerd puts `CAP_` before each name whatever it is, so that `CAP_NET_RAW` becomes a name that
//! nothing knows; CRI-O leaves a name alone that has the prefix. So a prefixed name may add, but cannot be relied upon to drop.

use plimsoll_sdk::{Container, Edit, Node, Report};

/// The items of `capabilities.add` that give the container this capability, by its name or as `ALL`, unless it is dropped again.
pub(crate) fn granted<'a>(container: Container<'a>, capability: &str) -> Vec<Node<'a>> {
    let capabilities = container.security_context().get("capabilities");
    let drop = capabilities.get("drop");
    if drop.items().any(|item| is_named(item, capability)) {
        return Vec::new();
    }
    let drops_all = drop.items().any(is_all);
    let gives = |item: &Node<'_>| {
        without_prefix(item.str()).eq_ignore_ascii_case(capability) || is_all(*item) && !drops_all
    };
    capabilities.get("add").items().filter(gives).collect()
}

/// Reports a container that gets this capability; `what` completes '…, which'.
pub(crate) fn refuse<'a>(container: Container<'a>, capability: &str, what: &str, report: &mut Report<'a>) {
    let granted = granted(container, capability);
    let Some(first) = granted.first() else { return };
    let message = format!("{} adds `{}`, which {what}: remove it", container.title(), first.str());
    let finding = report.at(*first, message);
    let add = first.parent();
    if granted.len() == add.len() {
        finding.fix(Edit::remove(add));
    } else {
        for item in &granted {
            finding.fix(Edit::remove(*item));
        }
    }
}

/// Whether every runtime takes this item for the capability.
pub(crate) fn is_named(item: Node<'_>, capability: &str) -> bool {
    item.str().eq_ignore_ascii_case(capability)
}

/// Whether the item is the word for all capabilities.
pub(crate) fn is_all(item: Node<'_>) -> bool {
    item.str().eq_ignore_ascii_case("ALL")
}

/// The name without `CAP_`.
pub(crate) fn without_prefix(name: &str) -> &str {
    match name.split_at_checked(4) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("CAP_") => rest,
        _ => name,
    }
}
