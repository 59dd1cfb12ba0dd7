//! `acme/production-fragile`

use plimsoll_sdk::prelude::*;

use crate::namespaces;

/// What a namespace is for.
const LABEL: &str = "acme.example/stage";

/// The rule.
pub const RULE: SetRule = SetRule {
    id: "production-fragile",
    summary: "Workload in production does not survive the loss of a node",
    level: Level::Error,
    kinds: &["Namespace", "Deployment", "StatefulSet", "HorizontalPodAutoscaler", "PodDisruptionBudget"],
    docs: r#"
Nodes are drained every week. One replica is then gone until another has started, and without a budget all replicas may be drained at once. In a
namespace with `acme.example/stage: production` a Deployment or StatefulSet has at least two replicas, its own or an autoscaler's least, and a
PodDisruptionBudget that selects its pods.

Suppress it for what may rest, such as a worker that catches up.

```yaml fails
kind: Namespace
metadata: { name: shop, labels: { acme.example/stage: production } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec: { template: { metadata: { labels: { app: api } }, spec: { containers: [] } } }
```
```yaml passes
kind: Namespace
metadata: { name: shop, labels: { acme.example/stage: production } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec: { replicas: 2, template: { metadata: { labels: { app: api } }, spec: { containers: [] } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [] } } }
---
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: shop }
spec: { minReplicas: 3, scaleTargetRef: { kind: Deployment, name: web } }
---
kind: PodDisruptionBudget
metadata: { name: all, namespace: shop }
spec: { selector: { matchExpressions: [{ key: app, operator: In, values: [api, web] }] } }
```
```yaml passes
kind: Namespace
metadata: { name: dev, labels: { acme.example/stage: test } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: dev }
spec: { template: { spec: { containers: [] } } }
```"#,
    check: |set, report| {
        for kind in ["Deployment", "StatefulSet"] {
            for object in set.of_kind(kind) {
                let Some(stage) = namespaces::label(set, object, LABEL) else { continue };
                if stage.is("production") {
                    replicas(set, object, stage, report);
                    budget(set, object, stage, report);
                }
            }
        }
    },
    ..SetRule::DEFAULT
};

fn replicas<'a>(set: &Set<'a>, object: Object<'a>, stage: Node<'a>, report: &mut Report<'a>) {
    let own = object.at(&["spec", "replicas"]);
    let scaled = set.of_kind("HorizontalPodAutoscaler").find(|scaler| {
        let target = scaler.at(&["spec", "scaleTargetRef"]);
        let names = target.get("kind").is(object.kind()) && target.get("name").is(object.name());
        names && scaler.namespace() == object.namespace()
    });
    let least = scaled.map_or(own, |scaler| scaler.at(&["spec", "minReplicas"]));
    // Kubernetes takes a number that is not written for 1.
    let number = least.as_i64().unwrap_or(1);
    if number < 2 {
        let name = object.name();
        report
            .at(least, format!("\"{name}\" is in production with {number} replica; ask for at least 2"))
            .fix(Edit::set(least, 2))
            .related(stage, "this says that it is production");
    }
}

fn budget<'a>(set: &Set<'a>, object: Object<'a>, stage: Node<'a>, report: &mut Report<'a>) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]);
    let mut budgets =
        set.of_kind("PodDisruptionBudget").filter(|budget| budget.namespace() == object.namespace());
    if !budgets.any(|budget| matches_selector(budget.at(&["spec", "selector"]), labels)) {
        let name = object.name();
        report
            .at(
                object.at(&["metadata", "name"]),
                format!("no PodDisruptionBudget selects the pods of \"{name}\"; add one"),
            )
            .related(stage, "this says that it is production");
    }
}
