//! Which rules are on.

use std::collections::BTreeSet;

use crate::check::Wanted;
use crate::cli::{self, Profile};
use crate::config::Config;
use crate::finding::{PluginInfo, RuleInfo};
use crate::suggest;

/// Which rules are on, and with what parameters.
///
/// # Errors
///
/// If a rule is named that does not exist, or none is left.
pub fn choose(infos: &[PluginInfo], args: &cli::Choice, config: &Config) -> Result<Vec<Wanted>, String> {
    let all = || infos.iter().flat_map(|info| &info.rules);
    if all().next().is_none() {
        return Err("there are no plugins; name one with --plugin, or leave out --no-embedded".to_owned());
    }
    let known = |asked: &str| all().any(|rule| matches(rule, asked));
    let cure = |asked: &str| cure(asked, all().map(|rule| rule.id.clone()).collect());
    if let Some(asked) = args.rule.iter().chain(&args.skip_rule).find(|asked| !known(asked)) {
        return Err(format!("there is no rule `{asked}`; {}", cure(asked)));
    }
    let unknown = config.rules.iter().filter(|named| !all().any(|rule| rule.id == named.id));
    let unknown: Vec<String> =
        unknown.map(|named| config.unknown_rule(&named.id, &cure(&named.id))).collect();
    if !unknown.is_empty() {
        return Err(unknown.join("\nerror: "));
    }
    let named = |rule: &RuleInfo| config.rules.iter().find(|named| named.id == rule.id);
    let is_on = |rule: &RuleInfo| {
        let asked = if args.rule.is_empty() {
            in_profile(rule, args.profile, named(rule).map(|named| named.enabled))
        } else {
            args.rule.iter().any(|asked| matches(rule, asked))
        };
        asked && !args.skip_rule.iter().any(|asked| matches(rule, asked))
    };
    if !all().any(is_on) {
        return Err("no rule is left; leave out some --skip-rule, or ask for more with --rule or --profile"
            .to_owned());
    }
    let wanted = |info: &PluginInfo| {
        let mut wanted = Wanted::default();
        for (position, _) in info.rules.iter().enumerate().filter(|(_, rule)| is_on(rule)) {
            wanted.rules.push(position as u32);
        }
        for rule in &info.rules {
            if let Some(parameters) = named(rule).and_then(|named| named.parameters.clone()) {
                wanted.parameters.insert(rule.short_id().to_owned(), parameters);
            }
        }
        wanted
    };
    Ok(infos.iter().map(wanted).collect())
}

/// Whether a rule is the one that was asked for, or of the pack, or fits the pattern.
fn matches(rule: &RuleInfo, asked: &str) -> bool {
    let pack = rule.id.split_once('/').is_some_and(|(pack, _)| pack == asked);
    let fits = |pattern: globset::Glob| pattern.compile_matcher().is_match(&rule.id);
    rule.id == asked || pack || asked.contains('*') && globset::Glob::new(asked).is_ok_and(fits)
}

/// Whether a rule is on in a profile. The configuration switches a rule on by naming it, and off by saying so.
fn in_profile(rule: &RuleInfo, profile: Profile, configured: Option<bool>) -> bool {
    match (profile, configured) {
        (_, Some(false)) => false,
        (Profile::Default | Profile::Strict, Some(true)) => true,
        (Profile::Default, None) => rule.profile == "default",
        (Profile::Strict, None) => matches!(rule.profile.as_str(), "default" | "strict"),
        (named, _) => rule.profiles.iter().any(|profile| profile == named.name()),
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
