//! `pod-security/scc-privileged`

use plimsoll_sdk::prelude::*;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// SecurityContextConstraints that nobody should be given.
    constraints: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            constraints: ["privileged", "anyuid", "hostmount-anyuid", "hostmount-anyuid-v2"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

const GROUP: &str = "security.openshift.io";

/// The rule.
pub const RULE: Rule = Rule {
    id: "scc-privileged",
    summary: "OpenShift is told to let pods be privileged or run as any user",
    level: Level::Error,
    kinds: &[
        "SecurityContextConstraints",
        "rbac.authorization.k8s.io/Role",
        "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/RoleBinding",
        "rbac.authorization.k8s.io/ClusterRoleBinding",
    ],
    docs: r#"
On OpenShift a SecurityContextConstraints (SCC) decides what a pod may ask for. The default, `restricted-v2`,
gives every namespace user ids of its own and refuses root. One that says `allowPrivilegedContainer: true`
hands the node to whoever may use it; one with `runAsUser: RunAsAny`, like the stock `anyuid`, brings back
root in containers, usually for an image that somebody did not want to rebuild. And SCCs spread: a binding for
the `default` service account holds for every pod of the namespace, those of tomorrow too.

```yaml
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: { name: web }
allowPrivilegedContainer: false
runAsUser: { type: MustRunAsRange }
```

Rebuild the image so that its files are writable for group 0, as OpenShift's users get; use `nonroot-v2` if it
needs one particular user. For a port below 1024, `restricted-v2` lets a container add `NET_BIND_SERVICE`.

Suppress it for the operators of storage, network and monitoring that are documented to need it, bound to one
service account each.

**Where scanners disagree.** kube-linter looks at `allowPrivilegedContainer` alone, Kyverno at roles and
bindings that hand out `anyuid`. We look at all of it: at constraints that are made, at roles that may `use`
one of the stock ones, and at bindings of the cluster roles `system:openshift:scc:…` that `oc adm policy
add-scc-to-user` makes. Roles with `*` for everything are for the rules on RBAC. `{"constraints": [...]}`
replaces the list `privileged`, `anyuid`, `hostmount-anyuid` (and its `-v2`).

```yaml fails
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: { name: agent }
allowPrivilegedContainer: true
runAsUser: { type: MustRunAsRange }
```
```yaml fails
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: { name: legacy }
allowPrivilegedContainer: false
runAsUser: { type: RunAsAny }
```
```yaml fails
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: legacy }
rules: [{ apiGroups: [security.openshift.io], resources: [securitycontextconstraints], resourceNames: [nonroot-v2, anyuid], verbs: [use] }]
```
```yaml fails
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: legacy }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:openshift:scc:anyuid" }
subjects: [{ kind: ServiceAccount, name: default }]
```
```yaml passes
apiVersion: security.openshift.io/v1
kind: SecurityContextConstraints
metadata: { name: web }
allowPrivilegedContainer: false
runAsUser: { type: MustRunAsNonRoot }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: web }
rules:
  - { apiGroups: [security.openshift.io], resources: [securitycontextconstraints], resourceNames: [nonroot-v2], verbs: [use] }
  - { apiGroups: [security.openshift.io], resources: [securitycontextconstraints], verbs: [get, list] }
```"#,
    check: |object, report| match object.kind() {
        "SecurityContextConstraints" => check_constraints(object, report),
        "Role" | "ClusterRole" => object.get("rules").items().for_each(|rule| check_role(rule, report)),
        _ => check_binding(object, report),
    },
    security_severity: 80,
    cwe: &[250],
    equivalents: &["KL:scc-deny-privileged-container", "KY:disallow-security-context-constraint-anyuid"],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};

fn check_constraints<'a>(object: Object<'a>, report: &mut Report<'a>) {
    // The oldest clusters served the kind in the core group.
    if !matches!(object.group(), GROUP | "") {
        return;
    }
    let (privileged, user) = (object.get("allowPrivilegedContainer"), object.at(&["runAsUser", "type"]));
    let name = object.name();
    if privileged.is_true() {
        let message = format!(
            "SecurityContextConstraints \"{name}\" lets pods be privileged: write `allowPrivilegedContainer: false`"
        );
        let finding = report.at(privileged, message);
        if user.is("RunAsAny") {
            finding.related(user, "it lets them run as any user, root included, too");
        }
    } else if user.is("RunAsAny") {
        report.at(user, format!("SecurityContextConstraints \"{name}\" lets pods run as root: write `type: MustRunAsRange` or `MustRunAsNonRoot`"));
    }
}

fn check_role<'a>(rule: Node<'a>, report: &mut Report<'a>) {
    let lists =
        |key: &'a str, wanted: &[&str]| rule.get(key).items().any(|item| wanted.contains(&item.str()));
    if !lists("apiGroups", &[GROUP, "*"])
        || !lists("resources", &["securitycontextconstraints"])
        || !lists("verbs", &["use", "*"])
    {
        return;
    }
    let names = rule.get("resourceNames");
    if names.is_empty() {
        report.at(names, "this rule may use every SecurityContextConstraints, the privileged ones too: name one in `resourceNames`, such as `nonroot-v2`");
        return;
    }
    let constraints = &report.parameters::<Settings>().constraints;
    if let Some(name) = names.items().find(|name| constraints.iter().any(|constraint| name.is(constraint))) {
        report.at(name, format!("this rule lets pods use the SecurityContextConstraints \"{}\": name a stricter one, such as `nonroot-v2`", name.str()));
    }
}

fn check_binding<'a>(object: Object<'a>, report: &mut Report<'a>) {
    let name = object.at(&["roleRef", "name"]);
    let Some(constraint) = name.str().strip_prefix("system:openshift:scc:") else { return };
    if report.parameters::<Settings>().constraints.iter().any(|candidate| candidate == constraint) {
        let message = format!(
            "this binding lets pods use the SecurityContextConstraints \"{constraint}\": bind a stricter one, such as `system:openshift:scc:nonroot-v2`"
        );
        report.at(name, message);
    }
}
