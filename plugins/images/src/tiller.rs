//! `images/tiller`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "tiller",
    summary: "Tiller, the server of Helm 2, is deployed",
    level: Level::Error,
    kinds: &["@pods", "Service"],
    docs: r#"
Tiller listens on port 44134 for anyone on the pod network, asks for no password, and does what it is told with the rights of its
ServiceAccount, which nearly every installation bound to `cluster-admin`. A shell in the least important pod is then two commands from
the whole cluster:

    helm --host tiller-deploy.kube-system:44134 install ./mine

Helm 2 got its last fix in November 2020. Migrate with the `2to3` plugin and delete the Deployment, the Service and the binding:

    helm 2to3 convert my-release
    kubectl -n kube-system delete deployment,service tiller-deploy

Scanners disagree about half measures: Checkov has three checks and lets a Tiller pass that listens on localhost only; Trivy takes any
object called Tiller for it. We report the image, the labels that `helm init` sets, and the Service, and accept no mitigation.

There is hardly a reason to suppress it.

```yaml fails
kind: Deployment
metadata: { name: tiller-deploy }
spec: { template: { spec: { containers: [{ name: tiller, image: "gcr.io/kubernetes-helm/tiller:v2.16.9" }] } } }
```
```yaml fails
kind: Deployment
spec:
  template:
    metadata: { labels: { app: helm, name: tiller } }
    spec: { containers: [{ name: main, image: "mirror.acme.internal/t:2" }] }
```
```yaml fails
apiVersion: v1
kind: Service
metadata: { name: tiller-deploy }
spec: { selector: { app: helm, name: tiller }, ports: [{ port: 44134 }] }
```
```yaml passes
kind: Deployment
metadata: { name: tiller-farm }
spec: { template: { spec: { containers: [{ name: api, image: "acme/rototiller:2.0.1" }] } } }
---
apiVersion: v1
kind: Service
metadata: { name: farm }
spec: { selector: { app: farm }, ports: [{ port: 80 }] }
```"#,
    check: |object, report| {
        for pod in object.pods() {
            check_pod(pod, report);
        }
        let selector = object.at(&["spec", "selector"]);
        if object.kind() == "Service" && object.group().is_empty() && is_labelled(selector) {
            report.at(selector.get("name"), "this Service opens Tiller, the server of Helm 2, to every pod; delete it and use Helm 3 or later");
        }
    },
    security_severity: 80,
    cwe: &[1104],
    equivalents: &[
        "TR:KSV-0102",
        "CK:CKV_K8S_34",
        "CK:CKV_K8S_44",
        "CK:CKV_K8S_45",
        "KY:disallow-helm-tiller",
    ],
    ..Rule::DEFAULT
};

fn check_pod<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    let mut found = false;
    for container in pod.all_containers().filter(|container| container.image().is_some_and(is_tiller)) {
        found = true;
        report.at(
            container.get("image"),
            format!(
                "{} runs Tiller, which does what any pod asks; delete it and use Helm 3 or later",
                container.title()
            ),
        );
    }
    if !found && is_labelled(pod.labels()) {
        report.at(
            pod.labels().get("name"),
            "this pod is labelled as Tiller, the server of Helm 2, which does what any pod asks; delete it and use Helm 3 or later",
        );
    }
}

fn is_tiller(image: ImageRef<'_>) -> bool {
    image.name() == "tiller" || image.name().starts_with("tiller-")
}

/// Whether these are the labels that `helm init` gives Tiller.
fn is_labelled(labels: Node<'_>) -> bool {
    labels.get("app").is("helm") && labels.get("name").is("tiller")
}
