//! `pod-security/run-as-root-group`

use plimsoll_sdk::prelude::*;

use crate::{low_id, os};

/// The rule.
pub const RULE: Rule = Rule {
    id: "run-as-root-group",
    summary: "Pod or container asks for the root group",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Group 0 is root's. It has no power of its own, but a great deal is writable for it: on many nodes and in most
images whole directories belong to `root:root` with mode 0775. A process that is no longer root but still in
its group can change those: the application's own code, the files of a `hostPath`, the `/etc/passwd` that some
images make writable for the group. `fsGroup: 0` turns it round and hands the files of a volume to every
process of that group.

```yaml
spec:
  securityContext:
    runAsGroup: 10001
    fsGroup: 10001
    supplementalGroups: [10002]
```

Suppress it for images made for OpenShift: they run as an arbitrary user in group 0 by convention, and their
files are writable for that group.

**Where scanners disagree.** Trivy also fails pods that set no group at all, and in 2023 failed ConfigMaps and
ClusterRoles for the same reason. We report only a 0 that somebody wrote; a primary group that is missing is
what `run-as-low-gid` is for. Kyverno's policy is ours. A pod's `runAsGroup` that every container overrides
has no effect and is no finding. With a user namespace (`hostUsers: false`, Kubernetes 1.33) group 0 is not
that of the node, and the rule is silent. Several groups of one security context make one finding.

```yaml fails
kind: Pod
spec:
  securityContext: { runAsUser: 10001, runAsGroup: 0 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { supplementalGroups: [5000, 0], fsGroup: 0 }
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1", securityContext: { runAsGroup: 0 } }]
```
```yaml passes
kind: Pod
spec:
  securityContext: { runAsGroup: 0, fsGroup: 2000, supplementalGroups: null }
  containers: [{ name: api, image: "api:1", securityContext: { runAsGroup: 3000 } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```"#,
    check: |object, report| {
        for pod in object.pods() {
            if os::is_windows(pod) || low_id::has_user_namespace(pod, report) {
                continue;
            }
            check_pod(pod, report);
            for container in pod.all_containers() {
                let group = container.security_context().get("runAsGroup");
                if is_root(group) {
                    report.at(
                        group,
                        format!(
                            "{} runs in the root group: set `runAsGroup` to another id",
                            container.title()
                        ),
                    );
                }
            }
        }
    },
    profile: Profile::Strict,
    security_severity: 30,
    cwe: &[250],
    equivalents: &[
        "TR:KSV-0116",
        "KL:run-as-non-root",
        "KY:require-non-root-groups",
        "KY:psp-check-supplemental-groups",
        "MO:KBP109",
    ],
    profiles: &["nsa"],
    ..Rule::DEFAULT
};

fn check_pod<'a>(pod: Pod<'a>, report: &mut Report<'a>) {
    let context = pod.get("securityContext");
    let inherited =
        pod.all_containers().any(|container| !container.security_context().get("runAsGroup").is_set());
    let primary = Some(context.get("runAsGroup")).filter(|group| is_root(*group) && inherited);
    let supplemental = context.get("supplementalGroups").items().filter(|group| is_root(*group));
    let of_files = Some(context.get("fsGroup")).filter(|group| is_root(*group));
    let found: Vec<_> = primary.into_iter().chain(supplemental).chain(of_files).collect();
    let Some(first) = found.first() else { return };
    let field = first.key().unwrap_or("supplementalGroups");
    let message = match field {
        "fsGroup" => "volumes of the pod belong to the root group: set `fsGroup` to another id".to_owned(),
        field => format!("the pod runs in the root group by `{field}`: use another id"),
    };
    let finding = report.at(*first, message);
    for group in &found[1..] {
        finding.related(*group, "the root group again");
    }
}

fn is_root(group: Node<'_>) -> bool {
    group.as_i64() == Some(0)
}
