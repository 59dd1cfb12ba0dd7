//! `pod-security/host-network`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-network",
    summary: "Pod uses the host's network",
    level: Level::Error,
    kinds: PODS,
    docs: r#"
A pod with `hostNetwork: true` has the node's own address. NetworkPolicies mostly do not see it, services that listen
on the node's `127.0.0.1` because only the node was meant to reach them (the kubelet's health port, an etcd, a debug
endpoint) are open to it, the cloud's metadata service takes it for the node and hands out the node's credentials, and
with `NET_RAW` it can listen to its neighbours' traffic. Its ports are also the node's ports: two replicas on one node
collide.

Remove it, and let a Service carry the traffic:

```yaml fails
kind: Pod
spec:
  hostNetwork: true
  containers: [{ name: api, ports: [{ containerPort: 8080 }] }]
```
```yaml passes
kind: Pod
spec:
  containers: [{ name: api, ports: [{ containerPort: 8080 }] }]
```

`false` and `null` mean what they mean when nothing is written:

```yaml passes
kind: DaemonSet
spec: { template: { spec: { hostNetwork: false } } }
```

Suppress it for what makes the network or must work before there is one: network plugins, kube-proxy, ingress
controllers on bare metal, node exporters. With it `dnsPolicy` should be `ClusterFirstWithHostNet`. Pod Security has
refused it in every version, as one control together with `hostPID` and `hostIPC`; like most scanners Plimsoll tells
the three apart."#,
    check: |object, report| {
        for pod in object.pods() {
            let host_network = pod.get("hostNetwork");
            if host_network.is_true() {
                report
                    .at(
                        host_network,
                        "the pod uses its node's network, past network policies: remove `hostNetwork: true`",
                    )
                    .fix(Edit::remove(host_network));
            }
        }
    },
    profiles: &["pss-baseline", "pss-restricted", "cis", "nsa"],
    security_severity: 80,
    cwe: &[653],
    equivalents: &[
        "PSA:hostNamespaces",
        "KL:host-network",
        "PO:hostNetworkSet",
        "TR:KSV-0009",
        "CK:CKV_K8S_19",
        "KU:C-0041",
        "KY:disallow-host-namespaces",
        "MO:PSS102",
    ],
    ..Rule::DEFAULT
};
