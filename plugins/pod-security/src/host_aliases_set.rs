//! `pod-security/host-aliases-set`

use plimsoll_sdk::prelude::*;

/// The rule.
pub const RULE: Rule = Rule {
    id: "host-aliases-set",
    summary: "Pod writes names of its own into /etc/hosts",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
`hostAliases` adds lines to the `/etc/hosts` of every container of the pod, and what stands there wins over
DNS. An address that is frozen into a manifest outlives the machine behind it: the service moves, everyone
else follows, and this one pod goes on talking to whoever got the old address, with its credentials. It is
also a quiet way to redirect: a line for `payments.example.com` in a long diff is easily overlooked, and no
network policy, no mesh and no DNS log will notice.

Give the name to something that the rest of the cluster can see:

```yaml
apiVersion: v1
kind: Service
metadata: { name: payments }
spec: { type: ExternalName, externalName: payments.example.com }
```

A Service without a selector and an EndpointSlice do the same for a bare address, and CoreDNS takes `hosts`
entries for a whole cluster.

Suppress it, or better never ask for it, where a vendor's licence server or an old system really has no name.
The rule is opt-in.

**Where scanners disagree.** Trivy alone has this rule and says that `/etc/hosts` must be managed by the
runtime. The kubelet does manage it, entries included, so there is nothing unsafe in the mechanism; what is
left is a matter of taste and of upkeep. An empty list is no finding.

```yaml fails
kind: Pod
spec:
  hostAliases: [{ ip: 10.1.2.3, hostnames: [payments.example.com] }]
  containers: [{ name: shop, image: "shop:1" }]
```
```yaml passes
kind: Pod
spec:
  hostAliases: []
  containers: [{ name: shop, image: "shop:1" }]
```"#,
    check: |object, report| {
        for pod in object.pods() {
            let aliases = pod.get("hostAliases");
            if aliases.is_empty() {
                continue;
            }
            let name = aliases
                .items()
                .flat_map(|alias| alias.get("hostnames").items())
                .map(Node::str)
                .next()
                .unwrap_or_default();
            report.at(
                aliases,
                format!("`hostAliases` fixes the address of \"{name}\" in this pod alone: give it a Service of type `ExternalName` or an entry in DNS"),
            );
        }
    },
    profile: Profile::OptIn,
    security_severity: 10,
    equivalents: &["TR:KSV-0007"],
    ..Rule::DEFAULT
};
