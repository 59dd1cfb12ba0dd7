//! `pod-security/seccomp-baseline`

use plimsoll_sdk::prelude::*;

use crate::setters::{Setter, is_exempt_windows};

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION_PREFIX: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// The rule.
pub const RULE: Rule = Rule {
    id: "seccomp-baseline",
    summary: "Seccomp is switched off",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
Seccomp decides which of the kernel's few hundred system calls a process may make. The runtime's default profile takes
away dozens that containers never need (`keyctl`, `userfaultfd`, `bpf` and their like), and with them a good part of all
published kernel exploits. `Unconfined` gives them back, also to whoever breaks into the container.

Remove the profile or write `RuntimeDefault`; what needs more gets a profile of its own with `Localhost`:

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, securityContext: { seccompProfile: { type: Unconfined } } }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { seccompProfile: { type: RuntimeDefault } }
  containers: [{ name: api, securityContext: { seccompProfile: { type: Localhost, localhostProfile: api.json } } }]
```

Nothing written is fine here, a profile without a type is not. Whether it must be written is asked by
`pod-security/seccomp-restricted`.

```yaml fails
kind: Pod
spec: { securityContext: { seccompProfile: { localhostProfile: api.json } } }
```

Suppress it for debuggers, tracers and nested container builds that a custom profile cannot serve. Up to 1.18 Pod
Security looks at annotations, which may also say `docker/default`; from 1.19 at the fields alone, since clusters stopped
reading the annotations in 1.27.

```yaml fails kubernetes=1.18
kind: Pod
metadata:
  annotations: { container.seccomp.security.alpha.kubernetes.io/api: unconfined }
spec:
  containers: [{ name: api }]
```
```yaml passes kubernetes=1.18
kind: Pod
metadata:
  annotations: { seccomp.security.alpha.kubernetes.io/pod: docker/default }
spec:
  containers: [{ name: api, securityContext: { seccompProfile: { type: Unconfined } } }]
```
```yaml passes kubernetes=1.19
kind: Pod
metadata:
  annotations: { seccomp.security.alpha.kubernetes.io/pod: unconfined }
spec:
  containers: [{ name: api }]
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        for pod in object.pods().filter(|pod| !is_exempt_windows(*pod, kubernetes)) {
            if kubernetes < Kubernetes::v1(19) {
                find_in_annotations(pod, report);
            } else {
                find_in_fields(pod, report);
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "nsa"],
    security_severity: 55,
    cwe: &[693],
    equivalents: &["PSA:seccompProfile_baseline", "TR:KSV-0104", "KY:restrict-seccomp", "MO:PSS110"],
    ..Rule::DEFAULT
};

fn find_in_fields<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    for setter in Setter::all(pod) {
        let profile = setter.security_context().get("seccompProfile");
        if profile.is_set() && !is_confined(profile) {
            find_unconfined(setter, profile, report);
        }
    }
}

/// Whether the profile confines: `RuntimeDefault` or `Localhost`.
pub(crate) fn is_confined(profile: Node<'_>) -> bool {
    matches!(profile.get("type").str(), "RuntimeDefault" | "Localhost")
}

/// Says that a profile that is written does not confine.
pub(crate) fn find_unconfined<'a>(setter: Setter<'a>, profile: Node<'a>, report: &mut Report<'a>) {
    let kind = profile.get("type");
    let title = setter.title();
    let what = match kind.str() {
        "" => format!("{title} has a seccomp profile without a type"),
        "Unconfined" => format!("{title} switches seccomp off"),
        other => format!("{title} has the unknown seccomp profile type \"{other}\""),
    };
    let finding = report
        .at(kind, format!("{what}: write `type: RuntimeDefault`"))
        .fix(Edit::set(kind, "RuntimeDefault"));
    let localhost_profile = profile.get("localhostProfile");
    if !localhost_profile.is_missing() {
        finding.fix(Edit::remove(localhost_profile));
    }
}

fn find_in_annotations<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    for (key, value) in pod.annotations().entries() {
        let title = match key.strip_prefix(CONTAINER_ANNOTATION_PREFIX) {
            Some(name) => match pod.all_containers().find(|container| container.name() == name) {
                Some(container) => container.title(),
                None => continue,
            },
            None if key == POD_ANNOTATION => "the pod".to_owned(),
            None => continue,
        };
        if !matches!(value.str(), "runtime/default" | "docker/default")
            && !value.str().starts_with("localhost/")
        {
            let message = format!(
                "{title} has the seccomp profile \"{}\", which does not confine: write `runtime/default`",
                value.str()
            );
            report.at(value, message).fix(Edit::set(value, "runtime/default"));
        }
    }
}
