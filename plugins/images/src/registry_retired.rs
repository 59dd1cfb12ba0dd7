//! `images/registry-retired`

use plimsoll_sdk::prelude::*;

use crate::reference::{Reference, references};

/// A registry, or a part of one, that gets no new images.
struct Retired {
    registry: &'static str,
    /// The repositories concerned, as the beginning of their path; empty for all.
    under: &'static str,
    /// What happened, in a few words that follow a name.
    what: &'static str,
    /// Where the same images are now, with the same tags.
    now: Option<&'static str>,
    /// What to do where there is no such place.
    instead: &'static str,
}

const KUBERNETES: &str = "registry.k8s.io";
const ALIAS: &str = "was an early name of k8s.gcr.io, which is frozen since 2023-04-03";

const RETIRED: &[Retired] = &[
    // https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/
    Retired {
        registry: "k8s.gcr.io",
        under: "",
        what: "is frozen since 2023-04-03 and only redirects",
        now: Some(KUBERNETES),
        instead: "",
    },
    Retired {
        registry: "gcr.io",
        under: "google-containers",
        what: ALIAS,
        now: Some(KUBERNETES),
        instead: "",
    },
    Retired {
        registry: "gcr.io",
        under: "google_containers",
        what: ALIAS,
        now: Some(KUBERNETES),
        instead: "",
    },
    // https://github.com/kubernetes/k8s.io/pull/6690, https://github.com/kubernetes-sigs/kubebuilder/discussions/3907
    Retired {
        registry: "gcr.io",
        under: "kubebuilder",
        what: "went with Google Container Registry in 2025",
        now: Some("registry.k8s.io/kubebuilder"),
        instead: "",
    },
    // https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-docker-registry
    Retired {
        registry: "docker.pkg.github.com",
        under: "",
        what: "has been replaced by the container registry",
        now: Some("ghcr.io"),
        instead: "",
    },
    // https://github.com/kubernetes/kube-state-metrics/releases/tag/v2.0.0-rc.1
    Retired {
        registry: "quay.io",
        under: "coreos/kube-state-metrics",
        what: "gets no images since 2.0",
        now: None,
        instead: "use \"registry.k8s.io/kube-state-metrics/kube-state-metrics\" in a current version",
    },
    // https://github.com/bitnami/containers/issues/83267
    Retired {
        registry: "docker.io",
        under: "bitnamilegacy",
        what: "is an archive that gets no security updates",
        now: None,
        instead: "move to an image that is maintained, such as the project's own",
    },
    Retired {
        registry: "docker.io",
        under: "bitnami",
        what: "lost its versioned images in September 2025",
        now: None,
        instead: "move to an image that is maintained, such as the project's own; \"bitnamilegacy\" has the old one for the meantime",
    },
];

/// What Bitnami goes on releasing where it was: <https://github.com/bitnami/charts/issues/35164>.
const STILL_AT_BITNAMI: [&str; 4] =
    ["minideb", "sealed-secrets", "sealed-secrets-controller", "sealed-secrets-kubeseal"];

/// The rule.
pub const RULE: Rule = Rule {
    id: "registry-retired",
    summary: "Image comes from a registry that is frozen or gone",
    kinds: PODS,
    docs: r#"
A frozen registry still answers, which is the trap. `k8s.gcr.io` has had no new image since April 2023, not even for security fixes; it
sends clients on to another host, which fails behind a firewall that knows only the old name, and will end without a date. Others went
at once: `docker.io/bitnami` lost its versioned images in September 2025, and charts that had worked for years met
`ErrImagePull` at the next node replacement.

Where the same images live on under another name, the fix writes it:

| retired | now |
| --- | --- |
| `k8s.gcr.io`, `gcr.io/google-containers` (and `_`) | `registry.k8s.io` |
| `gcr.io/kubebuilder` | `registry.k8s.io/kubebuilder` |
| `docker.pkg.github.com` | `ghcr.io` |
| `quay.io/coreos/kube-state-metrics` | `registry.k8s.io/kube-state-metrics`, with other tags |
| `docker.io/bitnami`, `docker.io/bitnamilegacy` | nothing that is the same |

Kubescape and Kyverno know only `k8s.gcr.io`. Bitnami's `latest`, `minideb` and Sealed Secrets are still published where they were,
and pass here.

Suppress it when a mirror in front of your nodes answers for the old name.

```yaml fails
kind: Pod
spec: { containers: [{ name: pause, image: "k8s.gcr.io/pause:3.9" }] }
```
```yaml fails
kind: Pod
spec: { initContainers: [{ name: wait, image: "bitnami/kubectl:1.33.1" }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: proxy, image: "gcr.io/kubebuilder/kube-rbac-proxy:v0.15.0" }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - { name: pause, image: "registry.k8s.io/pause:3.9" }
    - { name: own, image: "gcr.io/kubebuilders/own:1" }
    - { name: seal, image: "docker.io/bitnami/sealed-secrets-controller:0.33.1" }
```"#,
    check: |object, report| {
        for reference in object.pods().flat_map(references) {
            let Some(retired) = RETIRED.iter().find(|retired| retired.covers(&reference)) else { continue };
            let old = retired.name();
            match retired.now {
                Some(now) => {
                    let message =
                        format!("{}, and \"{old}\" {}; use \"{now}\"", reference.sentence(), retired.what);
                    report
                        .at(reference.node, message)
                        .fix(Edit::set(reference.node, retired.moved(&reference, now)));
                }
                None => {
                    let message = format!(
                        "{}, and \"{old}\" {}; {}",
                        reference.sentence(),
                        retired.what,
                        retired.instead
                    );
                    report.at(reference.node, message);
                }
            }
        }
    },
    security_severity: 55,
    cwe: &[1104],
    equivalents: &["KU:C-0253", "KY:restrict-deprecated-registry"],
    ..Rule::DEFAULT
};

impl Retired {
    fn name(&self) -> String {
        if self.under.is_empty() {
            self.registry.to_owned()
        } else {
            format!("{}/{}", self.registry, self.under)
        }
    }

    fn covers(&self, reference: &Reference<'_>) -> bool {
        let image = reference.image;
        let registry = image.registry().to_ascii_lowercase();
        // Google's registry has a name for each part of the world.
        let registry = registry
            .strip_prefix("us.")
            .or(registry.strip_prefix("eu."))
            .or(registry.strip_prefix("asia."))
            .unwrap_or(&registry);
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        registry == self.registry
            && self.rest(reference).is_some()
            && !(self.under == "bitnami" && is_still_at_bitnami(image))
    }

    /// What of the repository stands below the retired part.
    fn rest<'a>(&self, reference: &Reference<'a>) -> Option<&'a str> {
        let rest = reference.image.repository.strip_prefix(self.under)?;
        if self.under.is_empty() || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    fn moved(&self, reference: &Reference<'_>, now: &str) -> String {
        let image = reference.image;
        let tag = image.tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = image.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{now}/{}{tag}{digest}", self.rest(reference).unwrap_or_default())
    }
}

fn is_still_at_bitnami(image: ImageRef<'_>) -> bool {
    image.is_mutable() || STILL_AT_BITNAMI.contains(&image.name())
}

#[cfg(test)]
mod tests {
    use plimsoll_sdk::examples::findings;

    use crate::plimsoll_plugin::PLUGIN;

    /// What the fix writes for an image.
    fn fixed(image: &str) -> String {
        let yaml = format!("kind: Pod\nspec: {{ containers: [{{ name: a, image: \"{image}\" }}] }}");
        let found = findings(&PLUGIN, "registry-retired", "1.37", None, &yaml);
        format!("{:?}", found[0].fix.as_ref().map(|fix| &fix.edits))
    }

    #[test]
    fn the_fix_keeps_tag_and_digest() {
        assert!(
            fixed("k8s.gcr.io/ingress-nginx/a:v1@sha256:00")
                .contains(r#""\"registry.k8s.io/ingress-nginx/a:v1@sha256:00\"""#)
        );
        assert!(
            fixed("eu.gcr.io/google_containers/pause:3.1").contains(r#""\"registry.k8s.io/pause:3.1\"""#)
        );
        assert_eq!(fixed("bitnami/redis:7.2"), "None");
    }
}
