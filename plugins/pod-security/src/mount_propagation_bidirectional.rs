//! `pod-security/mount-propagation-bidirectional`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "mount-propagation-bidirectional",
    summary: "Mounts made in a container appear on the node",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
With `mountPropagation: Bidirectional`, what a container mounts inside this volume is mounted on the node as
well, and in every other pod that shares the directory. A compromised container can lay a file system of its
own over a directory that the kubelet or another pod is about to read: other binaries, other certificates, an
empty database. And when it crashes without unmounting, the mount stays behind, pods hang in `Terminating`,
and the disk cannot be detached until somebody logs on to the node.

Most agents only need to *see* mounts that are made while they run. That is the other direction, and harmless
to the node:

```yaml
volumeMounts:
  - name: root
    mountPath: /host
    mountPropagation: HostToContainer
    readOnly: true
```

Suppress it for what mounts file systems for other pods: the node part of a CSI or FUSE driver. It cannot work
otherwise; give it a namespace of its own.

**Where scanners disagree.** Hardly anyone looks: Monokle does, and most rely on `privileged`, which the API
server demands for this value. We report both, because taking away one leaves the other in the manifest. Init
containers count too.

```yaml fails
kind: Pod
spec:
  containers:
    - name: driver
      image: driver:1
      securityContext: { privileged: true }
      volumeMounts: [{ name: pods, mountPath: /var/lib/kubelet/pods, mountPropagation: Bidirectional }]
  volumes: [{ name: pods, hostPath: { path: /var/lib/kubelet/pods } }]
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: agent
      image: agent:1
      volumeMounts:
        - { name: pods, mountPath: /pods, mountPropagation: HostToContainer }
        - { name: data, mountPath: /data, mountPropagation: null }
  volumes: [{ name: pods, hostPath: { path: /var/lib/kubelet/pods } }, { name: data, emptyDir: {} }]
```"#,
    check: |object, report| {
        for container in object.pods().flat_map(Pod::all_containers) {
            let propagations =
                container.get("volumeMounts").items().map(|mount| mount.get("mountPropagation"));
            let found: Vec<_> = propagations.filter(|propagation| propagation.is("Bidirectional")).collect();
            let Some(first) = found.first() else { continue };
            let message = format!(
                "what {} mounts in volume \"{}\" appears on the node: write `mountPropagation: HostToContainer` or leave it out",
                container.title(),
                first.parent().get("name").str()
            );
            let finding = report.at(*first, message);
            for propagation in &found[1..] {
                finding.related(*propagation, "this mount reaches the node too");
            }
            for propagation in found {
                finding.fix(Edit::set(propagation, "HostToContainer"));
            }
        }
    },
    security_severity: 80,
    cwe: &[653],
    equivalents: &["MO:KBP115"],
    ..Rule::DEFAULT
};
