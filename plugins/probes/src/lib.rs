//! Probes and shutdown: whether Kubernetes can tell when a pod is ready, stuck or gone.

mod grace_period_too_short;
mod identical;
mod lifecycle_prestop_missing;
mod liveness_depends_on_readiness_path;
mod liveness_missing;
mod port_not_exposed;
mod probe;
mod readiness_missing;
mod startup_missing;
mod timing_invalid;

plimsoll_sdk::plugin![
    grace_period_too_short::RULE,
    identical::RULE,
    lifecycle_prestop_missing::RULE,
    liveness_depends_on_readiness_path::RULE,
    liveness_missing::RULE,
    port_not_exposed::RULE,
    readiness_missing::RULE,
    startup_missing::RULE,
    timing_invalid::RULE,
];
