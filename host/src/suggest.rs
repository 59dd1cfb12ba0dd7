//! 'Did you mean …?'

/// A sentence that names the word that is meant, or else all that are known.
pub fn among(given: &str, known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.collect();
    match closest(given, &known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("use one of {}", known.join(", ")),
    }
}

/// The known word that is most like the given one, if one is like it at all.
pub fn closest<'a>(given: &str, known: &'a [String]) -> Option<&'a str> {
    let alike = |word: &str| {
        let tail = word.rsplit('/').next().unwrap_or(word);
        strsim::jaro_winkler(given, word)
            .max(strsim::jaro_winkler(given.rsplit('/').next().unwrap_or(given), tail) * 0.97)
    };
    let scored = known.iter().map(|word| (alike(word), word));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| *score > 0.8).map(|(_, word)| word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["images/mutable-tag", "pod-security/host-pid"].map(str::to_owned);
        assert_eq!(closest("images/mutabel-tag", &known), Some("images/mutable-tag"));
        assert_eq!(closest("host-pid", &known), Some("pod-security/host-pid"));
        assert_eq!(closest("zebra", &known), None);
    }
}
