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

/// The id of a rule that is meant by a name that is none, or the pack.
pub fn rule<'a>(given: &str, ids: impl Iterator<Item = &'a str>) -> Option<String> {
    let ids: Vec<String> = ids.map(str::to_owned).collect();
    let short = |id: &str| id.split_once('/').map(|(_, short)| short.to_owned()).unwrap_or_default();
    // What only lacks its pack, or was written in capitals.
    let lower = given.to_lowercase();
    if let Some(id) = ids.iter().find(|id| **id == lower).or_else(|| ids.iter().find(|id| short(id) == lower))
    {
        return Some(id.clone());
    }
    let mut packs: Vec<String> =
        ids.iter().filter_map(|id| id.split_once('/')).map(|(pack, _)| pack.to_owned()).collect();
    packs.dedup();
    let pack = if given.contains('/') { None } else { closest(given, &packs) };
    pack.or_else(|| closest(given, &ids)).map(str::to_owned)
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

    #[test]
    fn a_rule_is_found_without_its_pack_and_a_pack_by_its_name() {
        let known = ["images/mutable-tag", "images/tiller", "pod-security/host-pid", "pod-security/selinux"];
        for (given, meant) in [
            ("mutable-tag", "images/mutable-tag"),
            ("IMAGES/mutable-tag", "images/mutable-tag"),
            ("pod-securty", "pod-security"),
            ("image", "images"),
            ("images/mutabel-tag", "images/mutable-tag"),
            ("host-pdi", "pod-security/host-pid"),
        ] {
            assert_eq!(rule(given, known.into_iter()).as_deref(), Some(meant), "{given}");
        }
        assert_eq!(rule("zebra", known.into_iter()), None);
    }
}
