//! What Acme asks of everything that runs in its clusters: one file a rule.

mod cost_centre_invalid;
mod load_balancer_public;
mod namespace_foreign;
mod namespaces;
mod production_fragile;
mod registry_unapproved;
mod storage_class_unfit;

plimsoll_sdk::plugin![
    cost_centre_invalid::RULE,
    load_balancer_public::RULE,
    namespace_foreign::RULE,
    production_fragile::RULE,
    registry_unapproved::RULE,
    storage_class_unfit::RULE,
];
