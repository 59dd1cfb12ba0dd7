//! Any bytes as packed findings, or, where they do not begin like those, as chance that decides what a plugin says.

use plimsoll_tape::packed::{Action, Malformed, Place, Writer, read};

use crate::Dice;

/// With what packed findings begin.
pub(crate) const MAGIC: &[u8] = b"find";

const TEXTS: &[&str] = &["", "/", "/a", "/a/-/ü", "remove it", "größer als \u{1F6A2}", "\0", "true", "[1]"];

/// A finding as it is told: its rule, where it is and its message, other places, and its fix.
type Told = (u32, Part, Vec<Part>, Option<(Option<String>, Vec<(u32, Part)>)>);
/// Object, node, path, and what is said.
type Part = (u32, u32, String, String);

/// # Panics
///
/// If another thing is read than was written, or bytes are neither refused nor read to their end.
pub fn run(bytes: &[u8]) {
    if bytes.starts_with(MAGIC) { broken(bytes) } else { written(bytes) }
}

/// Findings that the bytes decide on.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    pack(&told(bytes))
}

fn written(bytes: &[u8]) {
    let told = told(bytes);
    assert_eq!(heard(&pack(&told)).as_ref(), Ok(&told), "another thing is read than was written");
}

fn broken(bytes: &[u8]) {
    let Ok(found) = read(bytes) else { return };
    let parts = found.parts();
    let told = heard(bytes).expect("it could be read just now");
    let said = told
        .iter()
        .map(|(_, _, related, fix)| 1 + related.len() + fix.as_ref().map_or(0, |(_, edits)| edits.len()));
    assert_eq!(said.sum::<usize>(), parts, "findings, places and edits");
    // Parts come in an order of their own when they are written again, and actions that nobody knows become one; all else is the same.
    let again = pack(&told);
    assert_eq!(again.len(), bytes.len(), "there was nothing beside what was read");
    assert_eq!(heard(&again), Ok(told), "it is the same when it is written again");
}

/// What is read from packed findings.
fn heard(bytes: &[u8]) -> Result<Vec<Told>, Malformed> {
    let part = |at: Place<'_>, said: &str| (at.object, at.node, at.path.to_owned(), said.to_owned());
    let told = read(bytes)?.map(|finding| {
        let fix = finding.fix().map(|fix| {
            let edits = fix.edits().map(|edit| (edit.action as u32, part(edit.at, edit.value)));
            (fix.description.map(str::to_owned), edits.collect())
        });
        let related = finding.related().map(|(at, said)| part(at, said)).collect();
        (finding.rule, part(finding.at, finding.message), related, fix)
    });
    Ok(told.collect())
}

fn pack(told: &[Told]) -> Vec<u8> {
    let mut writer = Writer::new();
    for (rule, (object, node, path, message), related, fix) in told {
        writer.finding(*rule, (*object, *node), |text| text.push_str(path), message);
        for (object, node, path, said) in related {
            writer.related((*object, *node), |text| text.push_str(path), said);
        }
        let Some((description, edits)) = fix else { continue };
        for (action, (object, node, path, value)) in edits {
            let action = match action {
                0 => Action::Set,
                1 => Action::Remove,
                2 => Action::Rename,
                _ => Action::Unknown,
            };
            writer.edit(action, (*object, *node), |text| text.push_str(path), |text| text.push_str(value));
        }
        description.iter().for_each(|text| writer.description(text));
    }
    assert_eq!(writer.len(), told.len());
    writer.finish()
}

fn told(bytes: &[u8]) -> Vec<Told> {
    let seed = bytes.iter().fold(0u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(*byte)));
    let mut dice = Dice::new(seed);
    (0..dice.below(5)).map(|_| finding(&mut dice)).collect()
}

fn finding(dice: &mut Dice) -> Told {
    let related = (0..dice.below(3)).map(|_| part(dice)).collect();
    let described = dice.below(2) == 0;
    let edits: Vec<_> = (0..dice.below(3)).map(|_| (dice.below(4) as u32, part(dice))).collect();
    let description = described.then(|| (*dice.one_of(TEXTS)).to_owned());
    let fix = (described || !edits.is_empty()).then_some((description, edits));
    (dice.below(9) as u32, part(dice), related, fix)
}

fn part(dice: &mut Dice) -> Part {
    let mut text = || (*dice.one_of(TEXTS)).to_owned();
    let (path, said) = (text(), text());
    (dice.below(3) as u32, dice.below(99) as u32, path, said)
}
