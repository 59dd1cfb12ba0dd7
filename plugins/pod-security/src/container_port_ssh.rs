//! `pod-security/container-port-ssh`

use plimsoll_sdk::prelude::*;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// The ports on which an SSH server is suspected.
    ports: Vec<i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ports: vec![22] }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "container-port-ssh",
    summary: "Container or Service offers SSH",
    level: Level::Note,
    kinds: &["@pods", "Service"],
    docs: r#"
An SSH server in a container is a second front door that the cluster does not know of. Who enters there passes
by RBAC, the audit log and single sign-on; the keys live in an image or a volume, outlast the people they were
made for, and open a shell beside the application's secrets. Worms try port 22 before anything else.

Kubernetes has a door already: `kubectl exec`, or `kubectl debug` for images without a shell. Both ask RBAC
first and leave a line in the audit log. For tunnels there is `kubectl port-forward`. So remove the server and
its port:

```yaml
containers:
  - name: api
    ports: [{ name: http, containerPort: 8080 }]     # and no 22
```

Suppress it where SSH is the product and not the way in: Git servers, SFTP gateways, bastions. Such servers do
well to listen on a high port, so that they need not run as root.

**Where scanners disagree.** kube-linter looks at containers, Kubescape at Services; we look at both, and at a
Service's `port` as well as its `targetPort`, once for each entry. Kubescape counts 2222 too. That is where
half of all Git servers live, and few others, so we do not; `{"ports": [22, 2222]}` asks for it. UDP and SCTP
ports of that number are not SSH.

```yaml fails
kind: Pod
spec:
  containers: [{ name: shell, image: "shell:1", ports: [{ containerPort: 22 }] }]
```
```yaml fails
apiVersion: v1
kind: Service
spec:
  ports: [{ name: admin, port: 2022, targetPort: 22 }]
```
```yaml fails parameters={"ports":[22,2222]}
apiVersion: v1
kind: Service
spec:
  ports: [{ port: 2222 }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: git, image: "git:1", ports: [{ containerPort: 2222 }, { containerPort: 22, protocol: UDP }] }]
```
```yaml passes
apiVersion: v1
kind: Service
spec:
  ports: [{ port: 443, targetPort: https }]
```"#,
    check: |object, report| {
        if object.kind() == "Service" && object.group().is_empty() {
            return check_service(object, report);
        }
        for container in object.pods().flat_map(Pod::all_containers) {
            let mut ports = container
                .get("ports")
                .items()
                .filter(|port| is_tcp(*port))
                .map(|port| port.get("containerPort"));
            if let Some((port, number)) = ports.find_map(|port| suspect(port, report)) {
                report.at(
                    port,
                    format!("{} offers SSH on port {number}: remove the server and use `kubectl exec` or `kubectl debug`", container.title()),
                );
            }
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &["KL:ssh-port", "KU:C-0042", "MO:KBP110"],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};

fn check_service<'a>(service: Object<'a>, report: &mut Report<'a>) {
    for port in service.at(&["spec", "ports"]).items().filter(|port| is_tcp(*port)) {
        let suspected = suspect(port.get("port"), report).or_else(|| suspect(port.get("targetPort"), report));
        if let Some((node, number)) = suspected {
            report.at(
                node,
                format!("Service \"{}\" leads to SSH on port {number}: remove this port and use `kubectl exec` or `kubectl port-forward`", service.name()),
            );
        }
    }
}

fn is_tcp(port: Node<'_>) -> bool {
    let protocol = port.get("protocol");
    !protocol.is_set() || protocol.is("TCP")
}

fn suspect<'a>(port: Node<'a>, report: &Report<'_>) -> Option<(Node<'a>, i64)> {
    let number = port.as_i64()?;
    report.parameters::<Settings>().ports.contains(&number).then_some((port, number))
}
