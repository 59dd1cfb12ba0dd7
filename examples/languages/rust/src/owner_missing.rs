//! `acme-labels/owner-missing`

use plimsoll_sdk::prelude::*;

const OWNER: &str = "acme.example/owner";

/// The rule.
pub const RULE: Rule = Rule {
    id: "owner-missing",
    summary: "Workload does not say which team owns it",
    level: Level::Error,
    kinds: &["Deployment", "StatefulSet", "DaemonSet", "CronJob"],
    docs: r#"
Nobody mends what nobody owns. The label `acme.example/owner` says whom to call when a workload misbehaves at night. Where its pods have the
label, the workload can take it from them.

Suppress it for what others maintain.

```yaml fails
apiVersion: apps/v1
kind: Deployment
metadata: { name: api }
spec:
  template:
    metadata: { labels: { acme.example/owner: payments } }
    spec: { containers: [{ name: api, image: acme/api:1 }] }
```
```yaml passes
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, labels: { acme.example/owner: payments } }
```"#,
    check: |object, report| {
        let owner = object.labels().get(OWNER);
        if !owner.str().is_empty() {
            return;
        }
        let name = format!("{} \"{}\"", object.kind(), object.name());
        let finding = report.at(owner, format!("{name} has no owner; add the label `{OWNER}`"));
        for pod in object.pods() {
            for container in pod.containers() {
                let image = container.get("image");
                if !image.str().is_empty() {
                    finding.related(image, format!("nobody answers for {}", image.str()));
                }
            }
        }
        let of_pods = object.pods().map(|pod| pod.labels().get(OWNER)).find(|owner| !owner.str().is_empty());
        if let Some(of_pods) = of_pods {
            finding.fix(Edit::set(owner, of_pods.str()));
        }
    },
    ..Rule::DEFAULT
};
