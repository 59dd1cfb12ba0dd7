//! Patterns for the names of images.

/// Whether a pattern covers a name such as `ghcr.io/acme/api`. `*` stands for any letters but `/`, `**` for any at all, and a pattern
/// covers what stands below it: `ghcr.io/acme` covers `ghcr.io/acme/api`.
pub(crate) fn covers(pattern: &str, name: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    matches(pattern.as_bytes(), name.as_bytes())
        || name.match_indices('/').any(|(at, _)| matches(pattern.as_bytes(), &name.as_bytes()[..at]))
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=name.len()).any(|at| matches(rest, &name[at..])),
        [b'*', rest @ ..] => {
            let end = name.iter().position(|byte| *byte == b'/').unwrap_or(name.len());
            (0..=end).any(|at| matches(rest, &name[at..]))
        }
        [first, rest @ ..] => name.first() == Some(first) && matches(rest, &name[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_pattern_covers_what_stands_below_it() {
        assert!(covers("ghcr.io", "ghcr.io/acme/api"));
        assert!(covers("ghcr.io/acme/", "ghcr.io/acme/api"));
        assert!(!covers("ghcr.io/acme", "ghcr.io/acme-evil/api"));
        assert!(!covers("ghcr.io/acme/api", "ghcr.io/acme"));
    }

    #[test]
    fn one_star_stays_in_its_part_and_two_do_not() {
        assert!(covers("*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-west-1.amazonaws.com/api"));
        assert!(covers("*.example.com/team-*", "registry.example.com/team-a/api"));
        assert!(!covers("*.example.com", "evil.test/x.example.com"));
        assert!(covers("**/debug", "ghcr.io/a/b/debug"));
        assert!(!covers("*/debug", "ghcr.io/a/b/debug"));
    }
}
