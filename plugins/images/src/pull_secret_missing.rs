//! `images/pull-secret-missing`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::glob::covers;
use crate::reference::{Reference, has_placeholder, references};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Access {
    /// Images that anyone, or any node of the cluster, may pull.
    public: Vec<String>,
    /// Images that need a secret although `public` covers them.
    private: Vec<String>,
    /// ServiceAccounts that carry the secrets themselves.
    service_accounts: Vec<String>,
}

impl Default for Access {
    fn default() -> Self {
        let public = [
            "docker.io",
            "gcr.io",
            "ghcr.io",
            "mcr.microsoft.com",
            "public.ecr.aws",
            "quay.io",
            "registry.k8s.io",
            // Nodes of the provider hold credentials for these.
            "*.azurecr.io",
            "*.dkr.ecr.*.amazonaws.com",
            "*.gcr.io",
            "*.pkg.dev",
        ];
        Self { public: public.map(str::to_owned).to_vec(), private: Vec::new(), service_accounts: Vec::new() }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "pull-secret-missing",
    summary: "Private image without imagePullSecrets",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
A pod that names an image of a private registry and brings no credentials starts on the nodes that already have the image and hangs in
`ImagePullBackOff` on every other: often for the first time months later, when the cluster scales up under load.

Name the secret in the pod, or in the ServiceAccount that it runs as:

    imagePullSecrets: [{ name: registry-acme }]

A manifest does not say which images are private, so the rule is opt-in and asks you. By default everything is taken for private but
the large public registries and those of the clouds (ECR, Artifact Registry, Azure), whose nodes bring credentials of their own.
`public` replaces that list; `private` names exceptions to it, such as your own corner of `ghcr.io`; `serviceAccounts` names the accounts
that carry secrets, which this rule does not look up. Patterns are those of `images/registry-not-allowed`.

Kyverno's policy goes by a short fixed list of registries and knows neither the clouds' credential providers nor ServiceAccounts. A registry that a template still has to fill in is not judged.

Suppress it where a webhook adds the secrets, or where the container runtime has them.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, image: "registry.acme.internal/api:1.4.2" }] }
```
```yaml fails parameters={"private":["ghcr.io/acme"]}
kind: Pod
spec: { containers: [{ name: api, image: "ghcr.io/acme/api:1.4.2" }], imagePullSecrets: [] }
```
```yaml passes
kind: Pod
spec:
  imagePullSecrets: [{ name: registry-acme }]
  containers: [{ name: api, image: "registry.acme.internal/api:1.4.2" }]
```
```yaml passes parameters={"serviceAccounts":["deployer"]}
kind: Pod
spec:
  serviceAccountName: deployer
  containers: [{ name: api, image: "registry.acme.internal/api:1.4.2" }, { name: web, image: "nginx:1.29.1" }]
```"#,
    check: |object, report| {
        let access = report.parameters::<Access>();
        for pod in object.pods().filter(|pod| !has_secrets(*pod, access)) {
            let private: Vec<_> = references(pod).filter(|reference| is_private(reference, access)).collect();
            let Some(first) = private.first() else { continue };
            let message = format!(
                "\"{}\" is private, and the pod brings no credentials for it; add `imagePullSecrets`",
                first.text
            );
            let finding = report.at(pod.get("imagePullSecrets"), message);
            for reference in &private {
                finding.related(reference.node, reference.sentence());
            }
        }
    },
    profile: Profile::OptIn,
    security_severity: 10,
    equivalents: &["KY:require-imagepullsecrets"],
    parameters: Parameters::of::<Access>(),
    ..Rule::DEFAULT
};

fn has_secrets(pod: Pod<'_>, access: &Access) -> bool {
    pod.get("imagePullSecrets").items().any(|secret| !secret.get("name").str().is_empty())
        || access.service_accounts.iter().any(|account| pod.get("serviceAccountName").is(account))
}

fn is_private(reference: &Reference<'_>, access: &Access) -> bool {
    let name = reference.full_name();
    let listed = |patterns: &[String]| patterns.iter().any(|pattern| covers(pattern, &name));
    !has_placeholder(&name) && (listed(&access.private) || !listed(&access.public))
}
