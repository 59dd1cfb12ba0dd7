//! API versions: what the target version of Kubernetes serves, what it will stop serving, and what to write instead.

mod deprecated;
mod deprecated_third_party;
mod lifecycle;
mod removed;
mod removed_field;
mod tables;

plimsoll_sdk::plugin![deprecated::RULE, deprecated_third_party::RULE, removed::RULE, removed_field::RULE];
