//! `pod-security/host-path-sensitive`

use plimsoll_sdk::prelude::*;

use crate::host_mounts::{cleaned, host_paths, is_within};

/// What may be configured.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    /// Further directories that are sensitive with everything below them.
    paths: Vec<String>,
    /// Paths that are fine with everything below them.
    allowed: Vec<String>,
}

/// Directories and files that are sensitive with everything below them, and what they hold. What contains one of them is sensitive too.
const TREES: &[(&str, &str)] = &[
    ("/etc/kubernetes", "the node's kubeconfigs, certificates and cloud credentials"),
    ("/etc/rancher", "the kubeconfig of the cluster's administrator"),
    ("/etc/shadow", "the passwords of the node"),
    ("/etc/gshadow", "the passwords of the node"),
    ("/etc/passwd", "the accounts of the node"),
    ("/etc/sudoers", "who may become root on the node"),
    ("/etc/sudoers.d", "who may become root on the node"),
    ("/etc/pam.d", "how the node authenticates people"),
    ("/etc/ssh", "the node's SSH keys"),
    ("/etc/systemd", "what the node starts as root"),
    ("/etc/cron.d", "what the node runs as root"),
    ("/etc/crontab", "what the node runs as root"),
    ("/proc", "every process of the node"),
    ("/root", "the home of the node's root"),
    ("/sys/fs/cgroup", "the node's cgroups, a known way out of containers"),
    ("/var/lib/kubelet", "the kubelet's credentials and the Secrets of every pod on the node"),
    ("/var/lib/etcd", "every object and Secret of the cluster"),
    ("/var/lib/rancher", "the credentials and the database of the cluster"),
    ("/var/lib/docker", "the files of every container on the node"),
    ("/var/lib/containerd", "the files of every container on the node"),
    ("/var/lib/containers", "the files of every container on the node"),
];

/// Directories that are sensitive as a whole, while much below them is harmless.
const WHOLES: &[(&str, &str)] = &[
    ("/bin", "the node's programs"),
    ("/boot", "the node's kernel"),
    ("/dev", "the node's disks and memory"),
    ("/etc", "the node's passwords, keys and configuration"),
    ("/home", "the homes of the node's users"),
    ("/lib", "the node's libraries"),
    ("/lib64", "the node's libraries"),
    ("/sbin", "the node's programs"),
    ("/sys", "the node's kernel settings"),
    ("/usr", "the node's programs"),
    ("/users", "the homes of the node's users"),
    ("/windows", "the node's operating system"),
];

/// Parts of sensitive trees that drivers and log collectors need and that hold no credentials.
const HARMLESS: &[&str] = &[
    "/var/lib/docker/containers",
    "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet/plugins",
    "/var/lib/kubelet/plugins_registry",
    "/var/lib/kubelet/pod-resources",
    "/var/lib/kubelet/seccomp",
];

/// Steps of a path behind which command line tools keep credentials.
const CREDENTIALS: &[&str] = &[".aws", ".azure", ".docker", ".kube", ".ssh", "gcloud"];

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-path-sensitive",
    summary: "Volume mounts a directory of the node that holds its keys, its programs or everything",
    level: Level::Error,
    kinds: &["@pods", "PersistentVolume"],
    docs: r#"
Some directories of a node are worth as much as root on it. `/etc/kubernetes` holds credentials that the API
server trusts; below `/var/lib/kubelet/pods` lie the Secrets and tokens of every pod that happens to run
there; through `/proc` one walks into the memory and the file systems of other processes. Reading is enough
for most of it. With `/` nothing is left to steal: a compromised log collector with the root of every node is
the whole cluster.

Mount the one file that is needed and not the directory above it, and let Kubernetes bring what it knows:

```yaml
volumes:
  - name: config
    configMap: { name: agent }           # instead of a file that somebody put into /etc
  - name: zone
    hostPath: { path: /etc/localtime, type: File }
```

Credentials of a cloud come by workload identity rather than from `~/.aws` on the node.

Suppress it for agents that inspect nodes by profession, such as the node exporter with `/proc` and `/sys`,
for CSI drivers that mount into `/var/lib/kubelet/pods`, and for static pods of the control plane. Give them a
namespace of their own, `readOnly: true`, and an image that you trust.

**Where scanners disagree.** kube-linter and Trivy compare whole strings with eight or nine directories, so
that `/etc/`, `/etc/shadow` or `/var` go unseen. We clean the path, look below sensitive directories and at
what contains one. Left alone are pieces that drivers need and that hold no secrets, such as
`/var/lib/kubelet/plugins_registry`, `/lib/modules` and `/etc/localtime`: `host-path` speaks of those.
Kubescape looks for `/.aws` only once it is told the cloud; we look for `.aws`, `.azure`, `.kube`, `.ssh`,
`.docker` and `gcloud` anywhere in a path. A PersistentVolume with such a path escapes Pod Security admission,
hence we look there too. `{"paths": […], "allowed": […]}` adds directories and excuses some; sockets of
runtimes have `runtime-socket-mounted`.

```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: root, hostPath: { path: / } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: pki, hostPath: { path: /etc/ssl/../kubernetes/pki/ } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: aws, hostPath: { path: /home/ec2-user/.aws/credentials } }]
```
```yaml fails
apiVersion: v1
kind: PersistentVolume
metadata: { name: data }
spec: { hostPath: { path: /var/lib } }
```
```yaml fails parameters={"paths":["/srv/vault"]}
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes: [{ name: vault, hostPath: { path: /srv/vault/keys } }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: agent, image: "agent:1" }]
  volumes:
    - { name: time, hostPath: { path: /etc/localtime } }
    - { name: modules, hostPath: { path: /lib/modules } }
    - { name: registry, hostPath: { path: /var/lib/kubelet/plugins_registry } }
    - { name: scratch, emptyDir: {} }
```
```yaml passes parameters={"allowed":["/proc"]}
kind: Pod
spec:
  containers: [{ name: exporter, image: "exporter:1" }]
  volumes: [{ name: proc, hostPath: { path: /proc } }]
```"#,
    check: |object, report| {
        let settings = report.parameters::<Settings>();
        for (title, path) in host_paths(object) {
            if let Some(why) = sensitive(&cleaned(path.str()), settings) {
                report.at(
                    path,
                    format!("{title} mounts \"{}\" of the node, {why}: mount only what is needed, or use a ConfigMap, a Secret or an `emptyDir`", path.str()),
                );
            }
        }
    },
    security_severity: 95,
    cwe: &[668],
    equivalents: &["KL:sensitive-host-mounts", "TR:KSV-0121", "KU:C-0020", "KY:limit-hostpath-vols"],
    parameters: Parameters::of::<Settings>(),
    ..Rule::DEFAULT
};

/// Why a cleaned path is sensitive, if it is.
fn sensitive(path: &str, settings: &Settings) -> Option<String> {
    if settings.allowed.iter().any(|allowed| is_within(path, &cleaned(allowed))) {
        return None;
    }
    if path == "/" {
        return Some("its whole file system".to_owned());
    }
    if let Some((_, holds)) = WHOLES.iter().find(|(whole, _)| path == *whole) {
        return Some(format!("which holds {holds}"));
    }
    if settings.paths.iter().any(|tree| is_within(path, &cleaned(tree)) || is_within(&cleaned(tree), path)) {
        return Some("which your configuration calls sensitive".to_owned());
    }
    if HARMLESS.iter().any(|harmless| is_within(path, harmless)) {
        return None;
    }
    for (tree, holds) in TREES {
        if path == *tree {
            return Some(format!("which holds {holds}"));
        } else if is_within(path, tree) {
            return Some(format!("inside \"{tree}\", which holds {holds}"));
        } else if is_within(tree, path) {
            return Some(format!("which contains \"{tree}\" with {holds}"));
        }
    }
    path.split('/').any(|step| CREDENTIALS.contains(&step)).then(|| "where tools keep credentials".to_owned())
}
