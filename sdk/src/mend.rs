//! Applies the edits of a fix to the JSON of an example, so that a test can ask the rule again.

use serde_json::{Map, Value};

use plimsoll_tape::packed::Action;

use crate::examples::Edit;

/// Applies edits, each with the pointer that it is about. Those that come last in a list are removed first, so that positions hold.
pub(crate) fn mend(object: &mut Value, mut edits: Vec<(String, &Edit)>) -> Result<(), String> {
    edits.sort_by_key(|(pointer, edit)| {
        (edit.action == Action::Remove, std::cmp::Reverse(positions(pointer)))
    });
    edits.iter().try_for_each(|(pointer, edit)| apply(object, pointer, edit))
}

fn positions(pointer: &str) -> Vec<usize> {
    pointer.split('/').filter_map(|step| step.parse().ok()).collect()
}

fn apply(object: &mut Value, pointer: &str, edit: &Edit) -> Result<(), String> {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let Some((last, above)) = steps.split_last() else { return Err("a fix edits a whole object".to_owned()) };
    let wrong = || format!("a fix cannot {:?} {pointer}: there is nothing like it", edit.action);
    let parent = match edit.action {
        Action::Set => above.iter().try_fold(object, |value, step| enter(value, step)).ok_or_else(wrong)?,
        _ => object.pointer_mut(pointer.rsplit_once('/').map_or("", |(above, _)| above)).ok_or_else(wrong)?,
    };
    match (edit.action, parent) {
        (Action::Set, parent) => {
            let value = serde_json::from_str(&edit.value).map_err(|error| error.to_string())?;
            *enter(parent, last).ok_or_else(wrong)? = value;
        }
        (Action::Remove, Value::Object(entries)) => drop(entries.shift_remove(last).ok_or_else(wrong)?),
        (Action::Remove, Value::Array(items)) => {
            let position = last.parse().ok().filter(|position| *position < items.len()).ok_or_else(wrong)?;
            items.remove(position);
        }
        (Action::Rename, Value::Object(entries)) => {
            let renamed = std::mem::take(entries).into_iter();
            entries.extend(
                renamed.map(|(key, value)| (if key == *last { edit.value.clone() } else { key }, value)),
            );
        }
        _ => return Err(wrong()),
    }
    Ok(())
}

/// Goes a step down and makes what is missing; `-` stands behind the last item of a sequence.
fn enter<'a>(value: &'a mut Value, step: &str) -> Option<&'a mut Value> {
    if value.is_null() {
        *value = if step == "-" { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    }
    match value {
        Value::Object(entries) => Some(entries.entry(step).or_insert(Value::Null)),
        Value::Array(items) => {
            if step == "-" {
                items.push(Value::Null);
            }
            let last = items.len().checked_sub(1)?;
            items.get_mut(if step == "-" { last } else { step.parse().ok()? })
        }
        _ => None,
    }
}
