//! The parts of a text that change: how they go together, and what they would do to the block scalars above them.

use super::Unmendable;
use super::layout::BlockScalar;

/// From a byte to a byte, and what comes in between.
pub(super) type Part = (usize, usize, String);

/// Parts in the order of the text; those that touch are one. `block_scalars` are those of all objects that change.
pub(super) fn in_order<'a>(
    mut parts: Vec<Part>,
    bytes: &[u8],
    mut block_scalars: impl Iterator<Item = &'a BlockScalar>,
) -> Result<Vec<Part>, Unmendable> {
    // Of what comes in at one place the deeper was made first.
    parts.sort_by_key(|(start, end, _)| (*start, *end));
    let mut ordered: Vec<Part> = Vec::with_capacity(parts.len());
    for (start, end, text) in parts {
        match ordered.last_mut() {
            Some((_, before, _)) if *before > start => {
                return Unmendable::because("its edits meet in the text");
            }
            Some((first, before, known)) if *before == start => {
                // Where the last lines of a file go, what comes behind them begins on their first.
                let begins_a_line = known.is_empty() && matches!(bytes[..*first].last(), Some(b'\n' | b'\r'));
                let takes_over = begins_a_line && start == bytes.len();
                let text = if takes_over { text.trim_start_matches(['\r', '\n']) } else { &text };
                *before = end;
                known.push_str(text);
            }
            _ => ordered.push((start, end, text)),
        }
    }
    // A file whose last line has no line break is not given one, unless it then ends with a block scalar, which needs its own.
    let last = ordered.last().map_or(0, |(start, ..)| *start);
    let ends_in_one = block_scalars.any(|scalar| {
        let stays = || ordered.iter().all(|(from, to, _)| *to <= scalar.start || scalar.end <= *from);
        scalar.end <= last && bytes[scalar.end..last].trim_ascii().is_empty() && stays()
    });
    if let Some((start, end, text)) = ordered.last_mut().filter(|_| !ends_in_one)
        && (text.is_empty() && *end == bytes.len() && !matches!(bytes.last(), Some(b'\n' | b'\r')))
    {
        let before = &bytes[..*start];
        let before = before.strip_suffix(b"\n").unwrap_or(before);
        *start = before.strip_suffix(b"\r").unwrap_or(before).len();
    }
    Ok(ordered)
}

/// Leaves block scalars what they are: refuses parts that bring below one what it would take for its own.
pub(super) fn spare<'a>(
    block_scalars: impl Iterator<Item = &'a BlockScalar>,
    parts: &[Part],
    bytes: &[u8],
) -> Result<(), Unmendable> {
    for scalar in block_scalars {
        let after = parts.partition_point(|(start, ..)| *start < scalar.end);
        let stays = parts[..after].last().is_none_or(|(_, end, _)| *end <= scalar.start);
        let Some((next, ..)) = parts.get(after).filter(|_| stays) else { continue };
        if !bytes[scalar.end..*next].trim_ascii().is_empty() {
            continue;
        }
        let mut at = scalar.end;
        let pieces = parts[after..].iter().flat_map(|(start, end, new)| {
            let old = &bytes[at..*start];
            at = *end;
            [old, new.as_bytes()]
        });
        let last = &bytes[parts.last().map_or(0, |(_, end, _)| *end)..];
        if swallows(scalar, pieces.chain([last]).flatten().copied()) {
            return Unmendable::because("what stands below it would become a part of the text above it");
        }
    }
    Ok(())
}

/// Refuses parts that bring a `---` or `...` to the beginning of a line, where it separates documents.
pub(super) fn separate(parts: &[Part], bytes: &[u8]) -> Result<(), Unmendable> {
    let is_begun = |text: &[u8]| matches!(text.last(), None | Some(b'\n' | b'\r'));
    for (start, end, text) in parts {
        let is_begun_now =
            if text.is_empty() { is_begun(&bytes[..*start]) } else { is_begun(text.as_bytes()) };
        if is_begun_now
            && !is_begun(&bytes[..*end])
            && matches!(bytes.get(*end..*end + 3), Some(b"---" | b"..."))
        {
            return Unmendable::because("what stands behind it would end the document");
        }
    }
    Ok(())
}

/// Whether a block scalar takes lines for its own from what stands behind its last line: blank ones, if it keeps them, and those that are indented deeper
/// than it is, be they comments or nothing but blanks.
fn swallows(scalar: &BlockScalar, behind: impl Iterator<Item = u8>) -> bool {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut behind = behind.skip_while(|byte| !is_break(byte)).peekable();
    while let Some(byte) = behind.next() {
        if byte == b'\r' {
            behind.next_if_eq(&b'\n');
        }
        let mut blanks = 0;
        while behind.next_if(|byte| matches!(byte, b' ' | b'\t')).is_some() {
            blanks += 1;
        }
        let is_blank = behind.peek().is_none_or(is_break);
        let is_line = blanks > 0 || behind.peek().is_some();
        if blanks > scalar.column || is_blank && is_line && scalar.keeps {
            return true;
        }
        if !is_blank {
            return false;
        }
    }
    false
}
