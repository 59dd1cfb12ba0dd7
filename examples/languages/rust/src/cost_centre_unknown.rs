//! `acme-labels/cost-centre-unknown`

use plimsoll_sdk::prelude::*;
use serde::{Deserialize, Deserializer, de::Error};

const COST_CENTRE: &str = "acme.example/cost-centre";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CostCentres {
    /// Those that finance knows; nothing is found without any.
    #[serde(deserialize_with = "texts")]
    allowed: Vec<String>,
}

fn texts<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::deserialize(value);
    texts.map_err(|_| D::Error::custom("write a list of cost centres, each as text"))
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "cost-centre-unknown",
    summary: "Nobody can be charged for the workload",
    kinds: &["Deployment", "StatefulSet", "DaemonSet", "CronJob", "PersistentVolumeClaim"],
    docs: r#"
What has no cost centre, or one that finance does not know, is paid by the platform team. The cost centres that finance knows stand in `allowed` of
`plimsoll.yaml`; without any, nothing is found.

```yaml fails parameters={"allowed":["cc-100","cc-200"]}
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, labels: { acme.example/cost-centre: cc-101 } }
```
```yaml passes parameters={"allowed":["cc-100"]}
apiVersion: batch/v1
kind: CronJob
metadata: { name: report, labels: { acme.example/cost-centre: cc-100 } }
```"#,
    check: |object, report| {
        let CostCentres { allowed } = report.parameters::<CostCentres>();
        let label = object.labels().get(COST_CENTRE);
        let value = label.str();
        if allowed.is_empty() || allowed.iter().any(|known| known == value) {
            return;
        }
        let list = allowed.join(", ");
        let wrong = match value {
            "" => format!("{} \"{}\" has no cost centre", object.kind(), object.name()),
            value => format!("finance does not know the cost centre \"{value}\""),
        };
        report.at(label, format!("{wrong}; set the label `{COST_CENTRE}` to one of {list}"));
    },
    parameters: Parameters::of::<CostCentres>(),
    ..Rule::DEFAULT
};
