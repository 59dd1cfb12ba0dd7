//! `api-versions/deprecated-third-party`

use std::collections::BTreeMap;

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::lifecycle::Other;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Installed {
    /// The versions that the cluster runs, by project: `{"cert-manager":"1.18"}`. A project that is not named is taken for current.
    versions: BTreeMap<String, String>,
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "deprecated-third-party",
    summary: "API version that cert-manager or Istio has deprecated",
    level: Level::Note,
    docs: r#"
Operators bring APIs of their own, and retire them on their own calendar. cert-manager 1.6 stopped serving everything before
`cert-manager.io/v1`. A Certificate in `v1alpha2` then no longer applies, and the one that is in the cluster is renewed for as long as
it lasts, until the day on which it must be changed.

Write the version that the project serves now:

    apiVersion: cert-manager.io/v1

Fields changed with it: `keyAlgorithm` became `privateKey.algorithm`, `organization` became `subject.organizations`, `emailSANs`
became `emailAddresses`. So the fix is offered only from `v1beta1`, and only where none of the renamed fields is used. Istio's
`authentication.istio.io` and `rbac.istio.io` were replaced by other kinds of `security.istio.io`, for which there is no mechanical way.

Pluto's list is the source, mended in two places: it sends ACME orders to a group that has none, and names a kind of `rbac.istio.io`
that never existed. Pluto asks which versions you run and defaults to old ones; we take your cluster for current unless you say
`{"versions":{"cert-manager":"1.3"}}`, which silences what was not yet deprecated there.

Suppress it for manifests that an old cluster keeps until it is switched off.

```yaml fails
apiVersion: cert-manager.io/v1alpha2
kind: Certificate
```
```yaml fails
apiVersion: authentication.istio.io/v1alpha1
kind: Policy
```
```yaml fails
apiVersion: rbac.istio.io/v1alpha1
kind: ServiceRole
```
```yaml passes
apiVersion: cert-manager.io/v1
kind: Certificate
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
```
```yaml passes parameters={"versions":{"cert-manager":"1.3.1"}}
apiVersion: cert-manager.io/v1alpha2
kind: Issuer
```"#,
    check: |object, report| {
        let installed = &report.parameters::<Installed>().versions;
        let version = object.get("apiVersion");
        let Some(other) = Other::named(version.str(), object.kind()) else { return };
        let runs = installed.get(other.project).and_then(|version| numbers(version));
        if runs.is_some_and(|runs| numbers(other.deprecated).is_some_and(|deprecated| runs < deprecated)) {
            return;
        }
        let new = other.newest();
        let message = format!(
            "`{}` is gone since {} {}; use `apiVersion: {new}`",
            version.str(),
            other.project,
            short(other.removed)
        );
        let finding = report.at(version, message);
        if carries_over(object) {
            finding.fix(Edit::set(version, new));
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &["PL:versions.yaml", "KY:disallow-deprecated-apis"],
    parameters: Parameters::of::<Installed>(),
    ..Rule::DEFAULT
};

/// Whether only the apiVersion changes: from cert-manager's `v1beta1`, where none of the fields is used that `v1` renamed
/// (<https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/>).
fn carries_over(object: Object<'_>) -> bool {
    let spec = object.get("spec");
    let renamed = ["emailSANs", "uriSANs"].iter().any(|field| !spec.get(field).is_missing());
    object.api_version() == "cert-manager.io/v1beta1"
        && match object.kind() {
            "Issuer" | "ClusterIssuer" => true,
            "Certificate" => !renamed,
            _ => false,
        }
}

/// The numbers of a version, major and minor.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// `1.6` for `1.6.0`.
fn short(version: &str) -> &str {
    version.strip_suffix(".0").unwrap_or(version)
}
