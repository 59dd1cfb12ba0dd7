//! Which rules are on.

use std::collections::HashMap;

use crate::check::Wanted;
use crate::cli::{self, Profile};
use crate::config::Config;
use crate::finding::{Level, PluginInfo, RuleInfo};
use crate::suggest;
use crate::triage::OWN;

/// Which rules are on, and with what parameters.
///
/// # Errors
///
/// If a rule is named that does not exist, or none is left.
pub fn choose(infos: &[PluginInfo], args: &cli::Look, config: &Config) -> Result<Vec<Wanted>, String> {
    let all = || infos.iter().flat_map(|info| &info.rules);
    let of_plugins = || infos.iter().filter(|info| info.name != OWN).flat_map(|info| &info.rules);
    if of_plugins().next().is_none() {
        return Err("there are no plugins; name one with --plugin, or leave out --no-embedded".to_owned());
    }
    let known = |asked: &str| all().any(|rule| rule.is_named(asked));
    let cure = |asked: &str| cure(asked, all().map(|rule| rule.id.as_str()));
    if let Some(asked) = args.rule.iter().chain(&args.skip_rule).find(|asked| !known(asked)) {
        return Err(format!("there is no rule `{asked}`; {}", cure(asked)));
    }
    let unknown = config.rules.iter().filter(|named| !all().any(|rule| rule.id == named.id));
    let one_by_one = |asked: &str| match all().find(|rule| rule.is_named(asked)) {
        Some(rule) => format!("here rules are named one by one, such as `{}`", rule.id),
        None => cure(asked),
    };
    let unknown: Vec<String> =
        unknown.map(|named| config.unknown_rule(&named.id, &one_by_one(&named.id))).collect();
    if !unknown.is_empty() {
        return Err(unknown.join("\nerror: "));
    }
    let profile = args.profile.or(config.profile).unwrap_or(Profile::Default);
    let named = |rule: &RuleInfo| config.rules.iter().find(|named| named.id == rule.id);
    let is_on = |rule: &RuleInfo| {
        let asked = if args.rule.is_empty() {
            in_profile(rule, profile, named(rule).map(|named| named.enabled))
        } else {
            args.rule.iter().any(|asked| rule.is_named(asked))
        };
        asked && !args.skip_rule.iter().any(|asked| rule.is_named(asked))
    };
    // The host's own rules alone are a request only if somebody names them.
    if !of_plugins().any(is_on) && (args.rule.is_empty() || !all().any(is_on)) {
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

/// Whether a rule is on in a profile. The configuration switches a rule on and off by saying so. Naming it without a word on that switches it on beside
/// our own profiles; the others are somebody's standard, which parameters and levels do not add to.
fn in_profile(rule: &RuleInfo, profile: Profile, configured: Option<Option<bool>>) -> bool {
    match (profile, configured) {
        (_, Some(Some(said))) => said,
        // Whatever is looked for, what suppresses it is looked at.
        _ if rule.is_named(OWN) => true,
        (Profile::Default | Profile::Strict, Some(None)) => true,
        (Profile::Default, None) => rule.profile == "default",
        (Profile::Strict, None) => matches!(rule.profile.as_str(), "default" | "strict"),
        (named, _) => rule.profiles.iter().any(|profile| profile == named.name()),
    }
}

/// The levels that the configuration gives to rules, by the positions of plugin and rule.
pub fn levels(infos: &[PluginInfo], config: &Config) -> HashMap<(u32, u32), Level> {
    let mut levels = HashMap::new();
    for (info, plugin) in infos.iter().zip(0..) {
        for (rule, position) in info.rules.iter().zip(0..) {
            let named = config.rules.iter().find(|named| named.id == rule.id);
            levels.extend(named.and_then(|named| named.level).map(|level| ((plugin, position), level)));
        }
    }
    levels
}

/// What a plugin says against its parameters, with the place in the configuration. The pointer begins with the rule.
pub fn refused(config: &Config, info: &PluginInfo, pointer: &str, message: &str) -> String {
    let (rule, rest) =
        pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer.trim_start_matches('/'), ""));
    config.problem(&format!("{}/{rule}", info.name), &format!("/{rest}"), message)
}

/// What to do about a rule that does not exist.
pub fn cure<'a>(asked: &str, ids: impl Iterator<Item = &'a str>) -> String {
    match suggest::rule(asked, ids) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`plimsoll rules` lists them all".to_owned(),
    }
}
