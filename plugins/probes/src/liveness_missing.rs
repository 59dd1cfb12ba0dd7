//! `probes/liveness-missing`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "liveness-missing",
    summary: "Container has no liveness probe",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
x

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, image: "api:1", livenessProbe: { httpGet: { port: 80 } } }]
```"#,
    check: |object, report| {
        for pod in object.pods() {
            for container in pod.long_running_containers() {
                let probe = container.get("livenessProbe");
                if !probe.is_set() {
                    report.at(probe, format!("{} has no `livenessProbe`", container.title()));
                }
            }
        }
    },
    profile: Profile::OptIn,
    equivalents: &["KL:no-liveness-probe"],
    ..Rule::DEFAULT
};
