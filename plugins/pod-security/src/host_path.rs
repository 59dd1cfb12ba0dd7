//! `pod-security/host-path`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-path",
    summary: "Pod mounts a directory of its node",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A `hostPath` volume is a hole in the hull: the container works on the node's own files. Write access to `/etc/cron.d`,
`/root/.ssh` or `/var/lib/kubelet` is root on the node; read access to the kubelet's directory is every Secret of every
pod that runs there. Innocent paths leak too, since a symlink that the pod leaves in a log directory makes others read
what it points to. And the data stays behind on the node when the pod moves on.

Use a volume that belongs to the pod: `emptyDir` for scratch, a claim for what must last, `configMap` or `secret` for
what is given, `projected` for tokens.

```yaml fails
kind: Pod
spec:
  volumes:
    - name: data
      hostPath: { path: /srv/data }
```
```yaml passes
kind: Pod
spec:
  volumes:
    - { name: scratch, emptyDir: {} }
    - { name: data, persistentVolumeClaim: { claimName: data } }
```

`readOnly` on the mount changes nothing here, and `null` is no volume:

```yaml fails
kind: Pod
spec:
  containers:
    - { name: api, volumeMounts: [{ name: logs, mountPath: /logs, readOnly: true }] }
  volumes: [{ name: logs, hostPath: { path: /var/log } }]
```
```yaml passes
kind: Pod
spec:
  volumes: [{ name: logs, hostPath: null, emptyDir: {} }]
```

Suppress it for storage drivers, log shippers and node monitors, with a path as narrow as it can be and mounted read
only. Pod Security has refused every `hostPath` in every version; other scanners look at sensitive paths alone, as
`pod-security/host-path-sensitive` does."#,
    check: |object, report| {
        for pod in object.pods() {
            for volume in pod.get("volumes").items() {
                let host_path = volume.get("hostPath");
                if host_path.is_set() {
                    let path = host_path.get("path").str();
                    let what = if path.is_empty() { "a path".to_owned() } else { format!("\"{path}\"") };
                    let message = format!(
                        "volume \"{}\" mounts {what} of the node: use `emptyDir`, `persistentVolumeClaim` \
                         or another volume that is the pod's own",
                        volume.get("name").str()
                    );
                    report.at(host_path, message);
                }
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 80,
    cwe: &[668],
    equivalents: &[
        "PSA:hostPathVolumes",
        "PO:hostPathSet",
        "TR:KSV-0023",
        "KU:C-0048",
        "KY:disallow-host-path",
        "MO:PSS105",
    ],
    ..Rule::DEFAULT
};
