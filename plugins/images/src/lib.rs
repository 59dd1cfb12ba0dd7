//! Container images: pinned to what was tested, from registries that still live, without components known to be dangerous.

mod dashboard;
mod digest_missing;
mod git_sync_injection;
mod glob;
mod known_vulnerable_version;
mod mutable_tag;
mod pull_policy;
mod pull_secret_missing;
mod reference;
mod registry_not_allowed;
mod registry_retired;
mod tiller;
mod version;

plimsoll_sdk::plugin![
    dashboard::RULE,
    digest_missing::RULE,
    git_sync_injection::RULE,
    known_vulnerable_version::RULE,
    mutable_tag::RULE,
    pull_policy::RULE,
    pull_secret_missing::RULE,
    registry_not_allowed::RULE,
    registry_retired::RULE,
    tiller::RULE,
];
