//! `pod-security/host-path-writable`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-path-writable",
    summary: "Container may write to a directory of the node",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A mount without `readOnly: true` is writable, and a `hostPath` mount writes to the node itself. What is
written there outlives the pod, fills a disk that belongs to everybody, and is run or read by others: a file
in `/etc/cron.d` or `/opt/cni/bin` is a program that root starts; a symbolic link in `/var/log`, followed by
the kubelet, has been used to read any file of the node. Nobody notices when the pod is gone.

Agents mostly read. Say so, mount by mount:

```yaml
volumeMounts:
  - name: logs
    mountPath: /var/log
    readOnly: true
    recursiveReadOnly: IfPossible    # Kubernetes 1.33: also what is mounted below
```

Without `recursiveReadOnly`, a file system mounted below the directory on the node stays writable: `/`
read-only may still leave `/run` writable. What has to be written belongs into an `emptyDir`, a
PersistentVolume, or, where it is node-local, a `local` volume.

Suppress it for programs that install something on nodes: CNI and CSI plugins, device plugins, log collectors
that keep their position in a directory of their own. Mount that one directory writable and the rest
read-only.

**Where scanners disagree.** Kubescape looks at main containers only, we at all of them: an init container is
the likelier to install something. kube-linter and Datree want `readOnly` on everything; we are silent on
sockets and devices (by `type`, or a name that ends in `.sock`), since connecting to a socket and using a
device are no writes and `readOnly` changes nothing. `host-path` and `runtime-socket-mounted` look at those. A
volume that no container mounts is no finding here.

```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1", volumeMounts: [{ name: logs, mountPath: /var/log }] }]
  volumes: [{ name: logs, hostPath: { path: /var/log } }]
```
```yaml fails
kind: Pod
spec:
  initContainers: [{ name: install, image: "cni:1", volumeMounts: [{ name: bin, mountPath: /host/bin, readOnly: false }] }]
  containers: [{ name: agent, image: "agent:1", volumeMounts: [{ name: bin, mountPath: /host/bin, readOnly: true }] }]
  volumes: [{ name: bin, hostPath: { path: /opt/cni/bin } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1", volumeMounts: [{ name: logs, mountPath: /var/log, readOnly: true }, { name: tmp, mountPath: /tmp }] }]
  volumes: [{ name: logs, hostPath: { path: /var/log } }, { name: tmp, emptyDir: {} }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1", volumeMounts: [{ name: journal, mountPath: /run/journal }, { name: kvm, mountPath: /dev/kvm }] }]
  volumes:
    - { name: journal, hostPath: { path: /run/systemd/journal/dev-log.sock } }
    - { name: kvm, hostPath: { path: /dev/kvm, type: CharDevice } }
```"#,
    check: |object, report| {
        for pod in object.pods() {
            for container in pod.all_containers() {
                check(pod, container, report);
            }
        }
    },
    security_severity: 80,
    cwe: &[668],
    equivalents: &[
        "KL:writable-host-mount",
        "KU:C-0045",
        "KY:ensure-readonly-hostpath",
        "DT:EKS_INVALID_HOSTPATH_MOUNT_READONLY_VALUE",
    ],
    ..Rule::DEFAULT
};

fn check<'a>(pod: Pod<'a>, container: Container<'a>, report: &mut Report<'a>) {
    let mounts = container.get("volumeMounts").items().filter(|mount| !mount.get("readOnly").is_true());
    let writable: Vec<_> =
        mounts.filter_map(|mount| Some((mount, directory_of_node(pod, mount.get("name").str())?))).collect();
    let Some((first, path)) = writable.first() else { return };
    let others = match writable.len() - 1 {
        0 => String::new(),
        1 => " and to one other directory".to_owned(),
        many => format!(" and to {many} other directories"),
    };
    let message = format!(
        "{} may write to \"{}\" of the node{others}: set `readOnly: true` on the mount",
        container.title(),
        path.str()
    );
    let finding = report.at(first.get("readOnly"), message);
    for (mount, path) in &writable[1..] {
        finding
            .related(mount.get("readOnly"), format!("\"{}\" of the node is writable here too", path.str()));
    }
    for (mount, _) in writable {
        finding.fix(Edit::set(mount.get("readOnly"), true));
    }
}

/// The path of the hostPath volume with this name, if it is one that `readOnly` protects.
fn directory_of_node<'a>(pod: Pod<'a>, volume: &str) -> Option<Node<'a>> {
    let volume = pod.get("volumes").items().find(|candidate| candidate.get("name").is(volume))?;
    let host_path = volume.get("hostPath");
    let path = host_path.get("path");
    let is_special = matches!(host_path.get("type").str(), "Socket" | "CharDevice" | "BlockDevice")
        || path.str().ends_with(".sock");
    (host_path.is_set() && !is_special).then_some(path)
}
