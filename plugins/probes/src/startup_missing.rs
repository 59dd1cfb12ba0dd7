//! `probes/startup-missing`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::probe::Probe;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Slow {
    /// From how many seconds a delay is taken for a slow start.
    delay: i64,
}

impl Default for Slow {
    fn default() -> Self {
        Self { delay: 60 }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "startup-missing",
    summary: "Slow start is bridged by a long delay of the liveness probe",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
`initialDelaySeconds: 120` is a guess that is wrong twice. On a good day the server is up after 20 seconds and could hang for another
100 before anyone looks; on a bad one, on a cold node with a slow disk, it needs 130, is killed just before it is ready, starts again,
and never gets there.

A startup probe waits as long as it takes and not a second longer. Until it has succeeded the other probes rest:

    startupProbe:
      httpGet: { path: /livez, port: http }
      periodSeconds: 5
      failureThreshold: 60        # up to 5 minutes
    livenessProbe:
      httpGet: { path: /livez, port: http }
      periodSeconds: 10

The rule looks at liveness probes that wait for 60 seconds or more (`{"delay":30}` to change that) in containers without a startup
probe. A long delay on readiness does no harm and passes. Kubernetes has startup probes since 1.18; for older targets nothing is
reported. No other scanner has this rule: those that know startup probes ask for one on every container.

Suppress it for programs whose start always takes the same time.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: 120 } }] }
```
```yaml fails parameters={"delay":30}
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: 30 } }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      startupProbe: { httpGet: { port: 8080 }, failureThreshold: 60 }
      livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: 120 }
    - { name: web, livenessProbe: { httpGet: { port: 80 }, initialDelaySeconds: 30 } }
    - { name: db, readinessProbe: { tcpSocket: { port: 5432 }, initialDelaySeconds: 300 } }
```
```yaml passes kubernetes=1.17
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: 8080 }, initialDelaySeconds: 120 } }] }
```"#,
    check: |object, report| {
        let slow = report.parameters::<Slow>().delay;
        if report.kubernetes() < Kubernetes::v1(18) {
            return;
        }
        for container in object.pods().flat_map(Pod::long_running_containers) {
            let Some(liveness) = Probe::of(container, "livenessProbe") else { continue };
            let delay = liveness.node.get("initialDelaySeconds");
            let is_slow = delay.as_i64().is_some_and(|seconds| seconds >= slow);
            if is_slow && !container.get("startupProbe").is_set() {
                report.at(
                    delay,
                    format!(
                        "for {} seconds nothing notices that {} hangs, and a start that takes longer is killed; add a `startupProbe` \
                         instead of this delay",
                        delay.text(),
                        container.title()
                    ),
                );
            }
        }
    },
    parameters: Parameters::of::<Slow>(),
    ..Rule::DEFAULT
};
