//! Changes to tapes and to packed findings, word by word.

use plimsoll_tape::MAGIC;

use super::yaml;
use crate::Dice;

/// Changes a manifest, or, where the bytes are a tape or become one, a few of its numbers.
pub(crate) fn tape(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    if !bytes.starts_with(&MAGIC) {
        let changed = yaml(bytes, dice);
        return if dice.below(8) == 0 { crate::tape::tape(&changed) } else { changed };
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + dice.below(3) {
        change(&mut bytes, dice);
    }
    bytes
}

/// Changes a few numbers of packed findings, or bytes that decide on some, which may become them.
pub(crate) fn packed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let is_packed = bytes.starts_with(crate::packed::MAGIC);
    if !is_packed && dice.below(4) > 0 {
        return crate::packed::packed(bytes);
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + dice.below(3) {
        change(&mut bytes, dice);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len() / 4) * 4;
    let Some(Ok(word)) = bytes.get(at..at + 4).map(<[u8; 4]>::try_from) else { return };
    let word = u32::from_le_bytes(word);
    let changed = match dice.below(8) {
        0 => word.wrapping_add(1 + dice.below(16) as u32),
        1 => word.wrapping_sub(1 + dice.below(16) as u32),
        2 => *dice.one_of(&[0, 1, 0x7F, 0xFF, 0xFFFF, 0x00FF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF]),
        // The kind of a node.
        3 => word & !0xFF | dice.below(9) as u32,
        4 => word ^ 1 << dice.below(32),
        5 => dice.below(bytes.len()) as u32,
        6 => {
            bytes.truncate(at);
            return;
        }
        _ => {
            let other = dice.below(bytes.len() / 4) * 4;
            (0..4).for_each(|byte| bytes.swap(at + byte, other + byte));
            return;
        }
    };
    bytes[at..at + 4].copy_from_slice(&changed.to_le_bytes());
}
