//! `acme/cost-centre-invalid`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CostCentres {
    /// The label.
    label: String,
    /// The values that it may have; any but nothing, if there are none.
    values: Vec<String>,
}

impl Default for CostCentres {
    fn default() -> Self {
        Self { label: "acme.example/cost-centre".to_owned(), values: Vec::new() }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "cost-centre-invalid",
    summary: "Nobody can be charged for the workload",
    kinds: &["Deployment", "StatefulSet", "DaemonSet", "CronJob", "PersistentVolumeClaim"],
    docs: r#"
What has no cost centre, or one that finance does not know, is paid by the platform team. The values that finance knows stand in `values` of
`plimsoll.yaml`.

Suppress it for what is there for a day.

```yaml fails
kind: Deployment
metadata: { name: api }
```
```yaml fails parameters={"values":["cc-100","cc-200"]}
kind: PersistentVolumeClaim
metadata: { name: data, labels: { acme.example/cost-centre: cc-101 } }
```
```yaml passes parameters={"label":"cost","values":["cc-100"]}
kind: CronJob
metadata: { name: report, labels: { cost: cc-100 } }
```"#,
    check: |object, report| {
        let CostCentres { label, values } = report.parameters::<CostCentres>();
        let centre = object.labels().get(label);
        let known = |value: &str| values.is_empty() || values.iter().any(|known| known == value);
        match centre.text().as_str() {
            "" => _ = report.at(centre, format!("say who pays for it, with the label `{label}`")),
            value if known(value) => {}
            value => {
                let list = values.join(", ");
                report.at(
                    centre,
                    format!("finance does not know the cost centre \"{value}\"; use one of {list}"),
                );
            }
        }
    },
    parameters: Parameters::of::<CostCentres>(),
    ..Rule::DEFAULT
};
