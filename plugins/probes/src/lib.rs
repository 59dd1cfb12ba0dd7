//! Probes and shutdown: whether Kubernetes can tell when a pod is ready, stuck or gone.

mod liveness_missing;

plimsoll_sdk::plugin![liveness_missing::RULE];
