//! `pod-security/host-ipc`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-ipc",
    summary: "Pod shares the host's IPC namespace",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
With `hostIPC: true` the pod sees the shared memory, semaphores and message queues of the node and of every other pod
that does the same. Databases and browsers keep buffers there, often readable by anyone with the right user id: a pod
that is broken into reads them with `ipcs` and `shmat`, or deletes a semaphore and stops its neighbour.

Remove it. Containers of one pod share an IPC namespace already; for plenty of shared memory mount an `emptyDir`
with `medium: Memory` at `/dev/shm`.

```yaml fails
kind: Pod
spec: { hostIPC: true }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: db
      volumeMounts: [{ name: shm, mountPath: /dev/shm }]
  volumes: [{ name: shm, emptyDir: { medium: Memory } }]
```

`false` and `null` mean what they mean when nothing is written:

```yaml passes
kind: Deployment
spec:
  template:
    spec: { hostIPC: false }
```

Suppress it for software that was built to exchange memory with a daemon of the node, such as some GPU sharing
services. Pod Security has refused it in every version, as one control together with `hostPID` and `hostNetwork`; like
most scanners Plimsoll tells the three apart."#,
    check: |object, report| {
        for pod in object.pods() {
            let host_ipc = pod.get("hostIPC");
            if host_ipc.is_true() {
                report
                    .at(
                        host_ipc,
                        "the pod shares shared memory and semaphores with its node: remove `hostIPC: true`",
                    )
                    .fix(Edit::remove(host_ipc));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 80,
    cwe: &[653],
    equivalents: &[
        "PSA:hostNamespaces",
        "KL:host-ipc",
        "PO:hostIPCSet",
        "TR:KSV-0008",
        "CK:CKV_K8S_18",
        "KU:C-0038",
        "KU:C-0276",
        "KY:disallow-host-namespaces",
    ],
    ..Rule::DEFAULT
};
