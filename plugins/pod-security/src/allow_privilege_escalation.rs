//! `pod-security/allow-privilege-escalation`

use plimsoll_sdk::prelude::*;

use crate::setters::is_exempt_windows;

/// The rule.
pub const RULE: Rule = Rule {
    id: "allow-privilege-escalation",
    summary: "Container may gain more privileges than it started with",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
Unless a container says `allowPrivilegeEscalation: false`, any setuid binary in its image works. An attacker who gets
a shell as user 1000 runs `su`, `sudo`, `mount`, or whatever CVE-of-the-month the base image ships, and is root a second
later. The field sets the kernel's `no_new_privs` flag, which makes `execve` ignore setuid bits and file capabilities
for good.

Say so in every container, init containers and ephemeral ones as well; a pod cannot say it for them:

```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      securityContext: { allowPrivilegeEscalation: false }
```

Leaving it out is no better than `true`:

```yaml fails
kind: Pod
spec:
  initContainers: [{ name: migrate }]
  containers: [{ name: api, securityContext: { allowPrivilegeEscalation: false } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: api, securityContext: { allowPrivilegeEscalation: true } }]
```

Suppress it for images that need a setuid helper, such as rootless builders with `newuidmap`. Beside `privileged: true`
or an added `CAP_SYS_ADMIN` the API server refuses `false`, so mend those first.

Pod Security asks for it from 1.8, and from 1.25 no longer on Windows, where there is no such flag. Some scanners find
only an explicit `true`.

```yaml passes kubernetes=1.25
kind: Pod
spec: { os: { name: windows }, containers: [{ name: api }] }
```
```yaml fails kubernetes=1.24
kind: Pod
spec: { os: { name: windows }, containers: [{ name: api }] }
```
```yaml passes kubernetes=1.7
kind: Pod
spec: { containers: [{ name: api }] }
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        if kubernetes < Kubernetes::v1(8) {
            return;
        }
        for pod in object.pods().filter(|pod| !is_exempt_windows(*pod, kubernetes)) {
            for container in pod.all_containers() {
                let allowed = container.at(&["securityContext", "allowPrivilegeEscalation"]);
                if !allowed.is_false() {
                    find(container, allowed, report);
                }
            }
        }
    },
    profiles: &["pss-restricted", "cis", "nsa"],
    security_severity: 55,
    cwe: &[250],
    equivalents: &[
        "PSA:allowPrivilegeEscalation",
        "KL:privilege-escalation-container",
        "PO:privilegeEscalationAllowed",
        "TR:KSV-0001",
        "CK:CKV_K8S_20",
        "KU:C-0016",
        "KY:disallow-privilege-escalation",
        "MO:PSS202",
    ],
    ..Rule::DEFAULT
};

fn find<'a>(container: Container<'a>, allowed: Node<'a>, report: &mut Report<'a>) {
    let title = container.title();
    if let Some(obstacle) = obstacle(container) {
        report.at(
            allowed,
            format!(
                "{title} can gain privileges: remove {obstacle}, then write `allowPrivilegeEscalation: false`"
            ),
        );
        return;
    }
    let what = if allowed.is_true() {
        "allows itself to gain privileges"
    } else {
        "does not rule out gaining privileges"
    };
    report
        .at(allowed, format!("{title} {what}: write `allowPrivilegeEscalation: false`"))
        .fix(Edit::set(allowed, false));
}

/// What the API server does not accept beside `allowPrivilegeEscalation: false`.
fn obstacle(container: Container<'_>) -> Option<&'static str> {
    let context = container.security_context();
    if context.get("privileged").is_true() {
        Some("`privileged: true`")
    } else if context.at(&["capabilities", "add"]).items().any(|capability| capability.is("CAP_SYS_ADMIN")) {
        Some("\"CAP_SYS_ADMIN\" from `capabilities.add`")
    } else {
        None
    }
}
