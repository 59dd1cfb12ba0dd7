//! `pod-security/runtime-class-unhardened`

use plimsoll_sdk::prelude::*;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Names of RuntimeClasses with a kernel of their own; a `*` at the end stands for anything.
    approved: Vec<String>,
    /// Whether to look at every pod and not only at those of agent sandboxes.
    everywhere: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            approved: ["gvisor", "kata", "kata-*", "runsc"].map(str::to_owned).to_vec(),
            everywhere: false,
        }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "runtime-class-unhardened",
    summary: "Workload that runs untrusted code shares the kernel of its node",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
An agent sandbox exists to run code that nobody has read: what a model wrote, what a user pasted, what a web
page talked an agent into. In an ordinary container that code makes its system calls on the very kernel on
which the node and all other pods run, and a single kernel bug is the way out. Several such bugs are found
every year; an agent that is told to look for one does not get tired. gVisor answers system calls with a
kernel of its own in user space, Kata Containers gives each pod a small virtual machine. Either way the real
kernel is out of reach.

```yaml
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
spec:
  podTemplate:
    spec:
      runtimeClassName: gvisor
```

The cluster needs a RuntimeClass of that name, and nodes that have its handler. Some things are slower there
or do not work: heavy file access under gVisor, GPUs and nested virtual machines under Kata.

Suppress it for sandboxes whose code you wrote yourselves, or whose nodes are thrown away after each run.

**Where scanners disagree.** Kubescape looks at agent sandboxes and approves of `gvisor` alone; Kyverno's
policy restricts the class of any pod. By default we look at the kinds of `agents.x-k8s.io` and its
extensions, and approve of `gvisor`, `runsc`, `kata` and `kata-…`. The name says nothing about the handler
behind it, so tell us yours: `{"approved": ["strong"]}`, and `{"everywhere": true}` for every pod, which suits
a namespace or a cluster for tenants that do not trust each other.

```yaml fails
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
spec: { podTemplate: { spec: { containers: [{ name: agent, image: "agent:1" }] } } }
```
```yaml fails
apiVersion: extensions.agents.x-k8s.io/v1beta1
kind: SandboxTemplate
spec: { podTemplate: { spec: { runtimeClassName: nvidia, containers: [{ name: agent, image: "agent:1" }] } } }
```
```yaml fails parameters={"everywhere":true}
kind: Pod
spec: { containers: [{ name: build, image: "build:1" }] }
```
```yaml passes
apiVersion: agents.x-k8s.io/v1alpha1
kind: Sandbox
spec: { podTemplate: { spec: { runtimeClassName: kata-qemu, containers: [{ name: agent, image: "agent:1" }] } } }
---
kind: Pod
spec: { containers: [{ name: api, image: "api:1" }] }
```
```yaml passes parameters={"approved":["strong"],"everywhere":true}
kind: Pod
spec: { runtimeClassName: strong, containers: [{ name: build, image: "build:1" }] }
```"#,
    check: |object, report| {
        let settings = report.parameters::<Settings>();
        let is_sandbox = matches!(object.group(), "agents.x-k8s.io" | "extensions.agents.x-k8s.io");
        if !is_sandbox && !settings.everywhere {
            return;
        }
        for pod in object.pods() {
            let class = pod.get("runtimeClassName");
            if settings.approved.iter().any(|pattern| matches(pattern, class.str())) {
                continue;
            }
            let example = settings.approved.first().map_or("gvisor", String::as_str);
            let wanted =
                format!("set `runtimeClassName` to one with a kernel of its own, such as `{example}`");
            let message = match class.str() {
                "" => format!("code of this {} runs on the kernel of its node: {wanted}", object.kind()),
                name => format!("RuntimeClass \"{name}\" is not among the approved ones: {wanted}"),
            };
            report.at(class, message);
        }
    },
    security_severity: 55,
    cwe: &[653],
    equivalents: &["KU:C-0297", "KY:restrict-runtimeclass"],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}
