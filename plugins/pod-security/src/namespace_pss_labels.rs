//! `pod-security/namespace-pss-labels`

use plimsoll_sdk::prelude::*;

/// What may be configured.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// The levels that a namespace may enforce; a fix writes the first.
    levels: Vec<String>,
    /// Namespaces that are left alone; a `*` at the end stands for anything.
    exempt: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            levels: own(&["baseline", "restricted"]),
            exempt: own(&["kube-system", "kube-public", "kube-node-lease"]),
        }
    }
}

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// The rule.
pub const RULE: Rule = Rule {
    id: "namespace-pss-labels",
    summary: "Namespace enforces no Pod Security level",
    level: Level::Warning,
    kinds: &["Namespace"],
    docs: r#"
A scanner sees what is in the repository; the API server sees what arrives. Between the two are `kubectl run`,
a stolen deploy token, and a chart that somebody installs by hand. Pod Security admission is built into every
cluster since 1.25 and refuses a privileged pod whoever sends it, but in a namespace without the label it
admits everything. So anyone who may create pods there may become root on a node.

```yaml
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/warn: restricted     # tells people what the next step would break
```

`baseline` stops the known ways out of a pod and hardly ever breaks an application. It applies to new pods;
running ones are left alone. Try it before: `kubectl label --dry-run=server --overwrite ns shop
pod-security.kubernetes.io/enforce=baseline` lists what would be refused.

Suppress it for namespaces of node agents, storage and network drivers, which need `privileged` and should
contain nothing else, and where Kyverno, Gatekeeper or an AdmissionConfiguration enforces the levels for the
whole cluster.

**Where scanners disagree.** Kubescape spreads this over thirteen controls of the CIS benchmark, and one
missing label fails nearly all of them. Kyverno has a policy that asks for any of the labels: `warn` and
`audit` alone refuse nothing, so they do not count here. `privileged` is the same as no label, only on
purpose. A misspelt level is refused by the API server. `kube-system`, `kube-public` and `kube-node-lease`
belong to the cluster and are left alone. `{"levels": ["restricted"], "exempt": ["kube-system", "csi-*"]}`
asks for more and excuses others. Clusters older than 1.23 do not have the labels.

```yaml fails
apiVersion: v1
kind: Namespace
metadata: { name: shop }
```
```yaml fails
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: privileged } }
```
```yaml fails
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { pod-security.kubernetes.io/warn: baseline, pod-security.kubernetes.io/enforce: null } }
```
```yaml fails parameters={"levels":["restricted"]}
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: baseline } }
```
```yaml passes
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { pod-security.kubernetes.io/enforce: baseline } }
---
apiVersion: v1
kind: Namespace
metadata: { name: kube-system }
```
```yaml passes parameters={"exempt":["csi-*"]}
apiVersion: v1
kind: Namespace
metadata: { name: csi-nfs, labels: { pod-security.kubernetes.io/enforce: privileged } }
```
```yaml passes kubernetes=1.22
apiVersion: v1
kind: Namespace
metadata: { name: shop }
```"#,
    check: |object, report| {
        let settings = report.parameters::<Settings>();
        let name = object.name();
        let is_exempt = settings.exempt.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        });
        if !object.group().is_empty() || is_exempt || report.kubernetes() < Kubernetes::v1(23) {
            return;
        }
        let enforce = object.labels().get(ENFORCE);
        if settings.levels.iter().any(|level| enforce.is(level)) {
            return;
        }
        let wanted = settings.levels.first().map_or("baseline", String::as_str);
        let message = match enforce.as_str() {
            None => format!(
                "Namespace \"{name}\" admits any pod, privileged ones too: add the label `{ENFORCE}: {wanted}`"
            ),
            Some("privileged") => {
                format!("Namespace \"{name}\" admits any pod on purpose: write `{ENFORCE}: {wanted}`")
            }
            Some(level @ ("baseline" | "restricted")) => {
                format!(
                    "Namespace \"{name}\" enforces `{level}`, which is not enough here: write `{ENFORCE}: {wanted}`"
                )
            }
            Some(other) => format!("\"{other}\" is no Pod Security level: write `{ENFORCE}: {wanted}`"),
        };
        report.at(enforce, message).fix(Edit::set(enforce, wanted));
    },
    security_severity: 55,
    equivalents: &[
        "KU:C-0192",
        "KU:C-0193",
        "KU:C-0194",
        "KU:C-0195",
        "KU:C-0196",
        "KU:C-0197",
        "KU:C-0198",
        "KU:C-0199",
        "KU:C-0200",
        "KU:C-0201",
        "KU:C-0202",
        "KU:C-0203",
        "KU:C-0204",
        "KY:add-psa-namespace-reporting",
        "KY:deny-privileged-profile",
    ],
    parameters: Parameters::of::<Settings>(),
    profiles: &["cis"],
    ..Rule::DEFAULT
};
