//! `acme/namespace-foreign`

use std::collections::BTreeMap;

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

/// The team that an object belongs to.
const LABEL: &str = "acme.example/team";

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Teams {
    /// The namespaces of every team.
    teams: BTreeMap<String, Vec<String>>,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "namespace-foreign",
    summary: "Object lies in a namespace that its team does not own",
    level: Level::Error,
    kinds: ALL,
    docs: r#"
A namespace is where a team may do what it wants, because quotas, network policies and rights end there. What another team puts into it has none of its
own. Who owns what stands in `teams` of `plimsoll.yaml`. An object without the label `acme.example/team`, or without a namespace, is left alone.

Suppress it for what teams lend to each other, with the name of who agreed.

```yaml fails parameters={"teams":{"payments":["pay"],"web":["shop"]}}
kind: ConfigMap
metadata: { name: settings, namespace: shop, labels: { acme.example/team: payments } }
```
```yaml fails parameters={"teams":{"payments":["pay"]}}
kind: ConfigMap
metadata: { name: settings, namespace: pay, labels: { acme.example/team: paiments } }
```
```yaml passes parameters={"teams":{"payments":["pay","pay-test"]}}
kind: ConfigMap
metadata: { name: settings, namespace: pay-test, labels: { acme.example/team: payments } }
---
kind: Secret
metadata: { name: shared, namespace: shop }
```"#,
    check: |object, report| {
        let teams = &report.parameters::<Teams>().teams;
        let (label, namespace) = (object.labels().get(LABEL), object.namespace());
        let team = label.str();
        if team.is_empty() || namespace.is_empty() || teams.is_empty() {
            return;
        }
        let Some(owned) = teams.get(team) else {
            let known: Vec<&str> = teams.keys().map(String::as_str).collect();
            report.at(label, format!("there is no team \"{team}\"; use one of {}", known.join(", ")));
            return;
        };
        if !owned.iter().any(|owned| owned == namespace) {
            let at = object.at(&["metadata", "namespace"]);
            let message =
                format!("team \"{team}\" does not own \"{namespace}\"; use one of {}", owned.join(", "));
            report.at(at, message).related(label, "this says whose it is");
        }
    },
    parameters: Parameters::of::<Teams>(),
    ..Rule::DEFAULT
};
