//! `probes/timing-invalid`

use plimsoll_sdk::prelude::*;
use serde::Deserialize;

use crate::probe::{PROBES, Probe, report_together};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Bounds {
    initial_delay_seconds: Bound,
    period_seconds: Bound,
    timeout_seconds: Bound,
    success_threshold: Bound,
    failure_threshold: Bound,
}

/// What a number may be, both ends included.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Bound {
    min: i64,
    max: i64,
}

impl Default for Bound {
    fn default() -> Self {
        Self { min: 1, max: i64::MAX }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            initial_delay_seconds: Bound { min: 0, max: 600 },
            period_seconds: Bound { min: 1, max: 300 },
            timeout_seconds: Bound { min: 1, max: 60 },
            success_threshold: Bound { min: 1, max: 10 },
            failure_threshold: Bound { min: 1, max: 300 },
        }
    }
}

/// The rule.
pub const RULE: Rule = Rule {
    id: "timing-invalid",
    summary: "Timing of a probe is out of range, or means something else than it says",
    level: Level::Note,
    kinds: PODS,
    docs: r#"
Some numbers are refused when it is too late to think, in the middle of a rollout: a negative delay, or a liveness probe with
`successThreshold: 2`. Others are accepted and mean something else: `periodSeconds: 0` is no permanent watch, it is the default of 10
seconds; and a timeout that is longer than the period makes the kubelet probe at the pace of its timeouts. A few are plain typing
errors: `timeoutSeconds: 300` turns a probe that should take milliseconds into one that notices nothing for five minutes.

Write what you mean, and keep the timeout below the period:

    livenessProbe:
      periodSeconds: 10
      timeoutSeconds: 2
      failureThreshold: 6

By default `initialDelaySeconds` may be 0 to 600, `periodSeconds` 1 to 300, `timeoutSeconds` 1 to 60, `successThreshold` 1 to 10 and
`failureThreshold` 1 to 300. Change them with `{"timeoutSeconds":{"min":1,"max":10}}`. That liveness and startup probes must succeed
once only, and that a readiness probe has no `terminationGracePeriodSeconds`, is Kubernetes' own rule.

Datree has a rule for each of three fields, with ranges that you must configure. Nobody else looks.

Suppress it for the one probe that is slow for a reason.

```yaml fails
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: 80 }, periodSeconds: 0 } }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, livenessProbe: { httpGet: { port: 80 }, successThreshold: 2 } }] }
```
```yaml fails
kind: Pod
spec: { containers: [{ name: api, readinessProbe: { httpGet: { port: 80 }, periodSeconds: 5, timeoutSeconds: 10 } }] }
```
```yaml fails parameters={"timeoutSeconds":{"min":1,"max":10}}
kind: Pod
spec: { containers: [{ name: api, readinessProbe: { httpGet: { port: 80 }, periodSeconds: 20, timeoutSeconds: 15 } }] }
```
```yaml passes
kind: Pod
spec:
  containers:
    - name: api
      livenessProbe: { httpGet: { port: 80 }, initialDelaySeconds: 0, periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 }
      readinessProbe: { httpGet: { port: 80 }, successThreshold: 2 }
```"#,
    check: |object, report| {
        let bounds = report.parameters::<Bounds>();
        for container in object.pods().flat_map(Pod::long_running_containers) {
            let probes = PROBES.iter().filter_map(|field| Some((*field, Probe::of(container, field)?)));
            let wrong = probes.flat_map(|(field, probe)| problems(field, probe, bounds));
            let wrong = wrong.map(|(node, why)| (node, format!("{}: {why}", container.title())));
            report_together(wrong.collect(), report);
        }
    },
    profile: Profile::Strict,
    equivalents: &[
        "DT:CONTAINERS_INCORRECT_INITIALDELAYSECONDS_VALUE",
        "DT:CONTAINERS_INCORRECT_PERIODSECONDS_VALUE",
        "DT:CONTAINERS_INCORRECT_TIMEOUTSECONDS_VALUE",
    ],
    parameters: Parameters::of::<Bounds>(),
    ..Rule::DEFAULT
};

fn problems<'a>(kind: &str, probe: Probe<'a>, bounds: &Bounds) -> Vec<(Node<'a>, String)> {
    let mut problems = Vec::new();
    let Bounds {
        initial_delay_seconds,
        period_seconds,
        timeout_seconds,
        success_threshold,
        failure_threshold,
    } = bounds;
    for (field, bound, default) in [
        ("initialDelaySeconds", initial_delay_seconds, 0),
        ("periodSeconds", period_seconds, 10),
        ("timeoutSeconds", timeout_seconds, 1),
        ("successThreshold", success_threshold, 1),
        ("failureThreshold", failure_threshold, 3),
    ] {
        let node = probe.node.get(field);
        match node.as_i64() {
            Some(0) if bound.min > 0 => {
                problems.push((
                    node,
                    format!("`{field}: 0` means the default, {default}; write the number you want"),
                ));
            }
            Some(number) if number < bound.min => {
                problems.push((node, format!("`{field}: {number}` is too low; write {} or more", bound.min)))
            }
            Some(number) if number > bound.max => {
                problems.push((node, format!("`{field}: {number}` is too high; write {} or less", bound.max)))
            }
            _ => {}
        }
    }
    let success = probe.node.get("successThreshold");
    if kind != "readinessProbe" && success.as_i64().is_some_and(|number| number > 1) {
        problems.push((
            success,
            format!(
                "a {kind} must succeed once, and the API server refuses more; write `successThreshold: 1`"
            ),
        ));
    }
    let grace = probe.node.get("terminationGracePeriodSeconds");
    if kind == "readinessProbe" && grace.is_set() {
        problems.push((
            grace,
            "a readinessProbe kills nothing, and the API server refuses a grace period in it; remove it"
                .to_owned(),
        ));
    }
    let timeout = probe.node.get("timeoutSeconds");
    let period = probe.node.get("periodSeconds").as_i64().filter(|period| *period > 0).unwrap_or(10);
    if let Some(seconds) =
        timeout.as_i64().filter(|seconds| *seconds > period && *seconds <= timeout_seconds.max)
    {
        problems.push((
            timeout,
            format!("the timeout, {seconds} seconds, is longer than the period, {period}; lower it"),
        ));
    }
    problems
}
