//! `pod-security/read-only-root-filesystem`

use plimsoll_sdk::prelude::*;

use crate::os;

/// The rule.
pub const RULE: Rule = Rule {
    id: "read-only-root-filesystem",
    summary: "Container may change the files of its own image",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
After a break-in the first thing to arrive is a file: a miner in `/tmp`, a web shell beside the templates, a
patched library. With a read-only root there is nowhere to put it that can be executed later, and what runs is
what was built, scanned and signed. It also keeps honest programs honest: a log or a cache that grows on the
container's layer fills the disk of the node and is lost with every restart.

```yaml
containers:
  - name: api
    image: api:1
    securityContext:
      readOnlyRootFilesystem: true
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
```

Find out what a program writes with `docker diff`, or switch it on and read the errors, and give each of those
directories an `emptyDir`. The usual ones are `/tmp`, `/var/run`, `/var/cache/nginx`. The fix sets the field;
it cannot know these directories, so try the result.

Suppress it for images that rewrite themselves on start and that you cannot change, databases from vendors
above all.

**Where scanners disagree.** The Pod Security Standards do not ask for it, every scanner does. Some look only
at main containers; we look at init containers too, and leave out ephemeral ones, which somebody added to
debug and wants to write in. The field does not exist at the level of the pod, and one written there is
ignored by Kubernetes and by us. Windows cannot do it, and the API server refuses the field where
`spec.os.name` is `windows`; such pods are left alone, also when only their node selector says so.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  securityContext: { readOnlyRootFilesystem: true }
  containers: [{ name: api, image: "api:1", securityContext: { readOnlyRootFilesystem: null } }]
```
```yaml fails
kind: CronJob
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{ name: unpack, image: "unpack:1", securityContext: { readOnlyRootFilesystem: false } }]
          containers: [{ name: report, image: "report:1", securityContext: { readOnlyRootFilesystem: true } }]
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      image: api:1
      securityContext: { readOnlyRootFilesystem: true }
      volumeMounts: [{ name: tmp, mountPath: /tmp }]
  ephemeralContainers: [{ name: debugger, image: "busybox:1.37" }]
  volumes: [{ name: tmp, emptyDir: {} }]
```
```yaml passes
kind: Pod
spec:
  os: { name: windows }
  containers: [{ name: iis, image: "iis:1" }]
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !os::is_windows(*pod)) {
            for container in pod.all_containers().filter(|container| container.role() != Role::Ephemeral) {
                let read_only = container.security_context().get("readOnlyRootFilesystem");
                if !read_only.is_true() {
                    let message = format!(
                        "{} may change the files of its image: set `readOnlyRootFilesystem: true` and mount an `emptyDir` where it must write",
                        container.title()
                    );
                    report.at(read_only, message).fix(Edit::set(read_only, true));
                }
            }
        }
    },
    security_severity: 55,
    equivalents: &[
        "KL:no-read-only-root-fs",
        "KS:container-security-context-readonlyrootfilesystem",
        "PO:notReadOnlyRootFilesystem",
        "TR:KSV-0014",
        "CK:CKV_K8S_22",
        "KU:C-0017",
        "KY:require-ro-rootfs",
        "MO:KBP102",
    ],
    profiles: &["nsa"],
    ..Rule::DEFAULT
};
