//! `pod-security/container-port-privileged`

use plimsoll_sdk::prelude::*;

use crate::os;

/// What may be configured.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Ports that are fine nevertheless.
    allowed: Vec<i64>,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "container-port-privileged",
    summary: "Container listens on a port below 1024",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
On Linux a port below 1024 traditionally belongs to root. A program that wants port 80 is therefore often
started as root, or given `NET_BIND_SERVICE`, for no other reason than that number; and a pod that runs as an
ordinary user on one node dies with `permission denied` on the next, whose runtime is set up differently.
Nobody needs the low number: clients see the port of the Service, which may be 80 while the container listens
on 8080.

```yaml
kind: Deployment
spec: { template: { spec: { containers: [{ name: web, ports: [{ name: http, containerPort: 8080 }] }] } } }
---
kind: Service
spec: { ports: [{ port: 80, targetPort: http }] }
```

If the image cannot be talked out of its port, let the pod open it without any privilege: the sysctl
`net.ipv4.ip_unprivileged_port_start` has been one of the safe ones since Kubernetes 1.22, and the rule takes
note of it.

Suppress it where the protocol fixes the port and clients reach the pod itself, such as DNS on 53, or
configure `{"allowed": [53]}`.

**Where scanners disagree.** Trivy long called this a high risk and lowered it after complaints; it is a note
here and only in the strict profile, because containerd 2 and Docker set that sysctl to 0 in every pod, and
then any user may open any port. CRI-O does not. Ports that a container opens without declaring them are
invisible to every scanner of manifests. Windows has no privileged ports.

```yaml fails
kind: Pod
spec:
  containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }, { containerPort: 443 }] }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "100" }] }
  containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: web, image: "web:1", ports: [{ containerPort: 8080, hostPort: 80 }] }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "0" }] }
  containers: [{ name: web, image: "web:1", ports: [{ containerPort: 80 }] }]
```
```yaml passes parameters={"allowed":[53]}
kind: Pod
spec:
  containers:
    - name: dns
      image: coredns:1.12
      ports: [{ containerPort: 53, protocol: UDP }, { containerPort: 53, protocol: TCP }]
```"#,
    check: |object, report| {
        let allowed = &report.parameters::<Settings>().allowed;
        for pod in object.pods().filter(|pod| !os::is_windows(*pod)) {
            let first_open = first_unprivileged_port(pod);
            for container in pod.all_containers() {
                let ports = container.get("ports").items().map(|port| port.get("containerPort"));
                let low: Vec<_> = ports
                    .filter_map(|port| Some((port, port.as_i64()?)))
                    .filter(|(_, number)| (1..first_open).contains(number) && !allowed.contains(number))
                    .collect();
                if let Some((first, _)) = low.first() {
                    report.at(*first, message(container, low.iter().map(|(_, number)| *number).collect()));
                }
            }
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &["KL:privileged-ports", "TR:KSV-0117", "MO:KBP113"],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};

/// The first port that any user of the pod may open.
fn first_unprivileged_port(pod: Pod<'_>) -> i64 {
    let mut sysctls = pod.at(&["securityContext", "sysctls"]).items();
    let ours = sysctls.find(|sysctl| {
        matches!(
            sysctl.get("name").str(),
            "net.ipv4.ip_unprivileged_port_start" | "net/ipv4/ip_unprivileged_port_start"
        )
    });
    ours.and_then(|sysctl| sysctl.get("value").text().parse().ok()).map_or(1024, |start: i64| start.min(1024))
}

fn message(container: Container<'_>, mut numbers: Vec<i64>) -> String {
    numbers.dedup();
    let list = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let (word, high) = if numbers.len() == 1 { ("port", numbers[0] + 8000) } else { ("ports", 8080) };
    format!(
        "{} listens on {word} {list}, below 1024, which may take root to open: listen on a port such as {high} and let the Service keep the low number",
        container.title()
    )
}
