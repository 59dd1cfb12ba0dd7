//! `images/pull-policy`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::reference::{Reference, references};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    /// Which images must be asked for at every start.
    always: Always,
}

#[derive(Default, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Always {
    /// Those whose tag moves.
    #[default]
    MutableTags,
    /// All, so that no pod runs what a node happens to have.
    All,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "pull-policy",
    summary: "Image is not pulled anew where it should be",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
With `imagePullPolicy: IfNotPresent` a node that once pulled `api:latest` keeps that copy. Two replicas on two nodes then run two
builds under one name, and a fix that was pushed an hour ago reaches only the nodes that never had the image. `Never` is worse: the pod
runs whatever somebody once loaded onto the node, or nothing.

Let Kubernetes decide, which pulls `latest` and untagged images at every start, or say so:

    imagePullPolicy: Always

Better still, write a version: then the question does not arise.

There is a second reason to pull. A node hands an image that it has to any pod on it, so with `IfNotPresent` a pod without credentials
can run a private image that another team pulled. Where tenants share nodes, set `{"always":"all"}`: every image must say `Always`,
which costs one request for the manifest, not the layers. (The admission plugin `AlwaysPullImages` and the credential check of newer
kubelets enforce the same in the cluster.)

Scanners disagree: Polaris wants `Always` everywhere and reports an unset policy even for `latest`, kube-score and Checkov know what unset
means, Kubescape looks only at `latest`. By default we report moving tags whose policy says otherwise; with `all` we report what would
not be pulled, unset or not.

Suppress it on clusters without a registry, such as kind or an edge box that images are loaded onto.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, image: "acme/api:latest", imagePullPolicy: IfNotPresent }] }
```
```yaml fails parameters={"always":"all"}
kind: Pod
spec: { containers: [{ name: api, image: "acme/api:1.4.2" }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: api, image: "acme/api:1.4.2", imagePullPolicy: IfNotPresent }
    - { name: edge, image: "acme/edge" }
```
```yaml passes parameters={"always":"all"}
kind: Pod
spec:
  containers:
    - { name: api, image: "acme/api:1.4.2", imagePullPolicy: Always }
    - { name: edge, image: "acme/edge:latest" }
```"#,
    check: |object, report| {
        let always = report.parameters::<Wanted>().always;
        for reference in object.pods().flat_map(references) {
            if should_be_pulled(&reference, always) && !is_pulled(&reference) {
                let message = match reference.pull_policy.as_str() {
                    Some(policy) => format!(
                        "{} may get an old copy of \"{}\", because its pull policy is `{policy}`; write `Always`",
                        reference.title, reference.text
                    ),
                    None => format!(
                        "{} takes any copy of \"{}\" that the node has; set its pull policy to `Always`",
                        reference.title, reference.text
                    ),
                };
                report.at(reference.pull_policy, message).fix(Edit::set(reference.pull_policy, "Always"));
            }
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &[
        "KS:container-image-pull-policy",
        "PO:pullPolicyNotAlways",
        "CK:CKV_K8S_15",
        "KU:C-0075",
        "KY:imagepullpolicy-always",
        "KLT:image-pull-policy",
    ],
    parameters: Parameters::of::<Wanted>(),
    ..Rule::DEFAULT
};

fn should_be_pulled(reference: &Reference<'_>, always: Always) -> bool {
    always == Always::All || reference.image.is_mutable() && !reference.is_unfinished()
}

/// Whether it is pulled at every start. Unset means `Always` for `latest` and for images without a tag, `IfNotPresent` for others:
/// `SetDefaults_Container` in Kubernetes' `pkg/apis/core/v1/defaults.go`.
fn is_pulled(reference: &Reference<'_>) -> bool {
    match reference.pull_policy.as_str() {
        Some("") | None => reference.image.is_mutable() && !reference.is_unfinished(),
        Some(policy) => policy == "Always",
    }
}
