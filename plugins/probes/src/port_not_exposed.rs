//! `probes/port-not-exposed`

use plimsoll_sdk::prelude::*;

use crate::probe::{PROBES, Probe, report_together};

/// The rule.
pub const RULE: Rule = Rule {
    id: "port-not-exposed",
    summary: "Probe asks at a port that its container does not have",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A probe that knocks at the wrong door always fails. On readiness the pod never gets traffic and the rollout hangs; on liveness a
healthy container is killed twice a minute, forever. It is usually a name that was changed in one place, or a number that was copied
from another service.

Name the port once and use the name:

    ports: [{ name: http, containerPort: 8080 }]
    readinessProbe: { httpGet: { path: /readyz, port: http } }

A name must be that of a port of the same container. A number need not be declared at all, since `ports` only informs; so numbers are
where scanners err. kube-linter reports every number that is not declared, for example the health port of each controller made with
kubebuilder. We report a number only if the container does declare TCP ports, no container of the pod declares this one, and it appears
nowhere in the command, the arguments or the environment. A number in quotes is reported too: the API server refuses it.

Suppress it, or better declare the port, where a program listens on a number that the manifest never mentions.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, ports: [{ name: web, containerPort: 8080 }], readinessProbe: { httpGet: { port: http } } }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, ports: [{ containerPort: 8080 }], livenessProbe: { tcpSocket: { port: 8081 } } }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: "8080" } } }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: api, ports: [{ name: http, containerPort: 8080 }], readinessProbe: { httpGet: { port: http } } }
    - { name: proxy, ports: [{ containerPort: 15000 }], readinessProbe: { httpGet: { port: 8080 } } }
    - { name: bare, livenessProbe: { grpc: { port: 9000 } } }
    - name: manager
      args: ["--metrics=:9443", "--health-probe-bind-address=:8081"]
      ports: [{ containerPort: 9443 }]
      livenessProbe: { httpGet: { path: /healthz, port: 8081 } }
```"#,
    check: |object, report| {
        for pod in object.pods() {
            for container in pod.long_running_containers() {
                let probes = PROBES.iter().filter_map(|field| Some((*field, Probe::of(container, field)?)));
                let wrong = probes.filter_map(|(field, probe)| {
                    let why = why_not(pod, container, probe)?;
                    Some((probe.port(), format!("the {field} of {} {why}", container.title())))
                });
                report_together(wrong.collect(), report);
            }
        }
    },
    equivalents: &["KL:liveness-port", "KL:readiness-port", "KL:startup-port"],
    ..Rule::DEFAULT
};

fn why_not(pod: Pod<'_>, container: Container<'_>, probe: Probe<'_>) -> Option<String> {
    let port = probe.port();
    if let Some(name) = port.as_str() {
        if name.parse::<i64>().is_ok() {
            return Some(format!(
                "has a number in quotes, which the API server refuses; write `port: {name}`"
            ));
        }
        let is_declared = container.get("ports").items().any(|known| known.get("name").is(name));
        return (!is_declared).then(|| {
            format!("asks at port \"{name}\", which the container does not declare; {}", declared(container))
        });
    }
    let number = port.as_i64()?;
    if !(1..=65535).contains(&number) {
        return Some(format!("asks at port {number}, which is none; write a number from 1 to 65535"));
    }
    let is_declared = pod.all_containers().any(|container| tcp_ports(container).any(|known| known == number));
    let is_told = tcp_ports(container).next().is_some();
    (is_told && !is_declared && probe.host().is_none() && !mentions(container, number)).then(|| {
        format!("asks at port {number}, which no container of the pod declares; {}", declared(container))
    })
}

fn tcp_ports(container: Container<'_>) -> impl Iterator<Item = i64> {
    let tcp = container.get("ports").items().filter(|port| matches!(port.get("protocol").str(), "" | "TCP"));
    tcp.filter_map(|port| port.get("containerPort").as_i64())
}

fn declared(container: Container<'_>) -> String {
    let ports = container.get("ports").items().map(|port| match port.get("name").str() {
        "" => port.get("containerPort").text(),
        name => format!("\"{name}\""),
    });
    match ports.collect::<Vec<_>>().as_slice() {
        [] => "declare it, or write its number".to_owned(),
        ports => format!("it declares {}", ports.join(", ")),
    }
}

/// Whether the container is told the number in its command, arguments or environment.
fn mentions(container: Container<'_>, number: i64) -> bool {
    let number = number.to_string();
    let words = container.get("command").items().chain(container.get("args").items());
    let values = container.get("env").items().map(|variable| variable.get("value"));
    words
        .chain(values)
        .any(|word| word.text().split(|letter: char| !letter.is_ascii_digit()).any(|digits| digits == number))
}
