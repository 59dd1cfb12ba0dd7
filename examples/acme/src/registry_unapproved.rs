//! `acme/registry-unapproved`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Registries {
    /// Registries, or parts of one: `ghcr.io/acme` approves of `ghcr.io/acme/api`.
    approved: Vec<String>,
}

impl Default for Registries {
    fn default() -> Self {
        Self { approved: vec!["registry.acme.example".to_owned()] }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "registry-unapproved",
    summary: "Image comes from a registry that Acme does not scan",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
Only what lies in an approved registry was scanned and signed, and is still there when its author deletes it. Push the image through the
mirror, or ask the platform team to approve of the registry: it stands in `approved` of `plimsoll.yaml`.

Suppress it for an image that is on its way to the mirror, with a day.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, image: "nginx:1.29" }] }
```
```yaml fails parameters={"approved":["ghcr.io/acme"]}
kind: Pod
spec: { initContainers: [{ name: wait, image: "ghcr.io/acme-labs/wait:1" }] }
```
```yaml passes parameters={"approved":["ghcr.io/acme","registry.acme.example"]}
kind: Pod
spec:
  containers:
    - { name: api, image: "ghcr.io/acme/api:1" }
    - { name: log, image: "registry.acme.example/log:2" }
```"#,
    check: |object, report| {
        let approved = &report.parameters::<Registries>().approved;
        for container in object.pods().flat_map(|pod| pod.all_containers()) {
            let Some(image) = container.image() else { continue };
            let name = format!("{}/{}", image.registry(), image.full_repository());
            let covers =
                |part: &String| name.strip_prefix(part.as_str()).is_some_and(|rest| rest.starts_with('/'));
            if !approved.iter().any(covers) {
                let (title, list) = (container.title(), approved.join(", "));
                report
                    .at(container.get("image"), format!("{title} runs \"{name}\"; use an image from {list}"));
            }
        }
    },
    security_severity: 55,
    cwe: &[829],
    parameters: Parameters::of::<Registries>(),
    ..Rule::DEFAULT
};
