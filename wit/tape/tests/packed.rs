//! Packed findings: what is written is what is read, and what lies about itself is refused.

use plimsoll_tape::packed::{Action, Malformed, Place, Writer, read};

const HEADER: usize = 16;
const RECORD: usize = 24;

/// Two findings: one with all that there can be, of letters of several bytes, and a bare one.
fn two() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.finding(4, (1, 9), |path| path.push_str("/größe"), "zu groß");
    writer.related((0, 2), |_| {}, "daneben");
    writer.edit(Action::Set, (1, 9), |path| path.push_str("/größe"), |value| value.push_str("[1]"));
    writer.description("verkleinern");
    writer.related((0, 3), |path| path.push_str("/-"), "");
    writer.edit(Action::Remove, (1, 4), |_| {}, |_| {});
    writer.finding(0, (u32::MAX, u32::MAX), |_| {}, "");
    assert_eq!(writer.len(), 2);
    writer.finish()
}

fn place(object: u32, node: u32, path: &str) -> Place<'_> {
    Place { object, node, path }
}

#[test]
fn what_is_written_is_read() -> Result<(), Malformed> {
    let bytes = two();
    let mut findings = read(&bytes)?;
    assert_eq!(findings.parts(), 6);
    let (first, second) = (findings.next().expect("one"), findings.next().expect("another"));
    assert!(findings.next().is_none());

    assert_eq!((first.rule, first.at, first.message), (4, place(1, 9, "/größe"), "zu groß"));
    let related: Vec<_> = first.related().collect();
    assert_eq!(related, [(place(0, 2, ""), "daneben"), (place(0, 3, "/-"), "")]);
    let fix = first.fix().expect("it has one");
    assert_eq!(fix.description, Some("verkleinern"));
    let edits: Vec<_> = fix.edits().map(|edit| (edit.at, edit.action, edit.value)).collect();
    assert_eq!(edits, [(place(1, 9, "/größe"), Action::Set, "[1]"), (place(1, 4, ""), Action::Remove, "")]);

    assert_eq!((second.rule, second.at, second.message), (0, place(u32::MAX, u32::MAX, ""), ""));
    assert!(second.fix().is_none());
    assert_eq!(second.related().count(), 0);
    Ok(())
}

#[test]
fn nothing_found_is_a_header() -> Result<(), Malformed> {
    let bytes = Writer::new().finish();
    assert_eq!(bytes.len(), HEADER);
    assert_eq!(read(&bytes)?.count(), 0);
    Ok(())
}

#[test]
fn an_action_of_a_later_version_is_told_apart() -> Result<(), Malformed> {
    let mut bytes = two();
    put(&mut bytes, HEADER + 2 * RECORD + 4, 7);
    let first = read(&bytes)?.next().expect("one");
    let actions: Vec<_> = first.fix().expect("it has one").edits().map(|edit| edit.action).collect();
    assert_eq!(actions, [Action::Unknown, Action::Remove]);
    Ok(())
}

#[test]
fn every_prefix_is_refused() {
    let bytes = two();
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len]).is_err(), "the first {len} of {} bytes", bytes.len());
    }
}

#[test]
fn what_lies_is_refused() {
    let records_end = HEADER + 7 * RECORD;
    let lies: [(usize, u32, &str); 14] = [
        (0, 0, "they do not begin with the letters `find`"),
        (4, 2, "their version is not 1"),
        (8, 1, "they are another number of findings than they say"),
        (8, u32::MAX, "they are another number of findings than they say"),
        (12, 0, "their text begins outside of them"),
        (12, u32::MAX, "their text begins outside of them"),
        (12, records_end as u32 - 8, "a record is cut short"),
        (HEADER, 1, "a record belongs to no finding"),
        (HEADER, 4, "a record is of no kind"),
        (HEADER + RECORD + 4, 1, "a number is not 0 where nothing stands"),
        (HEADER + 3 * RECORD + 8, 1, "a number is not 0 where nothing stands"),
        (HEADER + 4 * RECORD, 3, "a fix is described twice"),
        // Inside of the `ö`, and beyond everything.
        (HEADER + 16, 4, "a text ends outside of the text, or inside of a letter"),
        (HEADER + 20, u32::MAX, "a text ends outside of the text, or inside of a letter"),
    ];
    for (at, number, why) in lies {
        let mut bytes = two();
        put(&mut bytes, at, number);
        assert_eq!(read(&bytes).err(), Some(Malformed(why)), "{number} at {at}");
    }
    let mut long = two();
    long.push(b'!');
    assert_eq!(read(&long).err(), Some(Malformed("there is text that belongs to no record")));
    let mut broken = two();
    *broken.last_mut().expect("there is text") = 0xFF;
    assert_eq!(read(&broken).err(), Some(Malformed("their text is not UTF-8")));
}

#[test]
fn a_wrong_byte_is_refused_or_read_harmlessly() {
    let bytes = two();
    let (mut refused, mut taken) = (0, 0);
    for at in 0..bytes.len() {
        for change in [1, 0x80, 0xFF] {
            let mut bytes = bytes.clone();
            bytes[at] ^= change;
            let Ok(findings) = read(&bytes) else {
                refused += 1;
                continue;
            };
            taken += 1;
            let parts = findings.parts();
            let read: usize = findings
                .map(|finding| {
                    let edits = finding.fix().map_or(0, |fix| fix.edits().count());
                    1 + finding.related().count() + edits
                })
                .sum();
            assert_eq!(read, parts, "byte {at}");
        }
    }
    assert!(refused > 100 && taken > 100, "{refused} refused, {taken} taken");
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
}
