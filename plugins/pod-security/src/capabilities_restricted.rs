//! `pod-security/capabilities-restricted`

use plimsoll_sdk::prelude::*;

use crate::capabilities_baseline::is_in_default_set;
use crate::setters::{is_exempt_windows, quoted};

/// The rule.
pub const RULE: Rule = Rule {
    id: "capabilities-restricted",
    summary: "Container keeps capabilities that it could drop",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
A container that asks for nothing still gets a dozen capabilities: it may change the owner of files, ignore their
permissions, switch users and send raw packets. Hardly any service needs one, and each is a tool for whoever breaks in:
`DAC_OVERRIDE` reads the secrets that file modes hid, `SETUID` becomes any other user, `NET_RAW` spoofs the neighbours.

Drop them all, and add back `NET_BIND_SERVICE` where a port below 1024 needs it:

```yaml passes
kind: Pod
spec:
  containers:
    - name: web
      securityContext:
        capabilities:
          drop: ["ALL"]
          add: ["NET_BIND_SERVICE"]
```

A list of names, however long, does not count, nor does `all`: Kubernetes compares letter by letter.

```yaml fails
kind: Pod
spec: { containers: [{ name: api }] }
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: api, securityContext: { capabilities: { drop: [NET_RAW, all] } } }]
```
```yaml fails
kind: Pod
spec:
  containers: [{ name: api, securityContext: { capabilities: { drop: ["ALL"], add: [CHOWN, SETUID] } } }]
```

Suppress it for images that start as root, fix the owners of their files and then step down. Capabilities outside the
default set are left to `pod-security/capabilities-baseline`, so that one mistake is told once:

```yaml passes
kind: Pod
spec:
  containers: [{ name: api, securityContext: { capabilities: { drop: ["ALL"], add: [SYS_ADMIN] } } }]
```

Pod Security asks for this from 1.22, and from 1.25 no longer on Windows. Some scanners are content with `NET_RAW`
dropped.

```yaml passes kubernetes=1.21
kind: Pod
spec: { containers: [{ name: api }] }
```
```yaml passes kubernetes=1.25
kind: Pod
spec: { os: { name: windows }, containers: [{ name: api }] }
```"#,
    check: |object, report| {
        let kubernetes = report.kubernetes();
        if kubernetes < Kubernetes::v1(22) {
            return;
        }
        for pod in object.pods().filter(|pod| !is_exempt_windows(*pod, kubernetes)) {
            for container in pod.all_containers() {
                let drop = container.at(&["securityContext", "capabilities", "drop"]);
                if drop.items().any(|item| item.is("ALL")) {
                    find_added(container, report);
                } else {
                    find_kept(container, drop, report);
                }
            }
        }
    },
    profiles: &["pss-restricted", "cis"],
    security_severity: 30,
    cwe: &[250],
    equivalents: &[
        "PSA:capabilities_restricted",
        "PO:insecureCapabilities",
        "TR:KSV-0003",
        "TR:KSV-0004",
        "TR:KSV-0106",
        "CK:CKV_K8S_37",
        "KY:drop-all-capabilities",
        "KY:disallow-capabilities-strict",
        "MO:PSS206",
        "MO:KBP103",
    ],
    ..Rule::DEFAULT
};

fn find_kept<'a>(container: Container<'a>, drop: Node<'a>, report: &mut Report<'a>) {
    let added = added(container);
    let title = container.title();
    let also = match added.as_slice() {
        [] => String::new(),
        added => format!(", and remove {} from `add`", quoted(added.iter().map(|item| item.str()))),
    };
    let finding = match drop.items().find(|item| item.str().eq_ignore_ascii_case("ALL")) {
        Some(item) => {
            let message =
                format!("{title} drops \"{}\", which only counts in capitals: write `ALL`{also}", item.str());
            report.at(item, message).fix(Edit::set(item, "ALL"))
        }
        None => {
            let message = format!("{title} does not drop all capabilities: write `drop: [\"ALL\"]`{also}");
            report.at(drop, message).fix(Edit::set(drop, vec!["ALL"]))
        }
    };
    for item in added {
        finding.fix(Edit::remove(item));
    }
}

fn find_added<'a>(container: Container<'a>, report: &mut Report<'a>) {
    let added = added(container);
    if let Some(first) = added.first() {
        let names = quoted(added.iter().map(|item| item.str()));
        let message = format!(
            "{} adds back {names}: only \"NET_BIND_SERVICE\" may be added to dropped capabilities, remove the rest",
            container.title()
        );
        let finding = report.at(*first, message);
        for item in added {
            finding.fix(Edit::remove(item));
        }
    }
}

/// What the container adds and may not. What lies outside the default set is found by `capabilities-baseline`, which is part of
/// every profile that this rule is part of: together they say what Kubernetes says.
fn added(container: Container<'_>) -> Vec<Node<'_>> {
    let may_not = |item: &Node<'_>| !item.is("NET_BIND_SERVICE") && is_in_default_set(item.str());
    container.at(&["securityContext", "capabilities", "add"]).items().filter(may_not).collect()
}
