//! Any bytes as `plimsoll.yaml`.

use std::path::Path;

use plimsoll::config::Config;
use plimsoll::source::{Source, is_deceptive};

const FILE: &str = "plimsoll.yaml";

/// # Panics
///
/// If a mistake has no place, or its message would act on a terminal.
pub fn run(bytes: &[u8]) {
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    match Config::read(Source::new(FILE.to_owned(), bytes.to_vec()), Path::new("/repository")) {
        Ok(config) => {
            for rule in &config.rules {
                has_place(&config.unknown_rule(&rule.id, "switch it off"), lines);
                let parameters =
                    config.problem(&rule.id, "/list/0/name", "unknown field `name`, expected `id`");
                if rule.parameters.is_some() {
                    has_place(&parameters, lines);
                }
            }
        }
        Err(message) => message.split("\nerror: ").for_each(|mistake| has_place(mistake, lines)),
    }
}

fn has_place(message: &str, lines: usize) {
    let mut parts = message.splitn(4, ':');
    assert_eq!(parts.next(), Some(FILE), "{message:?}");
    let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
    let place = number().zip(number());
    assert!(place.is_some_and(|(line, column)| (1..=lines).contains(&line) && column > 0), "{message:?}");
    assert!(parts.next().is_some_and(|said| said.len() > 1), "{message:?}");
    assert!(!message.contains(is_deceptive), "{message:?}");
}
