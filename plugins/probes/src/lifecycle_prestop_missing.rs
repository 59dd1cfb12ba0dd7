//! `probes/lifecycle-prestop-missing`

use plimsoll_sdk::prelude::*;

use crate::probe::runs_to_its_end;

/// The rule.
pub const RULE: Rule = Rule {
    id: "lifecycle-prestop-missing",
    summary: "Container that serves traffic has no preStop hook",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
When a pod is deleted, two things start at once: the process gets SIGTERM, and the news that the pod is gone travels to every node's
proxy and every load balancer. The process is usually faster. For a second or two it has closed its socket while others still send it
requests, and each rollout costs a handful of refused connections.

A short pause before the signal lets the news arrive:

    lifecycle:
      preStop: { sleep: { seconds: 5 } }       # Kubernetes 1.30; before that: exec: { command: [sleep, "5"] }

Behind a cloud load balancer the pause should be as long as its deregistration, and `terminationGracePeriodSeconds` longer than both.

Teams disagree, so the rule is opt-in: a server that goes on accepting for a while after SIGTERM needs no hook, and a service mesh has a
setting of its own. Datree, the only other tool with such a rule, asks for a hook on every container. We ask main containers and
sidecars that declare a port or have a readiness probe, of pods that do not run to their end.

Suppress it for servers that drain by themselves.

```yaml fails
kind: Deployment
spec: { template: { spec: { containers: [{ name: api, ports: [{ containerPort: 8080 }] }] } } }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, readinessProbe: { tcpSocket: { port: 80 } }, lifecycle: { postStart: { sleep: { seconds: 1 } } } }] }
```
```yaml passes
kind: Deployment
spec:
  template:
    spec:
      containers:
        - { name: api, ports: [{ containerPort: 8080 }], lifecycle: { preStop: { sleep: { seconds: 5 } } } }
        - { name: worker }
---
kind: Job
spec: { template: { spec: { containers: [{ name: once, ports: [{ containerPort: 8080 }] }] } } }
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !runs_to_its_end(object, *pod)) {
            for container in pod.long_running_containers() {
                let hook = container.at(&["lifecycle", "preStop"]);
                let serves = !container.get("ports").is_empty() || container.get("readinessProbe").is_set();
                if serves && !hook.is_set() {
                    report.at(
                        hook,
                        format!(
                            "{} may refuse connections that are still on their way when it stops; add a `preStop` hook that waits",
                            container.title()
                        ),
                    );
                }
            }
        }
    },
    profile: Profile::OptIn,
    equivalents: &["DT:CONTAINERS_MISSING_PRESTOP_KEY"],
    ..Rule::DEFAULT
};
