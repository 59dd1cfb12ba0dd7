//! `pod-security/volume-types`

use plimsoll_sdk::prelude::*;

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// The rule.
pub const RULE: Rule = Rule {
    id: "volume-types",
    summary: "Volume reaches past the pod: only claims and the pod's own types are allowed",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Volumes like `nfs`, `iscsi` or `rbd` name a server and a path right in the pod. Whoever may create the pod chooses them,
the kubelet mounts them with the node's network and rights, and the server believes the user ids that it is told: any
tenant reads any export. `gitRepo` went further and ran git as root on the node (CVE-2024-10220), `flexVolume` runs a
program there. And most of these drivers have been removed from Kubernetes, so that the pod hangs in
`ContainerCreating`.

Let an administrator describe the storage once, as a PersistentVolume or a StorageClass, and claim it:

```yaml fails
kind: Pod
spec:
  volumes: [{ name: data, nfs: { server: nas.example, path: /exports } }]
```
```yaml passes
kind: Pod
spec:
  volumes:
    - { name: data, persistentVolumeClaim: { claimName: data } }
    - { name: scratch, emptyDir: {} }
    - { name: config, configMap: { name: api } }
```

Allowed are configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected and secret. Any
other type fails, also one that Kubernetes does not know yet; a volume without a type is an `emptyDir`:

```yaml fails
kind: Pod
spec:
  volumes: [{ name: code, gitRepo: { repository: "https://git.example/app" } }]
```
```yaml fails
kind: Pod
spec:
  volumes: [{ name: logs, hostPath: { path: /var/log } }]
```
```yaml passes
kind: Pod
spec:
  volumes:
    - { name: scratch }
    - { name: tools, image: { reference: "tools:1" }, nfs: null }
```

Suppress it where a team owns both the server and the namespace. Pod Security's restricted level has had this list in
every version, without regard to when a type appeared. `hostPath` is also told, with more weight, by
`pod-security/host-path`."#,
    check: |object, report| {
        for pod in object.pods() {
            for volume in pod.get("volumes").items() {
                if ALLOWED.iter().any(|allowed| volume.get(allowed).is_set()) {
                    continue;
                }
                // The API server fills in `emptyDir` for a volume of no type before Pod Security sees it.
                let Some((kind, source)) =
                    volume.entries().find(|(key, value)| *key != "name" && value.is_set())
                else {
                    continue;
                };
                let message = format!(
                    "volume \"{}\" is of type `{kind}`: claim storage with `persistentVolumeClaim`, \
                     or use a type that is the pod's own",
                    volume.get("name").str()
                );
                report.at(source, message);
            }
        }
    },
    profile: Profile::Strict,
    profiles: &["pss-restricted"],
    security_severity: 30,
    equivalents: &["PSA:restrictedVolumes", "TR:KSV-0028", "KY:restrict-volume-types", "MO:PSS201"],
    ..Rule::DEFAULT
};
