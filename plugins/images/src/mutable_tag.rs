//! `images/mutable-tag`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::glob::covers;
use crate::reference::{Reference, references};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Moving {
    /// Tags that are known to move, as patterns.
    tags: Vec<String>,
}

impl Default for Moving {
    fn default() -> Self {
        Self { tags: vec!["latest".to_owned()] }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "mutable-tag",
    summary: "Image has no tag, or `latest`, and no digest",
    kinds: PODS,
    docs: r#"
`nginx` and `nginx:latest` name whatever was pushed last. A node that dies on Sunday night brings its pods back on another node, which
pulls a release that nobody has tested, next to replicas that still run the old one; and rolling back to the previous revision of the
Deployment rolls back nothing, because both revisions say the same thing.

Write the version that you tested, or better its digest, which cannot move:

    image: ghcr.io/acme/api:1.4.2
    image: ghcr.io/acme/api@sha256:…

Scanners agree on the rule and differ at its edges. kube-linter compares text with patterns; we take the reference apart as a registry
does, so the port in `registry:5000/api` is not taken for a tag, and `api:latest@sha256:…` passes, because the digest decides. A tag that
a template still has to fill in (`api:$(TAG)`, `api:${TAG}`) is not judged: scan what is rendered. An image that is empty is left to the
schema. Images mounted as volumes count too. Teams that push to `main` or `edge` list those: `{"tags":["latest","main","edge-*"]}`.

Suppress it for images that live and die with a development cluster.

```yaml fails
kind: Deployment
spec: { template: { spec: { containers: [{ name: api, image: "registry:5000/acme/api" }] } } }
```
```yaml fails
kind: Pod
spec:
  initContainers: [{ name: migrate, image: "acme/migrate:latest" }]
```
```yaml fails parameters={"tags":["latest","main"]}
kind: Pod
spec: { containers: [{ name: api, image: "acme/api:main" }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: api, image: "registry:5000/acme/api:1.4.2" }
    - { name: proxy, image: "envoy:latest@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
    - { name: later, image: "acme/later:${TAG}" }
    - { name: empty, image: "" }
```
```yaml passes
kind: Pod
metadata: { annotations: { inject.istio.io/templates: gateway } }
spec: { containers: [{ name: istio-proxy, image: auto }] }
```"#,
    check: |object, report| {
        let moving = &report.parameters::<Moving>().tags;
        for reference in object.pods().flat_map(references) {
            if let Some(what) = what_moves(&reference, moving) {
                report.at(
                    reference.node,
                    format!(
                        "{}, {what}, so the next pull may bring another image; write the version that was tested, or its digest",
                        reference.sentence()
                    ),
                );
            }
        }
    },
    security_severity: 55,
    cwe: &[494],
    equivalents: &[
        "KL:latest-tag",
        "KS:container-image-tag",
        "PO:tagNotSpecified",
        "TR:KSV-0013",
        "CK:CKV_K8S_14",
        "KY:disallow-latest-tag",
        "DT:CONTAINERS_MISSING_IMAGE_VALUE_VERSION",
        "MO:KBP001",
        "MO:KBP116",
        "POP:100",
        "POP:101",
    ],
    parameters: Parameters::of::<Moving>(),
    ..Rule::DEFAULT
};

fn what_moves(reference: &Reference<'_>, moving: &[String]) -> Option<String> {
    if reference.is_unfinished() || reference.image.digest.is_some() {
        return None;
    }
    match reference.image.tag {
        None => Some("which has no tag".to_owned()),
        Some(tag) if moving.iter().any(|pattern| covers(pattern, tag)) => {
            Some(format!("whose tag \"{tag}\" moves"))
        }
        Some(_) => None,
    }
}
