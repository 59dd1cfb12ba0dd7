//! Which rules are on.

use std::collections::BTreeSet;

use crate::check::Wanted;
use crate::cli::{self, Profile};
use crate::config::Config;
use crate::finding::{PluginInfo, RuleInfo};
use crate::suggest;

/// Which rules are on, and with what parameters.
pub fn choose(infos: &[PluginInfo], args: &cli::Scan, config: &Config) -> Result<Vec<Wanted>, String> {
    let all = || infos.iter().flat_map(|info| &info.rules);
    let known = |asked: &str| {
        let met = all().any(|rule| matches(rule, asked));
        let ids = || all().map(|rule| rule.id.clone());
        if met { Ok(()) } else { Err(cure(asked, ids().collect())) }
    };
    for asked in args.rule.iter().chain(&args.skip_rule) {
        known(asked).map_err(|cure| format!("there is no rule `{asked}`; {cure}"))?;
    }
    for (rule, _) in &config.rules {
        known(rule).map_err(|cure| config.unknown_rule(rule, &cure))?;
    }
    let is_on = |rule: &RuleInfo| {
        let asked = if args.rule.is_empty() {
            in_profile(rule, args.profile)
        } else {
            args.rule.iter().any(|asked| matches(rule, asked))
        };
        asked && !args.skip_rule.iter().any(|asked| matches(rule, asked))
    };
    if !all().any(is_on) {
        return Err(
            "no rule is on; ask for fewer with --skip-rule or for more with --rule or --profile".to_owned()
        );
    }
    let wanted = |info: &PluginInfo| {
        let mut wanted = Wanted::default();
        for (position, rule) in info.rules.iter().enumerate().filter(|(_, rule)| is_on(rule)) {
            wanted.rules.push(position as u32);
            if let Some((_, Some(parameters))) = config.rules.iter().find(|(id, _)| *id == rule.id) {
                wanted.parameters.insert(rule.short_id().to_owned(), parameters.clone());
            }
        }
        wanted
    };
    Ok(infos.iter().map(wanted).collect())
}

fn matches(rule: &RuleInfo, asked: &str) -> bool {
    match asked.strip_suffix("/*") {
        Some(plugin) => rule.id.split_once('/').is_some_and(|(name, _)| name == plugin),
        None => rule.id == asked,
    }
}

fn in_profile(rule: &RuleInfo, profile: Profile) -> bool {
    match profile {
        Profile::Default => rule.profile == "default",
        Profile::Strict => matches!(rule.profile.as_str(), "default" | "strict"),
        named => rule.profiles.iter().any(|profile| profile == named.name()),
    }
}

/// What a plugin says against its parameters, with the place in the configuration. The pointer begins with the rule.
pub fn refused(config: &Config, info: &PluginInfo, pointer: &str, message: &str) -> String {
    let (rule, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    config.problem(&format!("{}/{rule}", info.name), &format!("/{rest}"), message)
}

/// What to do about a rule that does not exist.
pub fn cure(asked: &str, ids: BTreeSet<String>) -> String {
    let ids: Vec<String> = ids.into_iter().collect();
    match suggest::closest(asked, &ids) {
        Some(id) => format!("did you mean `{id}`?"),
        None => "`plimsoll rules` lists them all".to_owned(),
    }
}
