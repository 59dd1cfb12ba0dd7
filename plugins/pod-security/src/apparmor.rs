//! `pod-security/apparmor`

use plimsoll_sdk::prelude::*;

use crate::setters::Setter;

const ANNOTATION_PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The rule.
pub const RULE: Rule = Rule {
    id: "apparmor",
    summary: "AppArmor profile is switched off",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
Where the node has AppArmor, the runtime confines every container with its default profile: no writing to `/proc/sys`,
no mounting, no ptrace across the fence. `Unconfined` takes that net away, and several container escapes that the
default profile would have stopped (remounting cgroups and writing a `release_agent`, for one) work again.

Remove the profile, or name one that confines: `RuntimeDefault`, or `Localhost` with a profile that you loaded on the
nodes.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, securityContext: { appArmorProfile: { type: Unconfined } } }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { appArmorProfile: { type: RuntimeDefault } }
  containers: [{ name: api, securityContext: { appArmorProfile: { type: Localhost, localhostProfile: k8s-api } } }]
```

Clusters older than 1.30 read annotations instead, one a container. Pod Security judges both, whatever the version:

```yaml fails kubernetes=1.24
kind: Pod
metadata: { annotations: { container.apparmor.security.beta.kubernetes.io/api: unconfined } }
spec: { containers: [{ name: api }] }
```
```yaml passes kubernetes=1.24
kind: Pod
metadata: { annotations: { container.apparmor.security.beta.kubernetes.io/api: localhost/k8s-api } }
spec: { containers: [{ name: api }] }
```

A profile without a `type` is refused as well:

```yaml fails
kind: Pod
spec: { securityContext: { appArmorProfile: {} } }
```

Suppress it for what must mount or trace, such as nested container builds, and better write a profile for it. Saying
nothing is fine here; some scanners want the default spelt out."#,
    check: |object, report| {
        for pod in object.pods() {
            for setter in Setter::all(pod) {
                let profile = setter.security_context().get("appArmorProfile");
                let kind = profile.get("type");
                if profile.is_set() && !matches!(kind.str(), "RuntimeDefault" | "Localhost") {
                    find_field(setter, profile, report);
                }
            }
            for (key, value) in pod.annotations().entries() {
                let Some(container) = key.strip_prefix(ANNOTATION_PREFIX) else { continue };
                if !is_allowed(value.str()) {
                    let message = format!(
                        "the annotation runs container \"{container}\" with the AppArmor profile \"{}\": \
                         remove it, or write `runtime/default` or `localhost/…`",
                        value.str()
                    );
                    report.at(value, message).fix(Edit::set(value, "runtime/default"));
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "nsa"],
    security_severity: 55,
    cwe: &[693],
    equivalents: &["PSA:appArmorProfile", "TR:KSV-0002", "KY:restrict-apparmor-profiles", "MO:PSS107"],
    ..Rule::DEFAULT
};

fn find_field<'a>(setter: Setter<'a>, profile: Node<'a>, report: &mut Report<'a>) {
    let kind = profile.get("type");
    let title = setter.title();
    let what = match kind.str() {
        "" => format!("{title} has an AppArmor profile without a type"),
        "Unconfined" => format!("{title} switches AppArmor off"),
        other => format!("{title} has the unknown AppArmor profile type \"{other}\""),
    };
    let finding = report
        .at(kind, format!("{what}: write `type: RuntimeDefault`"))
        .fix(Edit::set(kind, "RuntimeDefault"));
    if !profile.get("localhostProfile").is_missing() {
        finding.fix(Edit::remove(profile.get("localhostProfile")));
    }
}

fn is_allowed(annotation: &str) -> bool {
    annotation.is_empty() || annotation == "runtime/default" || annotation.starts_with("localhost/")
}
