//! What an object must be once its edits are made, told from its JSON alone: the other half of every proof.

use serde_json::{Map, Value};

use super::Unmendable;
use super::plan::steps;
use crate::finding::{Action, Edit};
use crate::object::{Object, Step, to_json};

/// An object as JSON, with edits made; those of other objects are passed over. The same edit twice counts once. What is set comes first;
/// what is renamed or removed follows from the end, so that positions and names hold.
///
/// # Errors
///
/// If an edit makes no sense for the object, or it is nested too deep to be told.
pub fn changed<'a>(
    number: u32,
    object: &Object,
    edits: impl IntoIterator<Item = &'a Edit>,
) -> Result<Value, Unmendable> {
    let mut value: Value = serde_json::from_str(&to_json(&object.read(), 0))
        .map_err(|error| Unmendable(format!("the object cannot be compared: {error}")))?;
    let mut ours: Vec<&Edit> = edits.into_iter().filter(|edit| edit.place.object == number).collect();
    // What stands later goes first, and what stands inside before what is around it.
    ours.sort_by_key(|Edit { place, action }| match action {
        Action::Set(_) => (0, place.node),
        Action::Rename(_) | Action::Remove => (1, u32::MAX - place.node),
    });
    let mut done: Vec<&Edit> = Vec::with_capacity(ours.len());
    for edit in ours {
        let same = |other: &&&Edit| other.place.node == edit.place.node && other.action == edit.action;
        let mut known =
            done.iter().rev().take_while(|other| other.place.node == edit.place.node).filter(same);
        if known.any(|other| other.place.missing == edit.place.missing) {
            continue;
        }
        done.push(edit);
        let mut path: Vec<String> = object
            .steps(edit.place.node)
            .into_iter()
            .map(|step| match step {
                Step::Key(key) => key.to_owned(),
                Step::Item { position, .. } => position.to_string(),
            })
            .collect();
        path.extend(steps(&edit.place.missing));
        apply(&mut value, &path, &edit.action)
            .ok_or_else(|| Unmendable("it changes what is not there".to_owned()))?;
    }
    Ok(value)
}

fn apply(object: &mut Value, path: &[String], action: &Action) -> Option<()> {
    let (last, above) = path.split_last()?;
    if let Action::Set(json) = action {
        let parent = above.iter().try_fold(object, |value, step| enter(value, step))?;
        *enter(parent, last)? = serde_json::from_str(json).ok()?;
        return Some(());
    }
    let parent = above.iter().try_fold(object, |value, step| match value {
        Value::Object(entries) => entries.get_mut(step),
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })?;
    match (action, parent) {
        (Action::Remove, Value::Object(entries)) => drop(entries.shift_remove(last)?),
        (Action::Remove, Value::Array(items)) => {
            let position = last.parse().ok().filter(|position| *position < items.len())?;
            items.remove(position);
        }
        (Action::Rename(key), Value::Object(entries)) => {
            if !entries.contains_key(last) || entries.contains_key(&**key) {
                return None;
            }
            let old = std::mem::take(entries).into_iter();
            entries.extend(old.map(|(old, value)| (if old == *last { key.to_string() } else { old }, value)));
        }
        _ => return None,
    }
    Some(())
}

/// Goes a step down and makes what is missing; `-`, or the number behind the last one, stands behind the last item of a sequence.
fn enter<'a>(value: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    if value.is_null() {
        *value = if step == "-" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    }
    match value {
        Value::Object(entries) => Some(entries.entry(step).or_insert(Value::Null)),
        Value::Array(items) => {
            let position = if step == "-" { items.len() } else { step.parse().ok()? };
            if position == items.len() {
                items.push(Value::Null);
            }
            items.get_mut(position)
        }
        _ => None,
    }
}
