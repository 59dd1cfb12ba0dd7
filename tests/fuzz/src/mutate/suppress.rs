//! Manifests into which somebody wrote suppressions.

use super::yaml;
use crate::Dice;

const COMMENTS: [&str; 10] = [
    "# plimsoll:ignore a/b -- why",
    " # plimsoll:ignore a/c -- why until 2026-11-22",
    "#plimsoll:ignore a -- x until 2030-01-01",
    "  # plimsoll:ignore a/*, b",
    "# plimsoll:ignore",
    "\t# plimsoll: ignore a/b -- [x](1)",
    "---",
    "\n",
    "  plimsoll.dev/ignore: a/b -- why",
    "metadata: {annotations: {plimsoll.dev/ignore: a/c -- x, ignore.plimsoll.dev/a: a -- y}}",
];

/// Changes a manifest, or writes comments into it: on lines of their own, at the ends of lines and anywhere.
pub(crate) fn suppress(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut changed = if dice.below(3) == 0 { yaml(bytes, dice) } else { bytes.to_vec() };
    for _ in 0..1 + dice.below(3) {
        let ends: Vec<usize> = changed
            .iter()
            .enumerate()
            .filter(|(_, byte)| matches!(byte, b'\n' | b'\r'))
            .map(|(at, _)| at)
            .collect();
        let comment = dice.one_of(&COMMENTS).as_bytes();
        let (at, before, after) = match dice.below(4) {
            0 => (dice.below(changed.len() + 1), "", ""),
            1 if !ends.is_empty() => (*dice.one_of(&ends), " ", ""),
            _ if !ends.is_empty() => (*dice.one_of(&ends) + 1, "", "\n"),
            _ => (0, "", "\n"),
        };
        let text = [before.as_bytes(), comment, after.as_bytes()].concat();
        changed.splice(at..at, text);
    }
    changed
}
