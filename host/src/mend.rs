//! Rounds of mending: what is found is mended in memory, and looked at again, until nothing more can be mended. No file is written here.

use std::collections::BTreeMap;

use crate::edit::{self, Editor, Known, Plan, Unmendable};
use crate::finding::{Action, Edit, Finding};
use crate::look::{Inspector, Looked};
use crate::object::NodeSpan;
use crate::read::{self, Found, Read};
use crate::source::Source;

/// So many rounds may follow each other. Fixes that go on after that would go on forever.
const ROUNDS: usize = 10;

const ENDLESS: &str = "the fixes for this file never come to an end, so all of it was left as it was";
const CIRCLE: &str = "it undoes what another fix did";

/// What came of it.
#[derive(Debug)]
pub struct Mended {
    /// The files that change, by their positions among those that were found.
    pub files: BTreeMap<u32, Change>,
    /// What is there and what is found afterwards.
    pub looked: Looked,
    /// The findings, as positions, whose fixes could not be made, and why.
    pub left: Vec<(usize, String)>,
}

/// How a file changes.
#[derive(Debug)]
pub struct Change {
    /// What it held.
    pub old: Vec<u8>,
    /// What it is to hold.
    pub new: Vec<u8>,
    /// The rules whose findings were mended, one for each finding.
    pub rules: Vec<String>,
}

/// Mends what was found. `texts` stand for files, by their positions, that cannot be read twice.
///
/// # Errors
///
/// If a plugin cannot be run.
pub fn mend(
    inspector: &Inspector<'_>,
    found: &Found,
    texts: BTreeMap<u32, Vec<u8>>,
) -> Result<Mended, String> {
    let mut texts = Texts { now: texts, ..Texts::default() };
    let mut rounds = 0;
    loop {
        let read = read::read_with(found, &texts.now, &|| ());
        let looked = inspector.inspect(found.clone(), read, None)?;
        let rule =
            |finding: &Finding| looked.infos[finding.plugin as usize].rules[finding.rule as usize].id.clone();
        let mut round = Round::new(&looked);
        let steps = round.steps(&texts.ends);
        if steps.is_empty() {
            let mut left = round.left;
            left.sort();
            return Ok(Mended { files: texts.changed(), looked, left });
        }
        for Step { file, old, new, mended } in steps {
            let rules = mended.iter().map(|finding| rule(&looked.findings[*finding])).collect();
            texts.step(file, old, new, rules, rounds >= ROUNDS);
        }
        rounds += 1;
    }
}

/// The texts as they are now, by the positions of their files, and how they came to be so.
#[derive(Default)]
struct Texts {
    now: BTreeMap<u32, Vec<u8>>,
    /// What each text was before every round that changed it, and the rules that did.
    before: BTreeMap<u32, Vec<Before>>,
    /// The texts that change no more, and why.
    ends: BTreeMap<u32, &'static str>,
}

/// A text before a round, and the rules whose findings the round mended.
type Before = (Vec<u8>, Vec<String>);

impl Texts {
    fn step(&mut self, file: u32, old: &[u8], new: Vec<u8>, rules: Vec<String>, last: bool) {
        let before = self.before.entry(file).or_default();
        before.push((old.to_owned(), rules));
        let known = if last { Some(0) } else { before.iter().position(|(text, _)| *text == new) };
        let new = match known {
            // Back to where the circle began, so that another run ends there too.
            Some(known) => {
                self.ends.insert(file, if last { ENDLESS } else { CIRCLE });
                let begun = before[known].0.clone();
                before.truncate(known);
                begun
            }
            None => new,
        };
        self.now.insert(file, new);
    }

    fn changed(mut self) -> BTreeMap<u32, Change> {
        let mut changed = BTreeMap::new();
        for (file, mut before) in self.before {
            if before.is_empty() {
                continue;
            }
            let rules = before.iter_mut().flat_map(|(_, rules)| std::mem::take(rules)).collect();
            let old = before.swap_remove(0).0;
            let new = self.now.remove(&file).unwrap_or_default();
            changed.insert(file, Change { old, new, rules });
        }
        changed
    }
}

/// One round.
struct Round<'a> {
    read: &'a Read,
    editor: Editor<'a>,
    findings: &'a [Finding],
    left: Vec<(usize, String)>,
}

/// A fix that may be made.
struct Candidate<'a> {
    finding: usize,
    edits: &'a [Edit],
    plan: Plan,
}

/// What a round does to a file.
struct Step<'a> {
    /// Its position among those that were found.
    file: u32,
    old: &'a [u8],
    new: Vec<u8>,
    /// The findings that are mended so, as positions.
    mended: Vec<usize>,
}

/// What reading a source says: that which is to come is held against it.
struct Original<'a> {
    /// Its position.
    number: u32,
    source: &'a Source,
    known: Known,
}

impl<'a> Original<'a> {
    fn of(sources: &'a [Source], number: u32) -> Self {
        let source = &sources[number as usize];
        let known = Known::of(read::again(&source.path, source.bytes.clone()));
        Self { number, source, known }
    }
}

impl<'a> Round<'a> {
    fn new(looked: &'a Looked) -> Self {
        let Looked { read, findings, .. } = looked;
        Self { read, editor: Editor::new(&read.sources, &read.objects), findings, left: Vec::new() }
    }

    /// What can be done in this round. Of fixes that do not go together the first is made, and the others may come in a later round.
    fn steps(&mut self, ends: &BTreeMap<u32, &'static str>) -> Vec<Step<'a>> {
        let mut of_sources: BTreeMap<u32, (Plan, Vec<Candidate<'a>>)> = BTreeMap::new();
        for (number, finding) in self.findings.iter().enumerate() {
            if finding.fix.is_none() || finding.suppressed.is_some() {
                continue;
            }
            match self.candidate(number, finding, ends) {
                Ok((source, candidate)) => {
                    let (plan, candidates) = of_sources.entry(source).or_default();
                    if plan.join(candidate.plan.clone(), &self.read.objects) {
                        candidates.push(candidate);
                    }
                }
                Err(Unmendable(why)) => self.left.push((number, why)),
            }
        }
        let mut steps = Vec::new();
        for (number, (_, candidates)) in of_sources {
            let original = Original::of(&self.read.sources, number);
            let (kept, text) = self.settle(&original, candidates.iter().collect());
            if let Some((new, file)) = text.zip(original.source.file) {
                let mended = kept.iter().map(|candidate| candidate.finding).collect();
                steps.push(Step { file, old: &original.source.bytes, new, mended });
            }
        }
        steps
    }

    /// What the fix of a finding comes to, and the source that it changes.
    fn candidate(
        &self,
        number: usize,
        finding: &'a Finding,
        ends: &BTreeMap<u32, &'static str>,
    ) -> Result<(u32, Candidate<'a>), Unmendable> {
        let refuse = |why: &str| Err(Unmendable(why.to_owned()));
        let Some(fix) = &finding.fix else { return refuse("it has no fix") };
        let Read { sources, objects, .. } = self.read;
        let plan = Plan::of(fix, objects)?;
        if plan.is_empty() {
            return refuse("what it asks for is so already");
        }
        let [source] = plan.sources(objects)[..] else {
            return refuse("it changes several files, which cannot be done at once");
        };
        let Some(file) = sources[source as usize].file else { return refuse("what it changes is no file") };
        if let Some(end) = ends.get(&file) {
            return refuse(end);
        }
        plan.replacements(&self.editor)?;
        if fix.edits.iter().any(|edit| self.stands_below_a_suppression(edit)) {
            return refuse(
                "a suppression stands above what would be removed, and would then cover what comes after it; remove the suppression first",
            );
        }
        Ok((source, Candidate { finding: number, edits: &fix.edits, plan }))
    }

    /// Whether an edit removes what a comment of ours stands above: that would be left above something else.
    fn stands_below_a_suppression(&self, edit: &Edit) -> bool {
        let object = &self.read.objects[edit.place.object as usize];
        let source = &self.read.sources[object.source as usize];
        let NodeSpan { key, value } = object.spans[edit.place.node as usize];
        let line = source.line_of(if key.is_empty() { value.start } else { key.start });
        let above = (1..line).rev().map(|line| source.text(source.line_span(line)));
        let mut comments = above
            .map(|text| text.trim().to_ascii_lowercase())
            .take_while(|text| text.is_empty() || text.starts_with('#'));
        edit.action == Action::Remove
            && edit.place.missing.is_empty()
            && comments.any(|text| text.contains("plimsoll:"))
    }

    /// As many of the fixes as are proven together, and the text that they make. What cannot be proven by itself is left.
    fn settle<'c>(
        &mut self,
        original: &Original<'_>,
        mut candidates: Vec<&'c Candidate<'a>>,
    ) -> (Vec<&'c Candidate<'a>>, Option<Vec<u8>>) {
        match self.prove(original, &candidates) {
            Ok(text) => return (candidates, Some(text)),
            Err(Unmendable(why)) => {
                if let [only] = candidates[..] {
                    self.left.push((only.finding, why));
                }
            }
        }
        if candidates.len() < 2 {
            return (Vec::new(), None);
        }
        let later = candidates.split_off(candidates.len() / 2);
        let (first, text) = self.settle(original, candidates);
        let (second, other_text) = self.settle(original, later);
        if first.is_empty() {
            return (second, other_text);
        }
        let both = [first.clone(), second].concat();
        match self.prove(original, &both) {
            Ok(text) => (both, Some(text)),
            // The others come in the next round.
            Err(_) => (first, text),
        }
    }

    /// The new text of a source, if reading it gives the old objects with exactly these edits.
    fn prove(&self, original: &Original<'_>, candidates: &[&Candidate<'_>]) -> Result<Vec<u8>, Unmendable> {
        let Read { objects, .. } = self.read;
        let (mut plan, mut of_objects) = (Plan::default(), BTreeMap::<u32, Vec<&Edit>>::new());
        for candidate in candidates {
            plan.join(candidate.plan.clone(), objects);
            for edit in candidate.edits {
                of_objects.entry(edit.place.object).or_default().push(edit);
            }
        }
        let replacements = plan.replacements(&self.editor)?;
        let text = edit::replaced(&original.source.bytes, &replacements);
        let reading = read::again(&original.source.path, text.clone());
        let of_object = |number| of_objects.remove(&number).unwrap_or_default();
        original.known.proves(self.editor.objects_of(original.number), &reading, of_object)?;
        Ok(text)
    }
}
