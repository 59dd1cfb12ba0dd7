//! `api-versions/deprecated`

use plimsoll_sdk::prelude::*;

use crate::lifecycle::Api;

/// From how many minor versions before its end a removal is near: Kubernetes releases three a year and supports three.
const NEAR: u16 = 3;

/// The rule.
pub const RULE: Rule = Rule {
    id: "deprecated",
    summary: "API version that is still served and will go",
    level: Level::Note,
    docs: r#"
A deprecated API works today. It is a date in somebody's calendar: Kubernetes promises to serve a beta API for three releases after its
deprecation, about a year, and then the upgrade that was planned for an evening finds forty manifests that do not apply. Charts that
other teams copied from yours have spread it by then.

Move while it is easy, one object at a time, because both versions are served side by side:

    apiVersion: admissionregistration.k8s.io/v1      # was v1beta1

The message says in which version the old one goes, and more urgently when that is at most three releases away. Where only `apiVersion`
changes, the fix writes it.

Scanners disagree on what counts: kube-score reports any version that is not stable, Pluto and Trivy what their lists name, with dates
that differ by a release here and there. We report what Kubernetes declares deprecated at the target version, unless it is gone,
which is `api-versions/removed`. `v1` Endpoints are deprecated without an end in sight, and are named too.

Suppress it in charts that must still serve clusters from before the replacement.

```yaml fails kubernetes=1.36
apiVersion: resource.k8s.io/v1beta1
kind: ResourceClaimTemplate
```
```yaml fails kubernetes=1.24
apiVersion: batch/v1beta1
kind: CronJob
```
```yaml fails
apiVersion: v1
kind: Endpoints
```
```yaml passes kubernetes=1.25
apiVersion: batch/v1beta1
kind: CronJob
```
```yaml passes
apiVersion: batch/v1
kind: CronJob
---
apiVersion: cert-manager.io/v1alpha2
kind: Certificate
```"#,
    check: |object, report| {
        let target = report.kubernetes();
        let version = object.get("apiVersion");
        let Some(api) = Api::named(version.str(), object.kind()).filter(|api| api.is_served(target)) else {
            return;
        };
        let Some(deprecated) = api.deprecated().filter(|deprecated| *deprecated <= target) else { return };
        let replacement = api.replacement(target);
        let finding = report.at(version, message(api, deprecated, target));
        if let Some(edit) = replacement.and_then(|to| api.migrate(object, to)) {
            finding.fix(edit);
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    equivalents: &["KS:stable-version", "TR:KSV-0107", "PL:versions.yaml", "DT:K8S_DEPRECATED_APIVERSION_*"],
    ..Rule::DEFAULT
};

fn message(api: &Api, deprecated: Kubernetes, target: Kubernetes) -> String {
    let (kind, version) = (api.kind, api.version);
    let since = format!("kind `{kind}` of `{version}` is deprecated since Kubernetes {deprecated}");
    let instead = match api.replacement(target) {
        Some(_) => api.instead(target),
        None => format!("{target} has no replacement yet"),
    };
    match api.removed() {
        None => format!("{since}, without a date for its removal; {instead}"),
        Some(removed) => match removed.minor - target.minor {
            1 => format!("{since}, and the next version removes it; {instead}"),
            left @ 2..=NEAR => {
                format!("{since} and removed in {removed}, only {left} versions from {target}; {instead}")
            }
            _ => format!("{since} and goes in {removed}; {instead}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_sdk::examples::findings;

    use crate::plimsoll_plugin::PLUGIN;

    fn message(kubernetes: &str) -> String {
        let yaml = "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema";
        findings(&PLUGIN, "deprecated", kubernetes, None, yaml).remove(0).message
    }

    #[test]
    fn the_nearer_the_end_the_clearer_the_message() {
        assert!(message("1.29").contains("removed in 1.32, only 3 versions from 1.29"));
        assert!(
            message("1.31")
                .contains("the next version removes it; use `apiVersion: flowcontrol.apiserver.k8s.io/v1`")
        );
    }
}
