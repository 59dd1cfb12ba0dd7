//! `images/dashboard`

use plimsoll_sdk::prelude::*;

const NAME: &str = "kubernetes-dashboard";

/// The rule.
pub const RULE: Rule = Rule {
    id: "dashboard",
    summary: "Kubernetes Dashboard is deployed, or its account is bound to a role",
    kinds: &["@pods", "RoleBinding", "ClusterRoleBinding"],
    docs: r#"
The Dashboard has been the front door of more than one break-in: in 2018 Tesla's cluster mined coins for strangers, who had found it on
the internet without a password. It acts with the rights of its ServiceAccount or of whoever logs in, and the tutorial that everybody
followed binds that account to `cluster-admin`. Since January 2026 the project is archived, so the next hole in it stays open.

Remove it. Headlamp, to which the project points, can run on a desktop with the user's own kubeconfig and needs nothing in the cluster.
If you have to keep the Dashboard for a while, keep it off every Ingress and LoadBalancer, and delete bindings like this one:

    kind: ClusterRoleBinding
    roleRef: { kind: ClusterRole, name: cluster-admin }
    subjects: [{ kind: ServiceAccount, name: admin-user, namespace: kubernetes-dashboard }]

Checkov looks for words in images and labels, and reports every part of the Dashboard, its metrics scraper too. Kubescape looks at the
bindings and at other pods that use its account. We do both, once a container, and let the Dashboard's own narrow roles pass.

Suppress it on a cluster that only you can reach.

```yaml fails
kind: Deployment
spec: { template: { spec: { containers: [{ name: ui, image: "kubernetesui/dashboard:v2.7.0" }] } } }
```
```yaml fails
kind: ClusterRoleBinding
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: admin-user, namespace: kubernetes-dashboard }]
```
```yaml fails
kind: Pod
spec: { serviceAccountName: kubernetes-dashboard, containers: [{ name: shell, image: "alpine:3.22" }] }
```
```yaml passes
kind: Deployment
metadata: { name: headlamp }
spec: { template: { spec: { containers: [{ name: headlamp, image: "ghcr.io/headlamp-k8s/headlamp:v0.40.0" }] } } }
---
kind: Deployment
spec: { template: { spec: { containers: [{ name: sales, image: "ghcr.io/acme/dashboard:1.2.0" }] } } }
```
```yaml passes
kind: RoleBinding
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubernetes-dashboard }
subjects: [{ kind: ServiceAccount, name: kubernetes-dashboard, namespace: kubernetes-dashboard }]
```"#,
    check: |object, report| {
        for pod in object.pods() {
            check_pod(pod, report);
        }
        if matches!(object.kind(), "RoleBinding" | "ClusterRoleBinding") {
            check_binding(object, report);
        }
    },
    security_severity: 55,
    equivalents: &["CK:CKV_K8S_33", "KU:C-0014"],
    ..Rule::DEFAULT
};

fn check_pod<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    let mut found = false;
    for container in pod.all_containers().filter(|container| container.image().is_some_and(is_dashboard)) {
        found = true;
        report.at(
            container.get("image"),
            format!(
                "{} runs the Kubernetes Dashboard, which is archived; remove it, or use Headlamp",
                container.title()
            ),
        );
    }
    let labels = ["app", "k8s-app", "app.kubernetes.io/name"].map(|key| pod.labels().get(key));
    let label = labels.into_iter().find(|label| label.is(NAME));
    let account = pod.get("serviceAccountName");
    if let Some(label) = label.filter(|_| !found) {
        report.at(
            label,
            "this pod is labelled as the Kubernetes Dashboard, which is archived; remove it, or use Headlamp",
        );
    } else if !found && account.is(NAME) {
        report.at(
            account,
            format!("this pod runs as \"{NAME}\", the Dashboard's account; give it one of its own"),
        );
    }
}

fn is_dashboard(image: ImageRef<'_>) -> bool {
    let name = image.name();
    name.starts_with(NAME) || image.repository.contains("kubernetesui/") && name.starts_with("dashboard")
}

fn check_binding<'a>(binding: Object<'a>, report: &mut Report<'a>) {
    let role = binding.at(&["roleRef", "name"]).str();
    // What the Dashboard's manifests bind themselves.
    if role.starts_with(NAME) {
        return;
    }
    let bound = binding.get("subjects").items().find(|subject| {
        subject.get("kind").is("ServiceAccount")
            && (subject.get("name").is(NAME) || subject.get("namespace").is(NAME))
    });
    if let Some(subject) = bound {
        report.at(
            subject.get("name"),
            format!(
                "this binds \"{}\" of the Kubernetes Dashboard to \"{role}\", so whoever reaches the Dashboard has that role; remove it",
                subject.get("name").str()
            ),
        );
    }
}
