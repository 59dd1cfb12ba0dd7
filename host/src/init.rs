//! `plimsoll init`: a first configuration, and a baseline, so that a repository with a past can start today.

use std::fmt::Write as _;
use std::path::Path;

use crate::carried::Carried;
use crate::cli::{self, Profile};
use crate::config::{self, Config};
use crate::look::{NEWEST, look};
use crate::{outputs, scan};

/// What the baseline is called.
const BASELINE: &str = "plimsoll-baseline.json";

/// Writes the files; gives what there is to say, and the exit code.
///
/// # Errors
///
/// If there is a configuration already, or a file cannot be written.
pub fn init(args: &cli::Init, carried: &Carried) -> Result<(String, u8), String> {
    let folder = args
        .folder
        .canonicalize()
        .map_err(|error| format!("{}: {error}; name a folder that exists", args.folder.display()))?;
    if !folder.is_dir() {
        return Err(format!(
            "{} is no folder; name the one that is to get a configuration",
            args.folder.display()
        ));
    }
    if let Some(known) = config::above(&folder) {
        return Err(format!(
            "there is a configuration already, {}; edit it, or remove it first",
            known.display()
        ));
    }
    let baseline = folder.join(BASELINE);
    if !args.no_baseline && baseline.exists() {
        return Err(format!("{} exists; remove it, or use --no-baseline", baseline.display()));
    }
    let profile = args.profile.unwrap_or(Profile::Default);
    let kubernetes = args.kubernetes_version.as_deref().unwrap_or(NEWEST);
    let wanted = cli::Look {
        paths: vec![folder.clone()],
        profile: Some(profile),
        kubernetes_version: Some(kubernetes.to_owned()),
        ..cli::Look::default()
    };
    let looked = look(&wanted, None, carried, &Config::default())?;
    let open = looked.findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    let file = folder.join(config::NAME);
    let mut told = String::new();
    let has_baseline = open > 0 && !args.no_baseline;
    if has_baseline {
        scan::write_baseline(&baseline, &[], &looked)?;
    }
    let text = configuration(profile, kubernetes, has_baseline);
    outputs::replace(&file, |out| out.write_all(text.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    let _ = writeln!(told, "wrote {}", shown(&args.folder, config::NAME));
    if has_baseline {
        let are = if open == 1 { "finding is" } else { "findings are" };
        let _ = writeln!(
            told,
            "wrote {}: {open} {are} known, so that only new ones count",
            shown(&args.folder, BASELINE)
        );
    } else if open == 0 {
        let _ = writeln!(told, "nothing was found, so there is no baseline");
    }
    if !looked.faults.is_empty() {
        let _ = writeln!(
            told,
            "{} could not be looked at; `plimsoll scan` shows them, and fails until they are mended or named in .plimsollignore",
            looked.faults.len()
        );
    }
    let _ = writeln!(told, "next: read {}, run `plimsoll scan`, and commit what was written", config::NAME);
    Ok((told, if looked.faults.is_empty() { 0 } else { 3 }))
}

fn shown(folder: &Path, file: &str) -> String {
    match folder.as_os_str() == "." {
        true => file.to_owned(),
        false => folder.join(file).display().to_string(),
    }
}

fn configuration(profile: Profile, kubernetes: &str, has_baseline: bool) -> String {
    let baseline = if has_baseline { "" } else { "# " };
    format!(
        "# yaml-language-server: $schema=https://raw.githubusercontent.com/plimsoll-dev/plimsoll/main/docs/schema/plimsoll-v1.schema.json
# What plimsoll checks here. `plimsoll config` shows what is in force, `plimsoll rules` lists what there is to switch on.

# The version of the cluster that the manifests are meant for.
kubernetesVersion: \"{kubernetes}\"

# Which rules are on: default, strict, pss-baseline, pss-restricted, nsa or cis.
profile: {}

# From which level on a scan fails: note, warning, error or never.
failOn: error

# What is known and does not fail a scan. `plimsoll scan --write-baseline {BASELINE}` writes it anew.
{baseline}baseline: {BASELINE}

# Rules one by one.
# rules:
#   pack/rule: {{ enabled: true, level: error }}
#   pack/other: {{ enabled: false }}

# What is accepted for good, where a comment in a manifest will not do.
# suppressions:
#   - rules: pack/rule
#     files: dev/**
#     reason: what runs on a desk may move
#     until: 2027-01-31
",
        profile.name()
    )
}
