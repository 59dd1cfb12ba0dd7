//! A case: a file of manifests whose comments say what is found in it, and on which lines.
//!
//! `# expect: pack/rule` behind a line, or above it on lines of its own, says that a finding of that rule begins on that line. What follows the
//! rule says more of it: `/spec/type` where in the object it is, `"is public"` a part of what it says. A comma begins the next.

use crate::suggest;

/// What begins a comment that expects something.
const MARK: &str = "# expect:";
/// How it is written.
const FORM: &str =
    "`# expect: pack/rule`, and if you like `/pointer` and `\"part of the message\"` behind it";

/// A finding that is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line that it is to begin on, from 1.
    pub line: u32,
    /// The line of the comment.
    pub comment: u32,
    /// The id of the rule.
    pub rule: String,
    /// The address in the object, if it matters.
    pub pointer: Option<String>,
    /// What the message is to hold, if it matters.
    pub says: Option<String>,
}

/// A finding that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The line that it begins on.
    pub line: u32,
    /// The place, as `line:column-line:column`.
    pub place: String,
    /// The id of the rule.
    pub rule: String,
    /// The address in the object.
    pub pointer: String,
    /// What it says.
    pub message: String,
}

/// What is not as it is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Expected and not there.
    pub missing: Vec<Expected>,
    /// There and not expected.
    pub surplus: Vec<Seen>,
}

impl Expected {
    fn is(&self, seen: &Seen) -> bool {
        self.line == seen.line
            && self.rule == seen.rule
            && self.pointer.as_ref().is_none_or(|pointer| *pointer == seen.pointer)
            && self.says.as_ref().is_none_or(|says| seen.message.contains(says))
    }

    /// How much it says; who says more chooses first.
    fn weight(&self) -> usize {
        usize::from(self.pointer.is_some()) + usize::from(self.says.is_some())
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.rule)?;
        if let Some(pointer) = &self.pointer {
            write!(f, " {pointer}")?;
        }
        self.says.as_ref().map_or(Ok(()), |says| write!(f, " \"{says}\""))
    }
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.surplus.is_empty()
    }
}

/// Reads what a case expects.
///
/// # Errors
///
/// If a comment is not understood, as `line: why`.
pub fn expected(text: &str) -> Result<Vec<Expected>, String> {
    let mut found = Vec::new();
    // Those that stand above the line that they speak of.
    let mut above = 0;
    for (line, number) in text.lines().zip(1..) {
        let (before, comment) = split(line);
        if let Some(comment) = comment {
            let read = entries(comment).map_err(|why| format!("{number}: {why}"))?;
            let expected =
                |(rule, pointer, says)| Expected { line: number, comment: number, rule, pointer, says };
            found.extend(read.into_iter().map(expected));
        }
        if !is_passed_over(before) {
            found[above..].iter_mut().for_each(|expected| expected.line = number);
            above = found.len();
        }
    }
    Ok(found)
}

/// What is expected and missing, and what is there and was not expected.
pub fn compare(expected: &[Expected], seen: Vec<Seen>) -> Difference {
    let mut by_weight: Vec<&Expected> = expected.iter().collect();
    by_weight.sort_by_key(|expected| std::cmp::Reverse(expected.weight()));
    let mut difference = Difference { surplus: seen, missing: Vec::new() };
    for expected in by_weight {
        match difference.surplus.iter().position(|seen| expected.is(seen)) {
            Some(position) => drop(difference.surplus.remove(position)),
            None => difference.missing.push(expected.clone()),
        }
    }
    difference.missing.sort_by_key(|expected| (expected.line, expected.comment));
    difference
}

/// The text of a case without the comments that are wrong, and with those that are missing, each above its line.
pub fn blessed(text: &str, expected: &[Expected], difference: &Difference) -> String {
    let mut out = String::with_capacity(text.len());
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
        for seen in difference.surplus.iter().filter(|seen| seen.line == number) {
            let pointer = if seen.pointer.contains([' ', ',']) { "" } else { &seen.pointer };
            out.push_str(format!("{indent}{MARK} {} {pointer}", seen.rule).trim_end());
            out.push('\n');
        }
        let said = |expected: &&Expected| expected.comment == number;
        let wrong = |expected: &Expected| difference.missing.contains(expected);
        if !expected.iter().filter(said).any(wrong) {
            out.push_str(line);
            continue;
        }
        let kept: Vec<String> = expected
            .iter()
            .filter(said)
            .filter(|expected| !wrong(expected))
            .map(ToString::to_string)
            .collect();
        let before = split(line).0;
        if kept.is_empty() {
            // A line that held nothing else goes with its comment.
            let rest = before.trim_end();
            out.push_str(rest);
            out.push_str(if rest.is_empty() { "" } else { "\n" });
        } else {
            out.push_str(&format!("{before}{MARK} {}\n", kept.join(", ")));
        }
    }
    out
}

/// A complaint about rules that are expected and do not exist, as `line: why`.
pub fn unknown(expected: &[Expected], known: &[String]) -> Option<String> {
    let wrong = expected.iter().find(|expected| !known.contains(&expected.rule))?;
    let cure = suggest::among(&wrong.rule, known.iter().cloned());
    Some(format!("{}: there is no rule `{}`; {cure}", wrong.comment, wrong.rule))
}

/// What stands on a line before a comment that expects something, and what the comment says.
fn split(line: &str) -> (&str, Option<&str>) {
    let begins =
        |at: &usize| line[..*at].chars().next_back().is_none_or(|before| matches!(before, ' ' | '\t'));
    match line.match_indices(MARK).map(|(at, _)| at).find(begins) {
        Some(at) => (&line[..at], Some(&line[at + MARK.len()..])),
        None => (line, None),
    }
}

/// Whether nothing can be found on a line: it is blank, a comment, or sets documents apart.
fn is_passed_over(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line == "---"
}

type Entry = (String, Option<String>, Option<String>);

fn entries(comment: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    let mut rest = comment.trim();
    loop {
        let rule = word(&mut rest);
        if !rule.contains('/') || rule.starts_with('/') {
            return Err(format!("`{}` names no rule; write {FORM}", comment.trim()));
        }
        let pointer = rest.starts_with('/').then(|| word(&mut rest).to_owned());
        let mut says = None;
        if let Some(quoted) = rest.strip_prefix('"') {
            let (text, behind) = quoted
                .split_once('"')
                .ok_or_else(|| format!("the text of `{rule}` has no end; write {FORM}"))?;
            says = Some(text.to_owned());
            rest = behind.trim_start();
        }
        entries.push((rule.to_owned(), pointer, says));
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if rest.is_empty() => return Ok(entries),
            None => return Err(format!("`{rest}` is not understood; write {FORM}")),
        }
    }
}

/// Takes what stands before the next blank or comma.
fn word<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.find([' ', '\t', ',']).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(end);
    *rest = behind.trim_start();
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let expected = expected(text).unwrap_or_else(|why| vec![Expected { rule: why, ..at(0) }]);
        expected.iter().map(|expected| format!("{} {expected}", expected.line)).collect()
    }

    fn at(line: u32) -> Expected {
        Expected { line, comment: line, rule: String::new(), pointer: None, says: None }
    }

    fn seen(line: u32, rule: &str, pointer: &str) -> Seen {
        let (rule, pointer) = (rule.to_owned(), pointer.to_owned());
        Seen { line, place: String::new(), rule, pointer, message: "it is red".to_owned() }
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_of_the_next() {
        assert_eq!(told("a: 1 # expect: p/a\n"), ["1 p/a"]);
        assert_eq!(
            told("# expect: p/a\n# expect: p/b\n\n# other\n---\na: 1 # expect: p/c\n"),
            ["6 p/a", "6 p/b", "6 p/c"]
        );
        assert_eq!(
            told("a: 1 # because # expect: p/a /a \"is, red\", p/b\n"),
            ["1 p/a /a \"is, red\"", "1 p/b"]
        );
        assert_eq!(told("a: '1# expect: p/a'\n"), [""; 0]);
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let wrong =
            |comment: &str| expected(&format!("a: 1\n# expect: {comment}\n")).expect_err("it is wrong");
        assert!(wrong("owner").starts_with("2: `owner` names no rule; write"));
        assert!(wrong("p/a /b \"red").starts_with("2: the text of `p/a` has no end"));
        assert!(wrong("p/a is red").starts_with("2: `is red` is not understood"));
        assert!(wrong("").starts_with("2: `` names no rule"));
    }

    #[test]
    fn who_says_more_chooses_first_and_every_finding_counts_once() {
        let expected = expected("a: 1 # expect: p/a, p/a /b\n").expect("it is understood");
        assert!(compare(&expected, vec![seen(1, "p/a", "/b"), seen(1, "p/a", "/c")]).is_empty());
        let difference = compare(&expected, vec![seen(1, "p/a", "/b"), seen(2, "p/a", "/c")]);
        assert_eq!(
            (difference.missing, difference.surplus),
            (vec![expected[0].clone()], vec![seen(2, "p/a", "/c")])
        );
        let says = Expected { rule: "p/a".to_owned(), says: Some("red".to_owned()), ..at(1) };
        assert!(compare(std::slice::from_ref(&says), vec![seen(1, "p/a", "")]).is_empty());
        let says = Expected { says: Some("blue".to_owned()), ..says };
        assert_eq!(compare(&[says], vec![seen(1, "p/a", "")]).missing.len(), 1);
    }

    #[test]
    fn a_blessed_case_expects_what_was_found() {
        let text = "# expect: p/gone\na: 1 # expect: p/a, p/gone\nb:\n  c: 1 # expect: p/gone\n";
        let expected = expected(text).expect("it is understood");
        let difference =
            compare(&expected, vec![seen(2, "p/a", "/a"), seen(4, "p/c", "/b/c"), seen(4, "p/root", "")]);
        let blessed = blessed(text, &expected, &difference);
        assert_eq!(blessed, "a: 1 # expect: p/a\nb:\n  # expect: p/c /b/c\n  # expect: p/root\n  c: 1\n");
    }
}
