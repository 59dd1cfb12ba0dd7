//! Who owns a workload, and who pays for it: the policy that every folder beside this one writes in another language.

mod cost_centre_unknown;
mod owner_missing;

plimsoll_sdk::plugin![cost_centre_unknown::RULE, owner_missing::RULE];
