//! Probes as the kubelet runs them, and what the rules about them share.

use plimsoll_sdk::prelude::*;

/// The fields of a container that hold a probe.
pub(crate) const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

/// A probe that is written.
#[derive(Clone, Copy)]
pub(crate) struct Probe<'a> {
    pub(crate) node: Node<'a>,
}

impl<'a> Probe<'a> {
    /// The probe under a field of a container, if there is one.
    pub(crate) fn of(container: Container<'a>, field: &'static str) -> Option<Self> {
        Some(container.get(field)).filter(|node| node.is_set()).map(|node| Self { node })
    }

    /// Where the port stands that the probe connects to; missing for `exec`.
    pub(crate) fn port(self) -> Node<'a> {
        let handler = ["httpGet", "tcpSocket", "grpc"].map(|handler| self.node.get(handler));
        handler.into_iter().find(|handler| handler.is_set()).unwrap_or(handler[0]).get("port")
    }

    /// Another host than the pod, if the probe goes to one.
    pub(crate) fn host(self) -> Option<&'a str> {
        let hosts = ["httpGet", "tcpSocket"].map(|handler| self.node.get(handler).get("host").str());
        hosts.into_iter().find(|host| !is_local(host))
    }

    /// For how many seconds a healthy container must fail before the kubelet acts: failures in a row times the period.
    pub(crate) fn patience_seconds(self) -> i64 {
        self.number("failureThreshold", 3).saturating_mul(self.number("periodSeconds", 10))
    }

    /// A number with the default of `SetDefaults_Probe` in Kubernetes' `pkg/apis/core/v1/defaults.go`, which also replaces 0.
    fn number(self, field: &'static str, default: i64) -> i64 {
        self.node.get(field).as_i64().filter(|number| *number != 0).unwrap_or(default)
    }
}

/// Whether a host is the pod itself.
pub(crate) fn is_local(host: &str) -> bool {
    matches!(host, "" | "localhost" | "127.0.0.1" | "0.0.0.0" | "::1" | "[::1]") || host.starts_with("127.")
}

/// Whether the pod is expected to end by itself, so that nobody waits for its answers.
pub(crate) fn runs_to_its_end(object: Object<'_>, pod: Pod<'_>) -> bool {
    matches!(object.kind(), "Job" | "CronJob")
        || matches!(pod.get("restartPolicy").str(), "Never" | "OnFailure")
}

/// Reports several problems of one container as one finding: the first, with the others beside it.
pub(crate) fn report_together<'a>(problems: Vec<(Node<'a>, String)>, report: &mut Report<'a>) {
    let mut problems = problems.into_iter();
    let Some((node, message)) = problems.next() else { return };
    let finding = report.at(node, message);
    for (node, message) in problems {
        finding.related(node, message);
    }
}
