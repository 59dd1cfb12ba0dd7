//! `api-versions/removed`

use plimsoll_sdk::prelude::*;

use crate::lifecycle::Api;

/// The rule.
pub const RULE: Rule = Rule {
    id: "removed",
    summary: "API version that the target version of Kubernetes does not serve",
    level: Level::Error,
    docs: r#"
After an upgrade, the next deployment of an unchanged manifest fails with `no matches for kind "CronJob" in version "batch/v1beta1"`. The
old objects go on running, so nobody notices until somebody must ship a fix; and a Helm release that still names the API cannot even be
upgraded or rolled back.

Write the version that is served. Where nothing but `apiVersion` changes, the fix does it:

    apiVersion: policy/v1        # was policy/v1beta1

Where fields moved (Ingress, CustomResourceDefinition, webhooks, EndpointSlice) the message names the new version and the rest is yours. A
Deployment without a selector gets no fix, because newer versions no longer make one up; nor does a PodDisruptionBudget with an empty
one, which used to match no pod and now matches all.

The target is `--kubernetes-version`, the newest known if you do not say. An API that came later than the target is not served either,
and is reported here with what the target does serve.

Scanners disagree about the table and about whom to ask: kube-linter knows `extensions/v1beta1` only, Pluto and Trivy keep lists by
hand. Ours comes from Kubernetes' own lifecycle declarations, and was compared with the API documents of thirteen releases. Of an
autoscaler we also read `scaleTargetRef`, where the old group makes the target unfindable.

Suppress it for manifests that only old clusters get; better, scan those with their own version.

```yaml fails
apiVersion: extensions/v1beta1
kind: Ingress
metadata: { name: shop }
```
```yaml fails kubernetes=1.25
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
spec: { selector: { matchLabels: { app: shop } } }
```
```yaml fails kubernetes=1.33
apiVersion: resource.k8s.io/v1
kind: DeviceClass
```
```yaml fails
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec: { scaleTargetRef: { apiVersion: extensions/v1beta1, kind: Deployment, name: shop } }
```
```yaml passes kubernetes=1.24
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
spec: { selector: { matchLabels: { app: shop } } }
```
```yaml passes
apiVersion: networking.k8s.io/v1
kind: Ingress
---
apiVersion: example.com/v1beta1
kind: Ingress
```"#,
    check: |object, report| {
        let target = report.kubernetes();
        let version = object.get("apiVersion");
        if let Some(api) = Api::named(version.str(), object.kind()).filter(|api| !api.is_served(target)) {
            let replacement = api.replacement(target);
            let finding = report.at(version, not_served(api, target));
            if let Some(edit) = replacement.and_then(|to| api.migrate(object, to)) {
                finding.fix(edit);
            }
        }
        if object.kind() == "HorizontalPodAutoscaler" {
            check_target(object, report);
        }
    },
    security_severity: 80,
    equivalents: &[
        "KL:no-extensions-v1beta",
        "KS:stable-version",
        "TR:KSV-0107",
        "PL:versions.yaml",
        "KY:check-deprecated-apis",
        "DT:K8S_REMOVED_APIVERSION_*",
        "POP:403",
    ],
    ..Rule::DEFAULT
};

fn not_served(api: &Api, target: Kubernetes) -> String {
    let (kind, version) = (api.kind, api.version);
    match api.removed() {
        Some(removed) if removed <= target => {
            format!("`{version}` has no {kind} since Kubernetes {removed}; {}", api.instead(target))
        }
        _ => {
            let what_is = match api.sibling(target) {
                Some(sibling) => format!("use `apiVersion: {}`, which {target} serves", sibling.version),
                None => format!("{target} has no such kind"),
            };
            format!(
                "`{version}` has a {kind} only from Kubernetes {} on, and the target is {target}; {what_is}",
                api.introduced()
            )
        }
    }
}

/// The autoscaler looks for its target by group and kind, in whatever version is served: an old version of the same group still works.
fn check_target<'a>(object: Object<'a>, report: &mut Report<'a>) {
    let target = report.kubernetes();
    let reference = object.at(&["spec", "scaleTargetRef"]);
    let version = reference.get("apiVersion");
    let gone = Api::named(version.str(), reference.get("kind").str()).filter(|api| !api.is_served(target));
    let Some((api, new)) = gone.and_then(|api| Some((api, api.replacement(target)?))) else { return };
    if version.str().starts_with("extensions/") {
        let message = format!(
            "this finds no {}, because `extensions` has none since Kubernetes 1.16; {}",
            api.kind,
            api.instead(target)
        );
        report.at(version, message).fix(Edit::set(version, new.version));
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_sdk::examples::findings;

    use crate::plimsoll_plugin::PLUGIN;

    fn found(kubernetes: &str, yaml: &str) -> String {
        let found = findings(&PLUGIN, "removed", kubernetes, None, yaml);
        let fix = if found[0].fix.is_some() { " [fix]" } else { "" };
        format!("{}{fix}", found[0].message)
    }

    #[test]
    fn a_deployment_is_moved_only_with_its_selector() {
        let with =
            "apiVersion: apps/v1beta2\nkind: Deployment\nspec: { selector: { matchLabels: { app: a } } }";
        assert_eq!(
            found("1.37", with),
            "`apps/v1beta2` has no Deployment since Kubernetes 1.16; use `apiVersion: apps/v1` [fix]"
        );
        assert!(!found("1.37", "apiVersion: apps/v1beta2\nkind: Deployment").ends_with("[fix]"));
        assert!(!found("1.37", "apiVersion: extensions/v1beta1\nkind: Ingress").ends_with("[fix]"));
    }

    #[test]
    fn what_came_later_than_the_target_is_said_with_what_there_is() {
        assert_eq!(
            found("1.33", "apiVersion: resource.k8s.io/v1\nkind: DeviceClass"),
            "`resource.k8s.io/v1` has a DeviceClass only from Kubernetes 1.34 on, and the target is 1.33; use `apiVersion: \
             resource.k8s.io/v1beta2`, which 1.33 serves"
        );
    }
}
