//! `pod-security/security-context-missing`

use plimsoll_sdk::prelude::*;

use crate::os;

/// The rule.
pub const RULE: Rule = Rule {
    id: "security-context-missing",
    summary: "Nothing limits what a container may do",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Kubernetes takes silence for consent. A container about which nobody said anything runs as the user of its
image, usually root, with fourteen capabilities, a writable root, set-uid programs that work, and, unless the
kubelet was told otherwise, every system call of the kernel. Each of these has a rule of its own in this pack.
This one finds the containers nobody has thought about yet; it is the one to begin with in an old repository,
and falls silent with the first measure taken.

A start that nearly every program survives:

```yaml
containers:
  - name: api
    securityContext:
      allowPrivilegeEscalation: false
      seccompProfile: { type: RuntimeDefault }
      capabilities: { drop: [ALL] }
```

The fix writes the seccomp profile alone, which breaks the least.

Suppress it where an admission webhook or Kyverno adds the settings in the cluster, and on OpenShift, which
always does.

**Where scanners disagree.** Checkov is content with any `securityContext`, even one that is empty or says
`privileged: true`. Polaris and Kubescape want AppArmor, SELinux, seccomp or dropped capabilities; Trivy
complains about pods whose containers are well protected, because the pod's own context is empty. We ask for
any one measure, at the pod or at the container: those four, `runAsNonRoot`, a `runAsUser` other than 0,
`allowPrivilegeEscalation: false`, `readOnlyRootFilesystem: true` or `hostUsers: false`. Measures that loosen,
such as `Unconfined` or an added capability, do not count. A `privileged` container is left to the rule of
that name, since nothing else would help; Windows pods have none of these.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { fsGroup: 2000, seccompProfile: { type: Unconfined } }
  containers:
    - { name: api, image: "api:1", securityContext: { readOnlyRootFilesystem: true } }
    - { name: helper, image: "helper:1", securityContext: { runAsUser: 0, capabilities: { add: [NET_ADMIN] } } }
```
```yaml passes
kind: Pod
spec:
  securityContext: { runAsNonRoot: true }
  containers: [{ name: api, image: "api:1" }]
```
```yaml passes
kind: Pod
metadata: { annotations: { container.apparmor.security.beta.kubernetes.io/api: runtime/default } }
spec:
  containers:
    - { name: api, image: "api:1" }
    - { name: helper, image: "helper:1", securityContext: { capabilities: { drop: [NET_RAW] } } }
    - { name: driver, image: "driver:1", securityContext: { privileged: true } }
```
```yaml passes
kind: Pod
spec:
  hostUsers: false
  containers: [{ name: api, image: "api:1" }]
```"#,
    check: |object, report| {
        for pod in object.pods() {
            if os::is_windows(pod) || pod.get("hostUsers").is_false() || limits(pod.get("securityContext")) {
                continue;
            }
            for container in pod.all_containers() {
                let context = container.security_context();
                if context.get("privileged").is_true()
                    || limits(context)
                    || has_apparmor_annotation(pod, container)
                {
                    continue;
                }
                let message = format!(
                    "nothing limits what {} may do: set `seccompProfile: {{ type: RuntimeDefault }}` in its `securityContext` and drop capabilities",
                    container.title()
                );
                report
                    .at(context, message)
                    .fix(Edit::set(context.at(&["seccompProfile", "type"]), "RuntimeDefault"));
            }
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &[
        "PO:linuxHardening",
        "TR:KSV-0118",
        "CK:CKV_K8S_29",
        "CK:CKV_K8S_30",
        "KU:C-0055",
        "KU:C-0211",
    ],
    profiles: &["cis", "nsa"],
    ..Rule::DEFAULT
};

/// Whether a security context, of a pod or a container, takes anything away.
fn limits(context: Node<'_>) -> bool {
    let confines = |profile: &'static str| {
        let kind = context.at(&[profile, "type"]);
        kind.is_set() && !kind.is("Unconfined")
    };
    confines("seccompProfile")
        || confines("appArmorProfile")
        || !context.get("seLinuxOptions").is_empty()
        || !context.at(&["capabilities", "drop"]).is_empty()
        || context.get("runAsNonRoot").is_true()
        || context.get("runAsUser").as_i64().is_some_and(|user| user != 0)
        || context.get("allowPrivilegeEscalation").is_false()
        || context.get("readOnlyRootFilesystem").is_true()
}

fn has_apparmor_annotation(pod: Pod<'_>, container: Container<'_>) -> bool {
    pod.annotations().entries().any(|(key, profile)| {
        key.strip_prefix("container.apparmor.security.beta.kubernetes.io/") == Some(container.name())
            && profile.as_str().is_some_and(|profile| profile != "unconfined")
    })
}
