//! Suppressions: which findings are accepted, by whose word, and what is wrong with such words.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use plimsoll_tape::Value;

use super::Checked;
use super::accepted::{Accepted, Filter};
use super::annotations::{ANNOTATION, annotations, is_known};
use super::comments::comments;
use super::directive::{self, Directive};
use super::own::{self, Own};
use crate::finding::{Fault, Finding, Named, Origin, Place, PluginInfo, Suppression};
use crate::source::Span;
use crate::suggest;

/// What suppressions are judged by.
#[derive(Debug)]
pub struct Scene<'a> {
    /// What was looked at.
    pub checked: Checked<'a>,
    /// What the configuration accepts.
    pub configured: &'a [Accepted],
    /// The object that the configuration is in this scan, if its places can be shown.
    pub configuration: Option<u32>,
    /// Today, as `2027-01-31`.
    pub today: &'a str,
    /// Whether rules were chosen by name for this scan.
    pub chosen: bool,
    /// What could not be looked at.
    pub faults: &'a [Fault],
}

/// Letters of a name that is no rule's.
const MOST_LETTERS: usize = 100;

/// A suppression at work.
struct Word {
    told: Suppression,
    place: Place,
    /// For every rule of the scan whether it is meant.
    rules: Vec<bool>,
    holds: bool,
    used: bool,
    /// Whether it is known to be of no use if it covers nothing.
    judged: bool,
}

/// The rules of a scan, numbered through all plugins.
struct Rules<'a> {
    plugins: &'a [PluginInfo],
    /// The number of each plugin's first rule.
    first: Vec<usize>,
    /// For every rule whether it was on.
    on: Vec<bool>,
}

/// What some patterns mean.
struct Meant<'p> {
    /// For every rule of the scan whether it is meant.
    rules: Vec<bool>,
    /// The patterns that mean none.
    unknown: Vec<&'p str>,
    /// Whether what they mean was on: otherwise nobody can tell that a suppression is of no use.
    judged: bool,
}

impl<'a> Rules<'a> {
    fn new(scene: &Scene<'a>) -> Self {
        let Checked { plugins, enabled, .. } = scene.checked;
        let (mut first, mut on) = (Vec::new(), Vec::new());
        for (plugin, enabled) in plugins.iter().zip(enabled) {
            first.push(on.len());
            on.extend((0..plugin.rules.len() as u32).map(|rule| enabled.contains(&rule)));
        }
        Self { plugins, first, on }
    }

    fn number(&self, finding: &Finding) -> usize {
        self.first[finding.plugin as usize] + finding.rule as usize
    }

    /// What some patterns mean. Of a pack some rules are off in every profile, so that one which is on will do to judge the suppression by, unless
    /// the scan was of `chosen` rules.
    fn named<'p>(&self, patterns: &'p [String], chosen: bool) -> Meant<'p> {
        let mut meant = Meant { rules: vec![false; self.on.len()], unknown: Vec::new(), judged: true };
        for pattern in patterns {
            let named = Named::new(pattern);
            let all = self.plugins.iter().flat_map(|plugin| &plugin.rules).zip(&self.on);
            let (mut count, mut on_count) = (0, 0);
            for ((_, on), meant) in all.zip(&mut meant.rules).filter(|((rule, _), _)| named.is(rule)) {
                *meant = true;
                (count, on_count) = (count + 1, on_count + usize::from(*on));
            }
            if count == 0 {
                meant.unknown.push(pattern.as_str());
            }
            meant.judged &= if chosen { on_count == count } else { on_count > 0 };
        }
        meant
    }

    /// Whether the rules that are meant are the host's own, which speak of suppressions after these were settled.
    fn are_own(&self, meant: &[bool]) -> bool {
        let own = self.plugins.iter().position(|plugin| plugin.name == own::NAME);
        own.is_some_and(|own| !meant[..self.first[own]].contains(&true))
    }

    /// The id or the pack that is most like a name.
    fn like(&self, name: &str) -> Option<String> {
        let ids = self.plugins.iter().flat_map(|plugin| &plugin.rules).map(|rule| rule.id.as_str());
        suggest::rule(name, ids)
    }

    /// Whether a fault in a file that a suppression may cover kept some of its rules from looking, so that nobody knows what they would have found.
    fn are_blind(&self, meant: &[bool], faults: &[Fault], covers: impl Fn(&str) -> bool) -> bool {
        let may_cover = |fault: &&Fault| fault.file.as_deref().is_none_or(&covers);
        faults.iter().filter(may_cover).any(|fault| match fault.plugin.as_deref() {
            None => true,
            Some(name) => self.plugins.iter().zip(&self.first).any(|(plugin, first)| {
                plugin.name == name && meant[*first..*first + plugin.rules.len()].contains(&true)
            }),
        })
    }
}

/// Marks the findings that are accepted, and adds those about suppressions themselves. Findings must be in order; they are so no longer. Gives the
/// suppressions, and what there is to say about those of a configuration that no finding can stand in.
pub fn suppress(findings: &mut Vec<Finding>, scene: &Scene<'_>) -> (Vec<Suppression>, Vec<String>) {
    let rules = Rules::new(scene);
    let mut judge = Judge {
        scene,
        own: own::About::new(scene.checked.plugins, scene.checked.enabled),
        rules,
        words: Vec::new(),
        told: Vec::new(),
    };
    judge.comments(findings);
    judge.annotations(findings);
    judge.configuration(findings);
    judge.finish(findings)
}

struct Judge<'a> {
    scene: &'a Scene<'a>,
    rules: Rules<'a>,
    own: own::About,
    words: Vec<Word>,
    told: Vec<Finding>,
}

impl Judge<'_> {
    /// Takes in a suppression that may cover something in some files; gives its number if it holds.
    fn word(
        &mut self,
        origin: Origin,
        place: Place,
        says: Result<Directive, String>,
        covers: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        let says = match says {
            Ok(says) => says,
            Err(why) => {
                self.told.extend(self.own.finding(Own::NotUnderstood, place, &why));
                return None;
            }
        };
        let Meant { rules, unknown, judged } = self.rules.named(&says.rules, self.scene.chosen);
        for name in unknown {
            let name: String = name.chars().take(MOST_LETTERS).collect();
            let cure = match self.rules.like(&name) {
                Some(like) => format!("did you mean `{like}`?"),
                None => "`plimsoll rules` lists them all".to_owned(),
            };
            let why = format!("there is no rule `{name}`; {cure}");
            self.told.extend(self.own.finding(Own::NotUnderstood, place.clone(), &why));
        }
        if !rules.contains(&true) {
            return None;
        }
        if self.rules.are_own(&rules) {
            let why =
                "what is said about suppressions cannot be suppressed; switch the rule off in plimsoll.yaml";
            self.told.extend(self.own.finding(Own::NotUnderstood, place, why));
            return None;
        }
        let Some(reason) = says.reason else {
            let why = "this suppression does not hold, because it gives no reason; write one behind ` -- `";
            self.told.extend(self.own.finding(Own::ReasonMissing, place, why));
            return None;
        };
        let expired = says.until.as_ref().filter(|until| until.as_str() < self.scene.today);
        if let Some(until) = expired {
            let why = format!(
                "this suppression held until {until}; mend what it covers, or decide anew (it said: {reason})"
            );
            self.told.extend(self.own.finding(Own::Expired, place.clone(), &why));
        }
        let holds = expired.is_none();
        let judged = judged && !self.rules.are_blind(&rules, self.scene.faults, covers);
        let told = Suppression { origin, source: place.source, span: place.span, reason, until: says.until };
        self.words.push(Word { told, place, rules, holds, used: false, judged });
        Some(self.words.len() - 1).filter(|_| holds)
    }

    /// Marks a finding as accepted by a word.
    fn accept(&mut self, finding: &mut Finding, word: usize) {
        let known = &mut self.words[word];
        if known.rules[self.rules.number(finding)] {
            known.used = true;
            finding.suppressed.get_or_insert(word as u32);
        }
    }

    fn comments(&mut self, findings: &mut [Finding]) {
        let mut objects = self.scene.checked.objects.iter().zip(0u32..).peekable();
        // Few scans have any.
        let mut of_source: Option<HashMap<u32, Range<usize>>> = None;
        while let Some((object, _)) = objects.peek() {
            let number = object.source;
            let source = &self.scene.checked.sources[number as usize];
            let mut own = Vec::new();
            while let Some((object, position)) = objects.next_if(|(object, _)| object.source == number) {
                own.push((position, object));
            }
            let mut covers: Vec<(Span, usize)> = Vec::new();
            let mut seen = HashSet::new();
            for comment in comments(source, &own) {
                let place = Place {
                    source: number,
                    span: comment.span,
                    object: comment.object,
                    node: comment.node,
                    missing: "".into(),
                };
                let same = comment.says.as_ref().ok().map(|says| (comment.covers, says.rules.clone()));
                if same.as_ref().is_some_and(|same| seen.contains(same)) {
                    let why = "an earlier comment suppresses the same at the same place; keep one of the two";
                    self.told.extend(self.own.finding(Own::Unused, place, why));
                } else if let Some(word) =
                    self.word(Origin::Comment, place, comment.says, |file| file == source.path)
                {
                    covers.push((comment.covers, word));
                    seen.extend(same);
                }
            }
            if !covers.is_empty() {
                let of_source = of_source.get_or_insert_with(|| by_source(findings));
                let own = of_source.get(&number).cloned().unwrap_or_default();
                self.sweep(&mut findings[own], covers);
            }
        }
    }

    /// Goes through the findings of a source, in order of their places, with the words that cover where it is.
    fn sweep(&mut self, findings: &mut [Finding], mut covers: Vec<(Span, usize)>) {
        covers.sort_unstable();
        let mut next = covers.into_iter().peekable();
        let mut open: Vec<(Span, usize)> = Vec::new();
        for finding in findings {
            let at = finding.place.span.start;
            while let Some(cover) = next.next_if(|(span, _)| span.start <= at) {
                open.push(cover);
            }
            open.retain(|(span, _)| at < span.end);
            // The innermost is named as the one that counts.
            for (_, word) in open.iter().rev() {
                self.accept(finding, *word);
            }
        }
    }

    fn annotations(&mut self, findings: &mut [Finding]) {
        let mut covers: HashMap<u32, Vec<(Range<u32>, usize)>> = HashMap::new();
        for (object, number) in self.scene.checked.objects.iter().zip(0u32..) {
            let source = &self.scene.checked.sources[object.source as usize];
            for (node, covered) in annotations(object) {
                let chunk = object.read();
                let text = match chunk.value(node) {
                    Value::String(text) => text,
                    _ => "",
                };
                let Checked { sources, objects, .. } = self.scene.checked;
                let place = Place::of(number, node, sources, objects);
                let key = chunk.key(node).unwrap_or_default();
                let is_line = |line: &&str| !line.is_empty() && !line.starts_with('#');
                let mut lines: Vec<&str> = text.lines().map(str::trim).filter(is_line).collect();
                if lines.is_empty() {
                    // What is no text, or an empty one, suppresses nothing, and was meant to.
                    lines.push("");
                }
                for line in lines {
                    let says = if is_known(key) {
                        directive::parse(line)
                    } else {
                        Err(format!("the annotation `{key}` is not known; it is `{ANNOTATION}`"))
                    };
                    if let Some(word) =
                        self.word(Origin::Annotation, place.clone(), says, |file| file == source.path)
                    {
                        let covered = covered.iter().map(|nodes| (nodes.clone(), word));
                        covers.entry(number).or_default().extend(covered);
                    }
                }
            }
        }
        if covers.is_empty() {
            return;
        }
        for finding in findings {
            for (nodes, word) in covers.get(&finding.place.object).into_iter().flatten() {
                if nodes.contains(&finding.place.node) {
                    self.accept(finding, *word);
                }
            }
        }
    }

    fn configuration(&mut self, findings: &mut [Finding]) {
        for accepted in self.scene.configured {
            let place = self.place_of(accepted.node);
            let says = Directive {
                rules: accepted.rules.clone(),
                reason: Some(accepted.reason.clone()),
                until: accepted.until.clone(),
            };
            let filter = Filter::new(accepted);
            let word = self.word(Origin::Configuration, place, Ok(says), |file| filter.fits_file(file));
            let Some(word) = word else { continue };
            let mut objects: HashMap<u32, bool> = HashMap::new();
            for finding in findings.iter_mut() {
                let is_meant = self.words[word].rules[self.rules.number(finding)];
                let Checked { sources, objects: all, .. } = self.scene.checked;
                if is_meant && filter.fits(&finding.place, sources, all, &mut objects) {
                    self.accept(finding, word);
                }
            }
        }
    }

    /// The place of an entry of the configuration.
    fn place_of(&self, node: u32) -> Place {
        let Checked { sources, objects, .. } = self.scene.checked;
        self.scene.configuration.map_or_else(nowhere, |number| Place::of(number, node, sources, objects))
    }

    fn finish(mut self, findings: &mut Vec<Finding>) -> (Vec<Suppression>, Vec<String>) {
        for word in self.words.iter().filter(|word| word.holds && !word.used && word.judged) {
            let why = "this suppresses nothing; remove it, or put it where the finding stands";
            self.told.extend(self.own.finding(Own::Unused, word.place.clone(), why));
        }
        let (told, nowhere): (Vec<Finding>, Vec<Finding>) =
            self.told.into_iter().partition(|finding| finding.place != nowhere());
        findings.extend(told);
        let warnings =
            nowhere.iter().map(|finding| format!("a suppression of the configuration: {}", finding.message));
        (self.words.into_iter().map(|word| word.told).collect(), warnings.collect())
    }
}

/// Where the findings of each source stand, which stand together.
fn by_source(findings: &[Finding]) -> HashMap<u32, Range<usize>> {
    let mut of_source: HashMap<u32, Range<usize>> = HashMap::new();
    for (position, finding) in findings.iter().enumerate() {
        of_source.entry(finding.place.source).or_insert(position..position).end = position + 1;
    }
    of_source
}

/// The place of a configuration that cannot be shown.
fn nowhere() -> Place {
    Place { source: u32::MAX, span: Span::default(), object: u32::MAX, node: 0, missing: "".into() }
}
