//! `pod-security/runtime-socket-mounted`

use plimsoll_sdk::prelude::*;

use crate::host_mounts::{cleaned, host_paths};

/// What may be configured.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Names of further sockets, such as `buildkitd.sock`.
    sockets: Vec<String>,
}

/// Sockets and pipes of container runtimes, by the name of the file: distributions differ in the directory.
const SOCKETS: &[&str] = &[
    "containerd-containerd",
    "containerd.sock",
    "containerd.sock.ttrpc",
    "cri-dockerd",
    "cri-dockerd.sock",
    "crio.sock",
    "docker.sock",
    "docker_engine",
    "dockershim.sock",
    "podman.sock",
];

/// Directories that hold such a socket.
const DIRECTORIES: &[&str] = &[
    "/pipe",
    "/run",
    "/run/containerd",
    "/run/crio",
    "/run/docker",
    "/run/docker/containerd",
    "/run/k3s",
    "/run/k3s/containerd",
    "/run/podman",
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "runtime-socket-mounted",
    summary: "Volume mounts the socket of the node's container runtime",
    level: Level::Error,
    kinds: &["@pods", "PersistentVolume"],
    docs: r#"
Whoever can talk to the runtime's socket can start a container with any settings: privileged, in the host's
namespaces, with `/` mounted. Nobody asks who is calling. One request from a compromised build job, and it is
root on the node:

```sh
curl --unix-socket /run/docker.sock -d '{"Image":"alpine","HostConfig":{"Privileged":true,"Binds":["/:/host"]}}' …
```

Such containers do not belong to a pod, so neither `kubectl`, quotas, admission nor network policies see them.
`readOnly: true` does not help: it keeps the file from being replaced, and connecting to a socket is no write.

To build images use a builder without a daemon (BuildKit rootless, Buildah) or a remote one. To watch
containers ask the kubelet or the API server. Docker inside a pod belongs into a sidecar, with its socket in
an `emptyDir` that only this pod can reach:

```yaml
volumes:
  - name: docker
    emptyDir: {}
```

Suppress it for node agents of a security product that are documented to need the CRI socket.

**Where scanners disagree.** Checkov and Trivy look for `/var/run/docker.sock` alone, which is gone from most
clusters since 1.24. kube-linter and Kubescape also know containerd and CRI-O. We go by the name of the file,
whichever directory a distribution puts it in (k3s, MicroK8s, and `/run` where others write `/var/run`), know
the pipes of Windows, and report directories such as `/run` that contain the socket. PersistentVolumes are
looked at as well. A `docker.sock` in an `emptyDir` is nobody's business. `{"sockets": ["buildkitd.sock"]}`
adds names.

```yaml fails
kind: Pod
spec:
  containers: [{ name: ci, image: "ci:1", volumeMounts: [{ name: docker, mountPath: /var/run/docker.sock, readOnly: true }] }]
  volumes: [{ name: docker, hostPath: { path: /var/run/docker.sock } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: cri, hostPath: { path: /run/k3s/containerd/containerd.sock, type: Socket } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: run, hostPath: { path: /var/run/ } }]
```
```yaml fails
kind: Pod
spec:
  os: { name: windows }
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: docker, hostPath: { path: '\\.\pipe\docker_engine' } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: ci, image: "ci:1", volumeMounts: [{ name: docker, mountPath: /run/docker.sock, subPath: docker.sock }] }]
  volumes: [{ name: docker, emptyDir: {} }, { name: lock, hostPath: { path: /run/xtables.lock } }]
```"#,
    check: |object, report| {
        let further = &report.parameters::<Settings>().sockets;
        for (title, path) in host_paths(object) {
            let cleaned = cleaned(path.str());
            let file = cleaned.rsplit('/').next().unwrap_or_default();
            let what = if SOCKETS.contains(&file) || further.iter().any(|socket| socket == file) {
                "the socket of the node's container runtime"
            } else if DIRECTORIES.contains(&cleaned.as_str()) {
                "a directory with the socket of the node's container runtime"
            } else {
                continue;
            };
            report.at(path, format!("{title} mounts \"{}\", {what}, which gives root on the node, read-only or not: remove the volume", path.str()));
        }
    },
    security_severity: 95,
    cwe: &[668],
    equivalents: &[
        "KL:docker-sock",
        "TR:KSV-0006",
        "CK:CKV_K8S_27",
        "KU:C-0074",
        "KY:disallow-container-sock-mounts",
        "KY:docker-socket-check",
        "MO:KBP101",
    ],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};
