//! `probes/identical`

use plimsoll_sdk::prelude::*;

use crate::probe::Probe;

/// The rule.
pub const RULE: Rule = Rule {
    id: "identical",
    summary: "Liveness and readiness probes ask the same question with the same patience",
    kinds: PODS,
    docs: r#"
Readiness takes a pod out of the traffic; liveness kills it. If both ask the same question and give up at the same time, the first
never helps: a pod that is merely busy is taken out of rotation and killed in the same second. Its load falls on the others, which are
then busy too, and one slow minute becomes a restart of the whole fleet.

Ask different questions. Liveness wants to know whether a restart would help, readiness whether the pod can serve now:

    livenessProbe:  { httpGet: { path: /livez, port: http } }
    readinessProbe: { httpGet: { path: /readyz, port: http } }

Or ask the same cheap question and let liveness wait far longer, as the Kubernetes documentation suggests:

    livenessProbe:  { httpGet: { path: /healthz, port: http }, failureThreshold: 12 }
    readinessProbe: { httpGet: { path: /healthz, port: http }, failureThreshold: 3 }

Scanners disagree about that second form. kube-score reports it, since it compares only what is asked, and takes any two ports that
have names for the same; Kyverno lets two probes pass that differ by a second in any field. We compare what is asked, with the names of ports resolved, and report it unless liveness
waits longer (`failureThreshold` × `periodSeconds`) than readiness.

Suppress it for a program whose only failure is the one that a restart mends.

```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      ports: [{ name: http, containerPort: 8080 }]
      livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
      readinessProbe: { httpGet: { path: /healthz, port: http }, initialDelaySeconds: 5 }
```
```yaml fails
kind: Pod
spec:
  containers:
    - { name: db, livenessProbe: { exec: { command: [pg_isready] } }, readinessProbe: { exec: { command: [pg_isready] } } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      livenessProbe: { httpGet: { path: /healthz, port: 8080 }, failureThreshold: 12 }
      readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
    - name: web
      livenessProbe: { httpGet: { path: /livez, port: 80 } }
      readinessProbe: { httpGet: { path: /readyz, port: 80 } }
    - { name: worker, livenessProbe: { tcpSocket: { port: 9000 } } }
```"#,
    check: |object, report| {
        for container in object.pods().flat_map(Pod::long_running_containers) {
            let probes = Probe::of(container, "livenessProbe").zip(Probe::of(container, "readinessProbe"));
            let Some((liveness, readiness)) = probes else { continue };
            let question = question(container, liveness);
            if question.is_some()
                && question == self::question(container, readiness)
                && liveness.patience_seconds() <= readiness.patience_seconds()
            {
                report
                    .at(
                        liveness.node,
                        format!(
                            "this kills {} at the same moment at which readiness would have spared it, for both probes ask the same; \
                             ask something simpler, or raise `failureThreshold`",
                            container.title()
                        ),
                    )
                    .related(readiness.node, "the readiness probe asks the same");
            }
        }
    },
    equivalents: &["KS:pod-probes-identical", "KY:validate-probes"],
    ..Rule::DEFAULT
};

/// What a probe asks, so that two that ask the same are equal.
fn question<'a>(container: Container<'a>, probe: Probe<'a>) -> Option<Vec<String>> {
    let http = probe.node.get("httpGet");
    let exec = probe.node.at(&["exec", "command"]);
    let grpc = probe.node.get("grpc");
    let host = probe.host().unwrap_or_default().to_owned();
    let port = resolved(container, probe.port());
    if exec.is_set() {
        Some(exec.items().map(Node::text).collect())
    } else if http.is_set() {
        let path = Some(http.get("path").str()).filter(|path| !path.is_empty()).unwrap_or("/");
        let scheme = Some(http.get("scheme").str()).filter(|scheme| !scheme.is_empty()).unwrap_or("HTTP");
        let headers = http
            .get("httpHeaders")
            .items()
            .map(|header| format!("{}: {}", header.get("name").str(), header.get("value").str()));
        Some([scheme.to_owned(), host, port, path.to_owned()].into_iter().chain(headers).collect())
    } else if grpc.is_set() {
        Some(vec!["grpc".to_owned(), port, grpc.get("service").str().to_owned()])
    } else if probe.node.get("tcpSocket").is_set() {
        Some(vec!["tcp".to_owned(), host, port])
    } else {
        None
    }
}

/// The number of a port, where it is written by its name.
fn resolved<'a>(container: Container<'a>, port: Node<'a>) -> String {
    let named = container
        .get("ports")
        .items()
        .find(|known| port.as_str().is_some_and(|name| known.get("name").is(name)));
    named.map_or(port, |known| known.get("containerPort")).text()
}
