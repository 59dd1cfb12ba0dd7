//! What several formats show: counts, titles of objects, and the lines in question, safe to be read.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthChar;

use super::Report;
use crate::finding::{Action, Edit, Fault, Finding, Level, Place, RuleInfo, Suppression};
use crate::source::{Columns, Source, Span, is_deceptive};

/// Characters of a line that are shown around a mark.
const WIDTH: u32 = 120;

/// The levels, worst first.
pub(super) const LEVELS: [Level; 3] = [Level::Error, Level::Warning, Level::Note];

/// The line on which a span begins, cut around the span where it is long.
pub(super) struct Excerpt {
    /// Its number, from 1.
    pub number: u32,
    /// What stands before the span.
    pub before: String,
    /// The span, as far as it stands on this line.
    pub marked: String,
    /// What stands behind it, without trailing blanks.
    pub after: String,
}

impl Excerpt {
    /// Of a long line, only what stands around the span is looked at.
    pub(super) fn new(source: &Source, span: Span) -> Self {
        let number = source.line_of(span.start);
        let line = source.line_span(number);
        let cut = span.start - line.start > WIDTH;
        let from = if cut { source.boundary(span.start - WIDTH / 3) } else { line.start };
        let to = source.boundary(line.end.min(from + 4 * WIDTH)).min(line.end);
        let letters = |start: u32, end: u32| {
            source.text(Span { start, end: end.max(start) }).chars().collect::<Vec<_>>()
        };
        let mut shown = letters(from, to);
        let whole = to == line.end && shown.len() <= WIDTH as usize;
        shown.truncate(WIDTH as usize);
        let mark_start = letters(from, span.start.min(to)).len().min(shown.len());
        let mark_end = letters(from, span.end.min(to)).len().clamp(mark_start, shown.len());
        let cells = |letters: &[char]| letters.iter().map(|letter| cell(*letter)).collect::<String>();
        Self {
            number,
            before: if cut { "…" } else { "" }.to_owned() + &cells(&shown[..mark_start]),
            marked: cells(&shown[mark_start..mark_end]),
            after: cells(&shown[mark_end..]).trim_end().to_owned() + if whole { "" } else { "…" },
        }
    }

    /// The whole line.
    pub(super) fn line(&self) -> String {
        format!("{}{}{}", self.before, self.marked, self.after).trim_end().to_owned()
    }

    /// The columns of a terminal before the mark, and those of the mark.
    pub(super) fn columns(&self) -> (usize, usize) {
        let width = |text: &str| text.chars().map(|letter| letter.width().unwrap_or(1)).sum::<usize>();
        (width(&self.before), width(&self.marked).max(1))
    }

    /// The line with its number, and a mark below.
    pub(super) fn plain(&self) -> String {
        let number = self.number.to_string();
        let (lead, mark) = self.columns();
        let margin = " ".repeat(number.len());
        format!("{number} | {}\n{margin} | {}{}\n", self.line(), " ".repeat(lead), "^".repeat(mark))
    }
}

/// Lines of a source by their numbers, without those that it does not have, cut where they are long.
pub(super) fn lines(source: &Source, numbers: std::ops::Range<u32>) -> Vec<(u32, String)> {
    let last = source.line_of(source.bytes.len() as u32);
    let there = numbers.filter(|number| (1..=last).contains(number));
    let shown = there.map(|number| {
        let line = source.line_span(number);
        let to = source.boundary(line.end.min(line.start + 4 * WIDTH)).min(line.end);
        let text = source.text(Span { start: line.start, end: to });
        let cells = text.chars().take(WIDTH as usize).map(cell).collect::<String>();
        let whole = to == line.end && text.chars().count() <= WIDTH as usize;
        (number, cells.trim_end().to_owned() + if whole { "" } else { "…" })
    });
    shown.filter(|(number, text)| *number < last || !text.is_empty()).collect()
}

/// A character of a manifest as it is shown: tabs as blanks, what would act on its reader as an escape.
fn cell(letter: char) -> String {
    match letter {
        '\t' => "    ".to_owned(),
        letter if is_deceptive(letter) || matches!(letter, '\u{FFFE}' | '\u{FFFF}') => {
            letter.escape_unicode().to_string()
        }
        letter => letter.to_string(),
    }
}

/// Text that may come from anywhere, on one line and safe to be read.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(cell).collect()
}

/// Text for HTML and XML, between tags or in an attribute, on one line.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push_str(&cell(letter)),
        }
    }
    out
}

/// `3 errors`, `1 error`.
pub fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The argument that names the file of a plugin again, as a shell takes it.
pub(super) fn named(file: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@:,%=".contains(&byte) || byte > 0x7F;
    let file = visible(file);
    match file.bytes().all(is_plain) && !file.is_empty() {
        true => format!(" --plugin {file}"),
        false => format!(" --plugin '{}'", file.replace('\'', r"'\''")),
    }
}

/// A fault as a sentence.
pub(super) fn told(fault: &Fault) -> String {
    let plugin = fault.plugin.as_ref().map(|plugin| format!("plugin {plugin}: ")).unwrap_or_default();
    visible(&format!("{plugin}{}", fault.message))
}

/// Text with code between backticks, piece by piece: whether it is code, and the piece. A backtick without another is text.
pub(super) fn pieces(text: &str) -> Vec<(bool, &str)> {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![(false, text)];
    }
    let told = parts.into_iter().enumerate().map(|(position, part)| (position % 2 == 1, part));
    told.filter(|(_, part)| !part.is_empty()).collect()
}

impl Report<'_> {
    /// An edit as a sentence, with code between backticks.
    pub(super) fn mended(&self, edit: &Edit) -> String {
        let pointer = edit.place.pointer(self.objects);
        match &edit.action {
            Action::Set(value) => format!("set `{pointer}` to `{value}`"),
            Action::Remove => format!("remove `{pointer}`"),
            Action::Rename(key) => format!("rename `{pointer}` to `{key}`"),
        }
    }

    /// `Deployment shop/api`.
    pub(super) fn title(&self, place: &Place) -> String {
        self.object_title(place.object)
    }

    /// `Deployment shop/api`, by the object's position.
    pub(super) fn object_title(&self, object: u32) -> String {
        let identity = self.objects[object as usize].identity();
        if identity.kind.is_empty() {
            return "the configuration".to_owned();
        }
        visible(&match (identity.namespace, identity.name) {
            ("", "") => identity.kind.to_owned(),
            ("", name) => format!("{} {name}", identity.kind),
            (namespace, name) => format!("{} {namespace}/{name}", identity.kind),
        })
    }

    /// `deploy/api.yaml:16:7`.
    pub(super) fn spot(&self, source: u32, span: Span) -> String {
        let source = &self.sources[source as usize];
        let region = source.region(span, Columns::CodePoints);
        format!("{}:{}:{}", visible(&source.path), region.start_line, region.start_column)
    }

    /// `deploy/api.yaml:16:7` of a fault, or its file, or nothing.
    pub(super) fn fault_spot(&self, fault: &Fault) -> Option<String> {
        let at = fault.at.map(|(source, span)| self.spot(source, span));
        at.or_else(|| fault.file.as_deref().map(visible))
    }

    /// The findings of a level that are for somebody to decide on, in order.
    pub(super) fn of_level(&self, level: Level) -> impl Iterator<Item = &Finding> {
        self.counting().filter(move |finding| finding.level == level)
    }

    /// `2 errors`, `1 fault` and so on, without those that are none.
    pub(super) fn tally(&self) -> Vec<(&'static str, String)> {
        let levels = LEVELS.map(|level| (level.name(), self.of_level(level).count()));
        let all = levels.into_iter().chain([("fault", self.faults.len())]);
        all.filter(|(_, count)| *count > 0).map(|(name, count)| (name, counted(count, name))).collect()
    }

    /// What the scan came to, in a line.
    pub(super) fn headline(&self) -> String {
        let tally: Vec<String> = self.tally().into_iter().map(|(_, counted)| counted).collect();
        match tally.as_slice() {
            [] if self.object_count == 0 => "no Kubernetes objects".to_owned(),
            [] if self.absent.is_some() || self.open().next().is_some() => "nothing new".to_owned(),
            [] => "nothing found".to_owned(),
            tally => tally.join(", "),
        }
    }

    /// What was found and does not count, in a line: `2 suppressed, 40 known, 1 gone since the baseline`.
    pub(super) fn settled(&self) -> Option<String> {
        let suppressed = self.findings.len() - self.open().count();
        let known = self.open().count() - self.counting().count();
        let gone = self.absent.map_or(0, <[_]>::len);
        let parts = [(suppressed, "suppressed"), (known, "known"), (gone, "gone since the baseline")];
        let told: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        Some(told.join(", ")).filter(|told| !told.is_empty())
    }

    /// Why a finding does not count, in a line.
    pub(super) fn why_settled(&self, finding: &Finding) -> Option<String> {
        let Some(suppression) = finding.suppressed.map(|position| &self.suppressions[position as usize])
        else {
            return finding.known.then(|| "known: it stands in the baseline".to_owned());
        };
        let Suppression { origin, source, span, reason, until } = suppression;
        let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
        let spot = self.sources.get(*source as usize).map(|_| format!(" ({})", self.spot(*source, *span)));
        let (origin, reason) = (origin.name(), visible(reason));
        Some(format!("suppressed by {origin}{until}: {reason}{}", spot.unwrap_or_default()))
    }

    /// What was looked at, in a line.
    pub(super) fn looked(&self) -> String {
        let plugins = self.enabled.iter().take(self.loaded().len());
        let packs = plugins.filter(|rules| !rules.is_empty()).count();
        format!(
            "checked {} in {} with {} of {} (Kubernetes {})",
            counted(self.object_count, "object"),
            counted(self.source_count, "file"),
            counted(self.rule_count(), "rule"),
            counted(packs, "plugin"),
            self.kubernetes
        )
    }

    /// The rules of some findings: the worst level of each and how often, worst first, then the most frequent.
    pub(super) fn by_rule<'a>(
        &'a self,
        findings: impl Iterator<Item = &'a Finding>,
    ) -> Vec<(&'a RuleInfo, Level, usize)> {
        let mut rules: BTreeMap<&str, (&RuleInfo, Level, usize)> = BTreeMap::new();
        for finding in findings {
            let rule = self.rule(finding);
            let (_, level, count) = rules.entry(&rule.id).or_insert((rule, finding.level, 0));
            *level = finding.level.max(*level);
            *count += 1;
        }
        let mut rules: Vec<_> = rules.into_values().collect();
        rules.sort_by_key(|(_, level, count)| std::cmp::Reverse((*level, *count)));
        rules
    }
}

/// What is left to be known of a scan with faults.
pub(super) const INCOMPLETE: &str =
    "a fault is something that could not be looked at; the scan is not complete until there is none";
