//! `pod-security/host-ports`

use plimsoll_sdk::prelude::*;

use crate::setters::listed;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-ports",
    summary: "Container takes a port of its node",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
`hostPort` opens the container on the address of whichever node it lands on. Everyone who reaches the node reaches the
container, past Services, ingress and often past NetworkPolicies; a container on port 53 or 10250 answers for a service
that others trust. It also hobbles the scheduler: only one such pod fits on a node, so a rolling update on a small
cluster waits forever for a free port.

Remove it and publish the port with a Service, of type `NodePort` or `LoadBalancer` where it must be seen from outside:

```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      ports: [{ containerPort: 8080, hostPort: 8080 }]
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      ports: [{ containerPort: 8080 }]
```

0 and `null` are no ports; init containers and sidecars count like any other:

```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      ports: [{ containerPort: 8080, hostPort: 0 }, { containerPort: 9090, hostPort: null }]
```
```yaml fails
kind: Pod
spec:
  initContainers:
    - name: proxy
      restartPolicy: Always
      ports: [{ containerPort: 53, hostPort: 53, protocol: UDP }]
  containers: [{ name: api }]
```

Suppress it for DaemonSets that serve their node, such as node-local DNS, and for ingress on bare metal. Pod Security
has refused every host port in every version; Kyverno's sister policy allows a range of them. With `hostNetwork: true`
Kubernetes fills in `hostPort` by itself; that is told by `pod-security/host-network`."#,
    check: |object, report| {
        for pod in object.pods() {
            for container in pod.all_containers() {
                let taken: Vec<_> = container
                    .get("ports")
                    .items()
                    .map(|port| port.get("hostPort"))
                    .filter(|port| port.as_i64().is_some_and(|number| number != 0))
                    .collect();
                if let Some((first, others)) = taken.split_first() {
                    let message = format!(
                        "{} takes {} {} of its node: remove `hostPort` and publish the port with a Service",
                        container.title(),
                        if others.is_empty() { "port" } else { "ports" },
                        listed(taken.iter().map(|port| port.text()).collect()),
                    );
                    let finding = report.at(*first, message).fix(Edit::remove(*first));
                    for other in others {
                        finding.fix(Edit::remove(*other));
                    }
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis"],
    security_severity: 55,
    equivalents: &[
        "PSA:hostPorts",
        "PO:hostPortSet",
        "TR:KSV-0024",
        "CK:CKV_K8S_26",
        "KU:C-0044",
        "KY:disallow-host-ports",
        "KY:disallow-host-ports-range",
        "MO:PSS106",
    ],
    ..Rule::DEFAULT
};
