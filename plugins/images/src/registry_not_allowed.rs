//! `images/registry-not-allowed`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::glob::covers;
use crate::reference::{Reference, has_placeholder, references};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Registries {
    /// Where images may come from; anywhere, if it is empty.
    allow: Vec<String>,
    /// Where they may not come from, even if `allow` covers it.
    deny: Vec<String>,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "registry-not-allowed",
    summary: "Image comes from a registry or repository that is not allowed",
    kinds: PODS,
    docs: r#"
Anyone may push to Docker Hub under a name that looks like yours. One mistyped owner in `image:` and your cluster runs a stranger's
code, with your secrets mounted. An organisation that pulls everything through its own registry, where images are scanned, signed and kept,
can turn that into a finding. Say where images may come from:

    rules:
      images/registry-not-allowed:
        parameters:
          allow: [registry.acme.internal, ghcr.io/acme, registry.k8s.io]
          deny: ["**/debug-tools"]

A pattern covers what stands below it: `ghcr.io/acme` covers `ghcr.io/acme/api` and not `ghcr.io/acme-labs/api`. `*` stands for any
letters but `/`, `**` for any at all. Patterns meet the full name, so `nginx` is `docker.io/library/nginx` and `acme/api` is
`docker.io/acme/api`. `deny` wins over `allow`. With neither list the rule finds nothing.

Scanners disagree about the list: Trivy has one built in for each cloud, Kubescape compares prefixes of text, so `ghcr.io/acme` lets
`ghcr.io/acme-labs` in. A registry that a template still has to fill in (`$(REGISTRY)/api`) cannot be shown to be allowed, and is
reported where there is an allow list.

Suppress it for the one image that is on its way to your mirror, with a date.

```yaml fails parameters={"allow":["ghcr.io/acme"]}
kind: Pod
spec: { containers: [{ name: api, image: "ghcr.io/acme-labs/api:1" }] }
```
```yaml fails parameters={"deny":["docker.io/library"]}
kind: Pod
spec: { initContainers: [{ name: wait, image: "busybox:1.37" }] }
```
```yaml fails parameters={"allow":["ghcr.io/acme"]}
kind: Pod
spec: { containers: [{ name: api, image: "$(REGISTRY)/api:1" }] }
```
```yaml passes parameters={"allow":["ghcr.io/acme","*.acme.internal"],"deny":["**/debug-*"]}
kind: Pod
spec: { containers: [{ name: api, image: "ghcr.io/acme/team/api:1" }, { name: log, image: "eu.acme.internal/log:2" }] }
```
```yaml passes
kind: Pod
spec: { containers: [{ name: api, image: "anything/goes:1" }] }
```"#,
    check: |object, report| {
        let registries = report.parameters::<Registries>();
        for reference in object.pods().flat_map(references) {
            if let Some(why) = why_not(&reference, registries) {
                report.at(reference.node, format!("{}, {why}", reference.sentence()));
            }
        }
    },
    profile: Profile::OptIn,
    security_severity: 55,
    cwe: &[829],
    equivalents: &[
        "TR:KSV-0125",
        "TR:KSV-0032",
        "TR:KSV-0033",
        "TR:KSV-0034",
        "TR:KSV-0035",
        "KU:C-0001",
        "KU:C-0078",
        "KY:restrict-image-registries",
        "KY:allowed-image-repos",
        "POP:113",
    ],
    parameters: Parameters::of::<Registries>(),
    ..Rule::DEFAULT
};

fn why_not(reference: &Reference<'_>, registries: &Registries) -> Option<String> {
    let name = reference.full_name();
    if let Some(pattern) = registries.deny.iter().find(|pattern| covers(pattern, &name)) {
        return Some(format!("which \"{pattern}\" forbids; use an image that is allowed"));
    }
    if registries.allow.is_empty() || registries.allow.iter().any(|pattern| covers(pattern, &name)) {
        return None;
    }
    if has_placeholder(&name) {
        return Some(
            "whose registry a template fills in; scan what is rendered, or write the registry".to_owned(),
        );
    }
    Some(format!("and \"{name}\" is not among what is allowed; use {}", listed(&registries.allow)))
}

fn listed(patterns: &[String]) -> String {
    let quoted: Vec<_> = patterns.iter().take(3).map(|pattern| format!("\"{pattern}\"")).collect();
    let more = if patterns.len() > 3 { " or another that is" } else { "" };
    quoted.join(", ") + more
}
