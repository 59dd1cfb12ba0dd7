//! `probes/liveness-missing`

use plimsoll_sdk::prelude::*;

use crate::probe::runs_to_its_end;

/// The rule.
pub const RULE: Rule = Rule {
    id: "liveness-missing",
    summary: "Container has no liveness probe",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Kubernetes restarts a process that ends. A process that hangs, in a deadlock or an endless collection of garbage, looks fine to it
and stays so until a person comes. A liveness probe lets the kubelet restart it.

    livenessProbe:
      httpGet: { path: /livez, port: http }
      periodSeconds: 10
      failureThreshold: 6

The probe must answer one question: would a restart help? A probe that asks for more, the database for example, turns a slow
database into a fleet of restarting pods, and a timeout that is a little too short does the same under load. A program that ends when it
cannot go on needs no liveness probe at all; many teams run well without a single one.

That is why the rule is opt-in. kube-score and Kyverno ask for all probes, Checkov, Kubescape, Polaris and Popeye for this one, on
init containers and Jobs too in some of them. We look at main containers and sidecars, and leave pods alone that run to
their end. What matters for traffic is `probes/readiness-missing`.

Suppress it for programs that end on any error.

```yaml fails
kind: Deployment
spec: { template: { spec: { containers: [{ name: api, image: "api:1" }] } } }
```
```yaml fails
kind: Pod
spec:
  initContainers: [{ name: proxy, image: "proxy:1", restartPolicy: Always }]
  containers: [{ name: api, image: "api:1", livenessProbe: { tcpSocket: { port: 80 } } }]
```
```yaml passes
kind: Pod
spec:
  initContainers: [{ name: migrate, image: "migrate:1" }]
  containers: [{ name: api, image: "api:1", livenessProbe: { httpGet: { port: 80 } } }]
```
```yaml passes
kind: CronJob
spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: report, image: "report:1" }] } } } } }
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !runs_to_its_end(object, *pod)) {
            for container in pod.long_running_containers() {
                let probe = container.get("livenessProbe");
                if !probe.is_set() {
                    report.at(
                        probe,
                        format!(
                            "{} has no `livenessProbe`, so nothing restarts it when it hangs; add one",
                            container.title()
                        ),
                    );
                }
            }
        }
    },
    profile: Profile::OptIn,
    equivalents: &[
        "KL:no-liveness-probe",
        "KS:pod-probes",
        "PO:livenessProbeMissing",
        "CK:CKV_K8S_8",
        "KU:C-0056",
        "KY:require-pod-probes",
        "POP:103",
    ],
    ..Rule::DEFAULT
};
