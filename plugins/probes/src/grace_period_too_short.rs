//! `probes/grace-period-too-short`

use plimsoll_sdk::prelude::*;

use crate::probe::Probe;

/// What Kubernetes takes where the pod says nothing.
const DEFAULT_SECONDS: i64 = 30;

/// The rule.
pub const RULE: Rule = Rule {
    id: "grace-period-too-short",
    summary: "Grace period ends before the preStop hook does",
    kinds: PODS,
    docs: r#"
The grace period starts with the preStop hook, not after it. A hook that sleeps for 30 seconds, so that load balancers can forget the
pod, uses up the default of 30 seconds on its own: the process gets SIGTERM and, two seconds later, SIGKILL, with all requests that
were still running. It looks like a graceful shutdown in the manifest and like dropped connections in the logs.

Give the hook its time and the process its own on top:

    terminationGracePeriodSeconds: 60
    containers:
      - lifecycle: { preStop: { sleep: { seconds: 30 } } }

We read `preStop.sleep` and the `sleep` commands in `preStop.exec`; what else a hook does takes time that nobody can read from a
manifest, so leave room. A liveness or startup probe may bring a grace period of its own (`terminationGracePeriodSeconds` in the probe),
which then counts when that probe kills the container, and is checked in the same way. The API server refuses a `sleep` that is longer than
the grace period, but says nothing of one that is as long, or of a shell that sleeps.

No other scanner checks this. Suppress it for containers that may be killed at any time.

```yaml fails
kind: Pod
spec:
  containers: [{ name: api, lifecycle: { preStop: { exec: { command: [sh, -c, "sleep 30 && nginx -s quit"] } } } }]
```
```yaml fails
kind: Deployment
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 10
      containers: [{ name: api, lifecycle: { preStop: { sleep: { seconds: 15 } } } }]
```
```yaml fails
kind: Pod
spec:
  containers:
    - name: api
      lifecycle: { preStop: { sleep: { seconds: 15 } } }
      livenessProbe: { terminationGracePeriodSeconds: 5, tcpSocket: { port: 80 } }
```
```yaml passes
kind: Pod
spec:
  terminationGracePeriodSeconds: 60
  containers:
    - { name: api, lifecycle: { preStop: { exec: { command: [sleep, "30"] } } } }
    - { name: web, lifecycle: { preStop: { exec: { command: [nginx, -s, quit] } } } }
    - { name: late, lifecycle: { preStop: { exec: { command: [sh, -c, "sleep $DELAY"] } } } }
```"#,
    check: |object, report| {
        for pod in object.pods() {
            let hooks: Vec<_> =
                pod.all_containers().filter_map(|container| Some((container, seconds(container)?))).collect();
            check_pod(pod, &hooks, report);
            for (container, seconds) in hooks {
                check_probes(container, seconds, report);
            }
        }
    },
    ..Rule::DEFAULT
};

fn check_pod<'a>(pod: Pod<'a>, hooks: &[(Container<'a>, i64)], report: &mut Report<'a>) {
    let grace = pod.get("terminationGracePeriodSeconds");
    let period = grace.as_i64().unwrap_or(DEFAULT_SECONDS);
    let Some((container, seconds)) =
        hooks.iter().max_by_key(|(_, seconds)| *seconds).filter(|(_, seconds)| *seconds >= period)
    else {
        return;
    };
    let what = if grace.is_set() {
        "the grace period is"
    } else {
        "without `terminationGracePeriodSeconds` the grace period is"
    };
    report
        .at(
            grace,
            format!(
                "{what} {period} seconds, and the preStop hook of {} sleeps for {seconds} of them; write a number well above {seconds}",
                container.title()
            ),
        )
        .related(container.at(&["lifecycle", "preStop"]), format!("the hook sleeps for {seconds} seconds"));
}

/// The grace periods that probes bring along.
fn check_probes<'a>(container: Container<'a>, seconds: i64, report: &mut Report<'a>) {
    for field in ["livenessProbe", "startupProbe"] {
        let Some(probe) = Probe::of(container, field) else { continue };
        let grace = probe.node.get("terminationGracePeriodSeconds");
        if let Some(period) = grace.as_i64().filter(|period| *period > 0 && *period <= seconds) {
            report
                .at(
                    grace,
                    format!(
                        "when this probe kills {}, it has {period} seconds, and its preStop hook sleeps for {seconds}; write a number well \
                         above {seconds}",
                        container.title()
                    ),
                )
                .related(container.at(&["lifecycle", "preStop"]), format!("the hook sleeps for {seconds} seconds"));
            return;
        }
    }
}

/// For how long the preStop hook of a container sleeps, if it does and says so.
fn seconds(container: Container<'_>) -> Option<i64> {
    let hook = container.at(&["lifecycle", "preStop"]);
    if let Some(seconds) = hook.at(&["sleep", "seconds"]).as_i64() {
        return Some(seconds).filter(|seconds| *seconds > 0);
    }
    let script = hook.at(&["exec", "command"]).items().map(Node::text).collect::<Vec<_>>().join(" ");
    let words: Vec<_> =
        script.split([' ', '\t', '\n', ';', '&', '|', '(', ')']).filter(|word| !word.is_empty()).collect();
    let sleeps = words.windows(2).filter(|pair| pair[0] == "sleep" || pair[0].ends_with("/sleep"));
    let total = sleeps.filter_map(|pair| duration_seconds(pair[1])).sum();
    Some(total).filter(|total| *total > 0)
}

/// Reads what the `sleep` command takes: `15`, `0.5`, `15s`, `1m`.
fn duration_seconds(text: &str) -> Option<i64> {
    let (number, unit) = match text.char_indices().last()? {
        (at, 's') => (&text[..at], 1.0),
        (at, 'm') => (&text[..at], 60.0),
        (at, 'h') => (&text[..at], 3600.0),
        _ => (text, 1.0),
    };
    let seconds = number.parse::<f64>().ok()? * unit;
    (0.0..1e9).contains(&seconds).then_some(seconds.ceil() as i64)
}
