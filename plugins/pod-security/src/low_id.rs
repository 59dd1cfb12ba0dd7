//! User and group ids that accounts of the node are likely to have: one check for both rules.

use plimsoll_sdk::prelude::*;

use crate::os;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// The lowest id that is fine.
    minimum: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { minimum: 10_000 }
    }
}

/// Looks at `field` of the security contexts, which holds the id of a `what`. A value of the pod is reported once, however many containers
/// inherit it, and a missing one at each container that nobody gives an id.
pub(crate) fn check<'a>(object: Object<'a>, report: &mut Report<'a>, field: &'static str, what: &str) {
    let minimum = report.parameters::<Settings>().minimum;
    let low = |id: Node<'_>| id.as_i64().filter(|id| *id < minimum);
    for pod in object.pods() {
        if os::is_windows(pod) || has_user_namespace(pod, report) {
            continue;
        }
        let of_pod = pod.at(&["securityContext", field]);
        let inherits = |container: Container<'_>| !container.security_context().get(field).is_set();
        if let Some(id) = low(of_pod).filter(|_| pod.all_containers().any(inherits)) {
            report.at(of_pod, message("the pod", what, id, field, minimum));
        }
        for container in pod.all_containers() {
            let own = container.security_context().get(field);
            if let Some(id) = low(own) {
                report.at(own, message(&container.title(), what, id, field, minimum));
            } else if !own.is_set() && !of_pod.is_set() {
                let title = container.title();
                report.at(
                    own,
                    format!(
                        "the image decides as which {what} {title} runs: set `{field}` to {minimum} or more"
                    ),
                );
            }
        }
    }
}

fn message(who: &str, what: &str, id: i64, field: &str, minimum: i64) -> String {
    format!(
        "{who} runs as {what} {id}, an id that the node may use itself: set `{field}` to {minimum} or more"
    )
}

/// Whether the ids of the pod are not those of the node. Before 1.33 most clusters ignore the field.
pub(crate) fn has_user_namespace(pod: Pod<'_>, report: &Report<'_>) -> bool {
    pod.get("hostUsers").is_false() && report.kubernetes() >= Kubernetes::v1(33)
}
