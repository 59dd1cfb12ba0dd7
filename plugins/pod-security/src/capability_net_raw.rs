//! `pod-security/capability-net-raw`

use plimsoll_sdk::prelude::*;

use crate::{capability, os};

/// The rule.
pub const RULE: Rule = Rule {
    id: "capability-net-raw",
    summary: "Container may forge network packets with NET_RAW",
    level: Level::Warning,
    kinds: PODS,
    docs: r#"
With `NET_RAW` a process writes packets byte by byte. On a flat pod network that is enough to answer its
neighbours' ARP and DNS queries in somebody else's name: one compromised container then reads and rewrites
what the pods beside it send. Hardly any program needs raw sockets, and yet nobody has to ask for them: the
capability is in the set that containerd and Docker hand out by default. So it is not enough that a container
does not add it; it has to drop it.

```yaml
securityContext:
  capabilities:
    drop: [ALL]        # or at least NET_RAW
```

Dropping `ALL` is better and satisfies `capabilities-restricted` as well; the fix writes `NET_RAW` alone
because that breaks next to nothing. Even `ping` does without it wherever the sysctl
`net.ipv4.ping_group_range` lets it, as containerd 2 does.

Suppress it for tools whose work is raw packets: `tcpdump`, ARP announcers such as MetalLB's speaker, CNI
agents. Windows pods have no capabilities and are left alone, and so is a `privileged` container that says
nothing about them: it has them all whatever it drops.

**Where scanners disagree.** Some once wanted the word `NET_RAW` itself and complained about `drop: [ALL]`,
others want `ALL` in capitals. We ask what the runtimes do: both containerd and CRI-O compare without regard
to case, so `all` and `net_raw` count (Pod Security admission is stricter, see `capabilities-restricted`).
Kyverno's policy asked for `CAP_NET_RAW` for years; containerd puts `CAP_` in front of whatever it is given,
so that this drops nothing there, and we report it. A capability that is dropped by `ALL` and added by name is
held: added names are applied last but one.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, image: "api:1" }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      image: api:1
      securityContext: { capabilities: { drop: [ALL], add: [NET_RAW] } }
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      image: api:1
      securityContext: { capabilities: { drop: [CAP_NET_RAW] } }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      image: api:1
      securityContext: { capabilities: { drop: [ALL] } }
    - name: sidecar
      image: sidecar:1
      securityContext: { capabilities: { drop: [CHOWN, net_raw] } }
```
```yaml passes
kind: Pod
spec:
  nodeSelector: { kubernetes.io/os: windows }
  containers: [{ name: iis, image: "iis:1" }]
```"#,
    check: |object, report| {
        for pod in object.pods().filter(|pod| !os::is_windows(*pod)) {
            for container in pod.all_containers() {
                check(container, report);
            }
        }
    },
    security_severity: 55,
    cwe: &[250],
    equivalents: &[
        "KL:drop-net-raw-capability",
        "TR:KSV-0119",
        "CK:CKV_K8S_28",
        "KY:drop-cap-net-raw",
        "DT:CIS_MISSING_VALUE_DROP_NET_RAW",
    ],
    profiles: &["cis"],
    ..Rule::DEFAULT
};

fn check<'a>(container: Container<'a>, report: &mut Report<'a>) {
    let capabilities = container.security_context().get("capabilities");
    let (add, drop) = (capabilities.get("add"), capabilities.get("drop"));
    let granted = capability::granted(container, "NET_RAW");
    let dropped = drop.items().any(|item| capability::is_all(item) || capability::is_named(item, "NET_RAW"));
    let wants_drop = !dropped && !container.security_context().get("privileged").is_true();
    let prefixed =
        drop.items().find(|item| capability::without_prefix(item.str()).eq_ignore_ascii_case("NET_RAW"));

    let finding = if let Some(first) = granted.first() {
        report.at(
            *first,
            format!(
                "{} adds `{}` and with it the right to forge packets: remove it",
                container.title(),
                first.str()
            ),
        )
    } else if !wants_drop {
        return;
    } else if let Some(prefixed) = prefixed {
        report.at(
            prefixed,
            format!(
                "containerd does not know `{}`, so {} keeps the capability: write `NET_RAW`",
                prefixed.str(),
                container.title()
            ),
        )
    } else {
        report.at(
            drop,
            format!(
                "{} may forge network packets: drop `NET_RAW`, or better `ALL`, in `capabilities.drop`",
                container.title()
            ),
        )
    };

    if granted.len() == add.len() && !granted.is_empty() {
        finding.fix(Edit::remove(add));
    } else {
        for item in granted {
            finding.fix(Edit::remove(item));
        }
    }
    if wants_drop {
        let kept = drop
            .items()
            .map(|item| item.str())
            .filter(|name| !capability::without_prefix(name).eq_ignore_ascii_case("NET_RAW"));
        finding.fix(Edit::set(drop, kept.chain(["NET_RAW"]).collect::<Vec<_>>()));
    }
}
