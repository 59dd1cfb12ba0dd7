//! `acme/storage-class-unfit`

use std::collections::BTreeMap;

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::namespaces;

/// How sensitive data is, on a namespace or on a claim, which then counts.
const LABEL: &str = "acme.example/data";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Storage {
    /// For each class of data the storage classes that it may lie in.
    allowed: BTreeMap<String, Vec<String>>,
}

/// The rule.
pub const RULE: SetRule = SetRule {
    id: "storage-class-unfit",
    summary: "Data lies in storage that is not meant for its class",
    level: Level::Error,
    kinds: &["Namespace", "PersistentVolumeClaim", "StatefulSet"],
    docs: r#"
How data must be kept follows from what it is: `confidential` data is encrypted with a key of our own, which only some storage classes do. The
label `acme.example/data` on a namespace says what all claims in it hold; on a claim it says it for the claim. Which storage is meant for what
stands in `allowed` of `plimsoll.yaml`. A claim without a storage class gets whatever the cluster's default is, which nobody can check here.

Suppress it while data is moved, with a day.

```yaml fails parameters={"allowed":{"confidential":["encrypted-ssd"]}}
kind: Namespace
metadata: { name: pay, labels: { acme.example/data: confidential } }
---
kind: PersistentVolumeClaim
metadata: { name: data, namespace: pay }
spec: { storageClassName: standard }
```
```yaml fails parameters={"allowed":{"confidential":["encrypted-ssd"]}}
kind: StatefulSet
metadata: { name: db, namespace: pay }
spec:
  volumeClaimTemplates:
    - metadata: { name: data, labels: { acme.example/data: confidential } }
      spec: {}
```
```yaml passes parameters={"allowed":{"confidential":["encrypted-ssd"],"public":["standard","encrypted-ssd"]}}
kind: Namespace
metadata: { name: pay, labels: { acme.example/data: confidential } }
---
kind: PersistentVolumeClaim
metadata: { name: data, namespace: pay }
spec: { storageClassName: encrypted-ssd }
---
kind: PersistentVolumeClaim
metadata: { name: cache, namespace: pay, labels: { acme.example/data: public } }
spec: { storageClassName: standard }
```"#,
    check: |set, report| {
        let allowed = &report.parameters::<Storage>().allowed;
        for object in set.objects().filter(|object| object.kind() != "Namespace") {
            let of_namespace = namespaces::label(set, object, LABEL);
            let claims = match object.kind() {
                "StatefulSet" => object.at(&["spec", "volumeClaimTemplates"]).items().collect(),
                _ => vec![object.root()],
            };
            for claim in claims {
                let own = claim.at(&["metadata", "labels", LABEL]);
                let Some(data) = Some(own).filter(|own| own.is_set()).or(of_namespace) else { continue };
                let Some(fit) = allowed.get(data.str()) else { continue };
                let class = claim.at(&["spec", "storageClassName"]);
                if !fit.iter().any(|fit| class.is(fit)) {
                    let (data_is, list) = (data.str(), fit.join(", "));
                    report
                        .at(
                            class,
                            format!(
                                "the data is {data_is}; name a storage class that is meant for it: {list}"
                            ),
                        )
                        .related(data, format!("this says that it is {data_is}"));
                }
            }
        }
    },
    security_severity: 60,
    cwe: &[311],
    parameters: Parameters::of::<Storage>(),
    ..SetRule::DEFAULT
};
