//! What a suppression says: `pack/rule[, pack/rule…] -- reason [until 2027-01-31]`.

/// A suppression as it is written in a comment or an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// Ids, packs and patterns.
    pub(super) rules: Vec<String>,
    /// Why, if it says so.
    pub(super) reason: Option<String>,
    /// The last day on which it holds.
    pub(super) until: Option<String>,
}

/// How it is written.
pub(super) const FORM: &str = "pack/rule -- reason";

/// Reads what stands behind `plimsoll:ignore`, or a line of an annotation.
///
/// # Errors
///
/// If it names no rule, or a day that is none.
pub(super) fn parse(text: &str) -> Result<Directive, String> {
    let text = text.trim();
    let dashes = text.match_indices("--").map(|(at, _)| at);
    let at = dashes.into_iter().find(|at| text[..*at].chars().next_back().is_none_or(char::is_whitespace));
    let (rules, reason) =
        at.map_or((text, ""), |at| (&text[..at], text[at..].trim_start_matches('-').trim()));
    let rules: Vec<String> = rules
        .split(|letter: char| letter == ',' || letter.is_whitespace())
        .filter(|rule| !rule.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(dash) = rules.iter().find(|word| matches!(word.as_str(), "-" | "–" | "—" | "#" | "//")) {
        return Err(format!("a reason begins with ` -- `, not with `{dash}`; write it as `{FORM}`"));
    }
    if rules.is_empty() {
        return Err(format!("it names no rule; write it as `{FORM}`"));
    }
    let (reason, until) = day_of(reason)?;
    let reason = Some(capped(reason)).filter(|reason| !reason.is_empty());
    Ok(Directive { rules, reason, until: until.map(str::to_owned) })
}

/// Letters of a reason that are kept.
const MOST: usize = 1_000;

fn capped(reason: &str) -> String {
    match reason.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}

/// A reason without the day at its end, and the day.
fn day_of(reason: &str) -> Result<(&str, Option<&str>), String> {
    let Some((head, day)) = reason.rsplit_once("until ") else { return prose(reason) };
    let day = day.trim().trim_end_matches([']', ')', '.']);
    let apart = head.is_empty() || head.ends_with([' ', '\t', '[', '(']);
    // 'until the next release' is a reason.
    if !apart || !day.starts_with(|letter: char| letter.is_ascii_digit()) || day.contains(' ') {
        return prose(reason);
    }
    if !is_day(day) {
        return Err(format!("`{day}` is no day; write it as `until 2027-01-31`"));
    }
    Ok((head.trim_end_matches([' ', '\t', '[', '(', ',', ';']), Some(day)))
}

/// A reason without a day. One that looks as if it had a day would hold forever, which nobody meant.
fn prose(reason: &str) -> Result<(&str, Option<&str>), String> {
    let bare = |word: &str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_ascii_lowercase();
    let is_dated = |word: &str| {
        let mut digits = word.trim_start_matches(|letter: char| !letter.is_alphanumeric()).bytes();
        let mut next = |count: usize| digits.by_ref().take(count).filter(u8::is_ascii_digit).count() == count;
        next(4) && digits.next() == Some(b'-')
    };
    let words: Vec<&str> = reason.split_whitespace().collect();
    match words.windows(2).find(|pair| bare(pair[0]) == "until" && is_dated(pair[1])) {
        Some(pair) => Err(format!(
            "`{} {}` is not understood, so that this would hold forever; write `until 2027-01-31` behind the reason, as its last words",
            pair[0], pair[1]
        )),
        None => Ok((reason, None)),
    }
}

/// Whether a text is a day of the calendar, such as `2027-01-31`. Such texts are ordered as the days are.
pub fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    text.len() == 10 && &text[4..5] == "-" && &text[7..8] == "-" && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directive(rules: &[&str], reason: Option<&str>, until: Option<&str>) -> Directive {
        Directive {
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            reason: reason.map(str::to_owned),
            until: until.map(str::to_owned),
        }
    }

    #[test]
    fn rules_reason_and_day_are_told_apart() {
        let cases = [
            (" a/b -- because", directive(&["a/b"], Some("because"), None)),
            ("a/b, c/* d --x", directive(&["a/b", "c/*", "d"], Some("x"), None)),
            ("a/b-c", directive(&["a/b-c"], None, None)),
            ("a/b --", directive(&["a/b"], None, None)),
            ("a/b -- x -- y until 2027-01-31", directive(&["a/b"], Some("x -- y"), Some("2027-01-31"))),
            ("a/b -- x [until 2027-01-31]", directive(&["a/b"], Some("x"), Some("2027-01-31"))),
            ("a/b -- until 2027-01-31", directive(&["a/b"], None, Some("2027-01-31"))),
            ("a/b -- until the next release", directive(&["a/b"], Some("until the next release"), None)),
            ("a/b ---- x", directive(&["a/b"], Some("x"), None)),
            ("a/b -- an until 2 we", directive(&["a/b"], Some("an until 2 we"), None)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        for text in [
            "a/b -- x until 2020-01-31 (JIRA-1)",
            "a/b -- x until 2020-01-31, see y",
            "a/b -- [until 2020-01-31] x",
            "a/b -- x Until 2020-01-31",
            "a/b -- x until: 2020-01-31",
            "a/b -- until 2020-01-31: x",
        ] {
            assert!(parse(text).is_err_and(|why| why.contains("as its last words")), "{text}");
        }
        let long = parse(&format!("a/b -- {}", "é".repeat(5_000)));
        assert!(long.is_ok_and(|long| long.reason.is_some_and(|reason| reason.chars().count() == MOST + 1)));
        assert!(parse(" -- because").is_err());
        for dash in ["–", "—", "-"] {
            assert!(parse(&format!("a/b {dash} because")).is_err_and(|why| why.contains(dash)), "{dash}");
        }
        assert!(parse("a/b -- x until 2027-02-29").is_err_and(|why| why.contains("`2027-02-29` is no day")));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        let days = ["2024-02-29", "2000-02-29", "2026-12-31"];
        let none = [
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "2026-01-00",
            "２026-01-01",
            "2026-01-011",
        ];
        assert!(days.into_iter().all(is_day));
        assert!(!none.into_iter().any(is_day));
    }
}
