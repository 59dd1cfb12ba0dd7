//! `probes/liveness-depends-on-readiness-path`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::probe::{Probe, is_local};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Paths {
    /// Words in a path that tell that it asks for more than life.
    words: Vec<String>,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            words: ["ready", "readyz", "readiness", "dependencies", "deps", "deep"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "liveness-depends-on-readiness-path",
    summary: "Liveness probe asks about what a restart cannot mend",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
An endpoint like `/ready` tells whether the pod can serve, and so it asks the database, the cache, the service next door. Used for
liveness it makes the kubelet restart a healthy process because something else is down. All replicas see the same outage, so all are
restarted together, again and again, and when the database is back it meets a stampede of cold caches.

Let liveness ask the process about itself only:

    livenessProbe:  { httpGet: { path: /livez, port: http } }
    readinessProbe: { httpGet: { path: /readyz, port: http } }

We report a liveness probe that leaves the pod (`host`, or a URL in its command), and one whose path has a word such as `ready`,
`readiness` or `deps` in it and that gives up no later than readiness does, or has no readiness probe beside it. What an endpoint
really does is not in the manifest, so the rule is opt-in; give it your own vocabulary with `{"words":["full"]}`.

No other scanner checks this; `probes/identical` finds the case in which both probes are the same.

Suppress it where the path only sounds so.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { path: /health/ready, port: 80 } } }] }
```
```yaml fails
kind: Pod
spec:
  containers:
    - { name: api, livenessProbe: { exec: { command: [sh, -c, "curl -f https://auth.acme.internal/healthz"] } } }
```
```yaml fails parameters={"words":["full"]}
kind: Pod
spec:
  containers:
    - name: api
      livenessProbe: { httpGet: { path: /full-check, port: 80 }, periodSeconds: 5 }
      readinessProbe: { httpGet: { path: /ok, port: 80 } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: api, livenessProbe: { httpGet: { path: /livez, port: 80 } } }
    - { name: cli, livenessProbe: { exec: { command: [curl, "http://localhost:8080/livez"] } } }
    - { name: bread, livenessProbe: { httpGet: { path: /bread/already, port: 80 } } }
    - name: patient
      livenessProbe: { httpGet: { path: /ready, port: 80 }, failureThreshold: 30 }
      readinessProbe: { httpGet: { path: /ready, port: 80 } }
```"#,
    check: |object, report| {
        let words = &report.parameters::<Paths>().words;
        for container in object.pods().flat_map(Pod::long_running_containers) {
            let Some(liveness) = Probe::of(container, "livenessProbe") else { continue };
            let path = liveness.node.at(&["httpGet", "path"]);
            let patient = Probe::of(container, "readinessProbe")
                .is_some_and(|readiness| liveness.patience_seconds() > readiness.patience_seconds());
            if let Some((node, host)) = elsewhere(liveness) {
                report.at(
                    node,
                    format!("{} is restarted when \"{host}\" is down, which a restart does not mend; ask the process itself", container.title()),
                );
            } else if !patient && asks_for_more(path.str(), words) {
                report.at(
                    path,
                    format!(
                        "{} is restarted when \"{}\" fails, which sounds like more than the process itself; use a path that asks for nothing \
                         else",
                        container.title(),
                        path.str()
                    ),
                );
            }
        }
    },
    profile: Profile::OptIn,
    parameters: Parameters::of::<Paths>(),
    ..Rule::DEFAULT
};

/// Where a probe leaves the pod, and for which host.
fn elsewhere(probe: Probe<'_>) -> Option<(Node<'_>, String)> {
    if let Some(host) = probe.host() {
        let handlers = ["httpGet", "tcpSocket"].map(|handler| probe.node.get(handler).get("host"));
        return handlers.into_iter().find(|node| node.is(host)).map(|node| (node, host.to_owned()));
    }
    probe.node.at(&["exec", "command"]).items().find_map(|word| {
        let (_, after) = word.str().split_once("://")?;
        let authority = after.split(['/', '"', '\'', ' ', '?']).next()?;
        let host = authority.rsplit('@').next()?.split(':').next()?;
        // A variable may well be the pod's own address.
        (!is_local(host) && !host.contains('$') && !authority.starts_with('['))
            .then(|| (word, host.to_owned()))
    })
}

fn asks_for_more(path: &str, words: &[String]) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let mut parts = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    parts.any(|part| words.iter().any(|word| part == word))
}
