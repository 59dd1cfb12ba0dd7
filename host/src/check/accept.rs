//! What a plugin said becomes findings: every number, name and text in it is checked, whichever way it crossed the wall.

use std::sync::Arc;

use plimsoll_tape::packed::{Action as SaidAction, Place as Named};

use super::description::{clean, plain};
use super::room::{FINDING, PLACE, Room, TEXT, value};
use super::said::{Said, SaidEdit};
use super::worker::{MESSAGE, Worker};
use crate::finding::{Action, Edit, FaultKind, Finding, Fix, Place};

/// Of so much nonsense in one answer each piece is a fault of its own; the rest is counted.
const NONSENSE: usize = 3;

/// The place that was named last, which the parts of a finding often share, and the length of its pointer.
#[derive(Default)]
pub(super) struct Last {
    object: u32,
    node: u32,
    path: String,
    place: Option<(Place, usize)>,
}

impl Worker<'_> {
    /// Takes what makes sense; what does not hides nothing beside it.
    pub(super) fn take(&mut self, objects: &[u32], found: impl Iterator<Item = impl Said>) {
        let mut nonsense = 0;
        for finding in found {
            let room = Room::new(self.engine.limits.kept.saturating_sub(self.done.kept));
            match self.accept(objects, &finding, &room) {
                Ok(finding) => {
                    self.done.kept += room.taken();
                    self.done.findings.push(finding);
                }
                Err(_) if room.is_full() => {
                    self.done.kept += room.taken();
                    break;
                }
                Err(why) => {
                    // Its texts are kept, whatever becomes of it.
                    self.done.kept += room.taken();
                    nonsense += 1;
                    if nonsense <= NONSENSE {
                        self.fault(FaultKind::Nonsense, None, why);
                    }
                }
            }
        }
        if nonsense > NONSENSE {
            let message = format!("{} more of its findings make no sense", nonsense - NONSENSE);
            self.fault(FaultKind::Nonsense, None, message);
        }
    }

    /// Turns what came over the wall into a finding; every number and name in it is checked.
    fn accept(&self, objects: &[u32], said: &impl Said, room: &Room) -> Result<Finding, String> {
        room.take(FINDING)?;
        let rule = said.rule(self.job)?;
        let rule_info = &self.job.plugin.info.rules[rule as usize];
        let of_this = |why: String| format!("in a finding of `{}`, {why}", rule_info.id);
        let place = |at: Named<'_>| {
            let (place, pointer) = self.place(objects, at).map_err(of_this)?;
            room.take(PLACE + pointer + place.missing.len())?;
            Ok(place)
        };
        let text = |text: &str| {
            let text = self.said(text);
            room.take(TEXT + text.len())?;
            Ok(text)
        };
        let set = |text: &str| Ok(self.shared(&value(text, room).map_err(of_this)?.to_string()));
        let fix = match said.fix() {
            Some((description, edits)) => made_fix(description, edits, &place, &text, &set)?.map(Box::new),
            None => None,
        };
        let related = said.related().map(|(at, message)| Ok((place(at)?, text(message)?)));
        Ok(Finding {
            plugin: self.job.number,
            rule,
            level: rule_info.level,
            place: place(said.at())?,
            message: text(said.message())?,
            related: related.collect::<Result<_, String>>()?,
            fix,
            suppressed: None,
            known: false,
        })
    }

    /// The place, and the length of its node's pointer.
    fn place(&self, objects: &[u32], at: Named<'_>) -> Result<(Place, usize), String> {
        let Named { object, node, path } = at;
        let mut last = self.last.borrow_mut();
        if let Some(known) = &last.place
            && (last.object, last.node) == (object, node)
            && last.path == path
        {
            return Ok(known.clone());
        }
        let Some(position) = objects.get(object as usize) else {
            return Err(format!("it names object {object} of {}", objects.len()));
        };
        let of = &self.request.objects[*position as usize];
        if node as usize >= of.spans.len() {
            return Err(format!("it names node {node} of {}", of.spans.len()));
        }
        if !path.is_empty() && !path.starts_with('/') || path.len() > MESSAGE {
            return Err(format!("it names the path `{}`, which is no pointer", plain(path, 60)));
        }
        let (found, missing) = of.descend(node, path);
        let span = of.highlight(&self.request.sources[of.source as usize], found);
        let missing = self.said(missing);
        let place = Place { source: of.source, span, object: *position, node: found, missing };
        let known = (place, of.pointer_len(found));
        (last.object, last.node) = (object, node);
        last.path.clear();
        last.path.push_str(path);
        last.place = Some(known.clone());
        Ok(known)
    }

    /// What a plugin said, made harmless, and kept once for all findings of this worker that say the same.
    fn said(&self, text: &str) -> Arc<str> {
        self.shared(&clean(text, MESSAGE, false))
    }

    fn shared(&self, text: &str) -> Arc<str> {
        let mut texts = self.texts.borrow_mut();
        if let Some(known) = texts.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        texts.insert(Arc::clone(&text));
        text
    }
}

/// A fix with an action that we do not know is left out: a later interface may have more of them.
fn made_fix<'a>(
    description: &str,
    said: impl Iterator<Item = SaidEdit<'a>>,
    place: &impl Fn(Named<'_>) -> Result<Place, String>,
    text: &impl Fn(&str) -> Result<Arc<str>, String>,
    set: &impl Fn(&str) -> Result<Arc<str>, String>,
) -> Result<Option<Fix>, String> {
    let mut edits = Vec::new();
    for (at, action, value) in said {
        let action = match action {
            SaidAction::Remove => Action::Remove,
            SaidAction::Rename => Action::Rename(text(value)?),
            SaidAction::Set => Action::Set(set(value)?),
            SaidAction::Unknown => return Ok(None),
        };
        edits.push(Edit { place: place(at)?, action });
    }
    Ok(Some(Fix { description: text(description)?, edits: edits.into() }))
}
