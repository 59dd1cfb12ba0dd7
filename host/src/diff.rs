//! A unified diff of two texts, as `git apply` and `patch` take it.

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

/// Lines around a change that are shown.
const CONTEXT: usize = 3;

/// What changes from one text to another; empty if nothing does. `path` is relative, with `/`, in the bytes that the system has. Lines end with LF, so that a CR before it is
/// part of the line, as for git.
pub fn unified(path: &[u8], old: &str, new: &str) -> String {
    let [olds, news]: [Vec<&str>; 2] = [old, new].map(|text| text.split_inclusive('\n').collect());
    let groups = group_diff_ops(capture_diff_slices(Algorithm::Myers, &olds, &news), CONTEXT);
    let mut out = String::new();
    for group in groups {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if out.is_empty() {
            out.push_str(&format!("--- {}\n+++ {}\n", name("a/", path), name("b/", path)));
        }
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => format!("{}", from + 1),
            lines => format!("{},{lines}", from + 1),
        };
        let before = range(first.old_range().start, last.old_range().end);
        let after = range(first.new_range().start, last.new_range().end);
        out.push_str(&format!("@@ -{before} +{after} @@\n"));
        for op in &group {
            if let DiffOp::Equal { .. } = op {
                push(&mut out, ' ', &olds[op.old_range()]);
            } else {
                push(&mut out, '-', &olds[op.old_range()]);
                push(&mut out, '+', &news[op.new_range()]);
            }
        }
    }
    out
}

fn push(out: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A path as git writes it in a diff: in quotes where a character would be misread, and with a tab behind it if it holds a blank.
fn name(side: &str, path: &[u8]) -> String {
    let is_plain = |byte: &u8| (0x20..0x7F).contains(byte) && !matches!(byte, b'"' | b'\\');
    if let Some(path) = std::str::from_utf8(path).ok().filter(|path| path.as_bytes().iter().all(is_plain)) {
        return format!("{side}{path}{}", if path.contains(' ') { "\t" } else { "" });
    }
    let mut quoted = format!("\"{side}");
    for byte in path {
        match *byte {
            byte @ (b'"' | b'\\') => quoted.extend(['\\', char::from(byte)]),
            byte @ 0x20..0x7F => quoted.push(char::from(byte)),
            byte => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_context_and_tells_of_a_missing_line_break() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        assert_eq!(
            unified(b"a b.yaml", old, &old.replace('5', "five\r")),
            "--- a/a b.yaml\t\n+++ b/a b.yaml\t\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\r\n 6\n 7\n 8\n"
        );
        assert_eq!(
            unified("ä.yaml".as_bytes(), "1", "1\n2"),
            "--- \"a/\\303\\244.yaml\"\n+++ \"b/\\303\\244.yaml\"\n@@ -1 +1,2 @@\n-1\n\\ No newline at end of file\n+1\n+2\n\\ No newline \
             at end of file\n"
        );
        assert_eq!(unified(b"a.yaml", old, old), "");
        assert!(unified(b"\xFF.yaml", "1", "2").starts_with("--- \"a/\\377.yaml\"\n"));
    }
}
