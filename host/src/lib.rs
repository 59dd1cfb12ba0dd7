//! The floors of the scanner, so that its executable, its benchmarks and its fuzz targets can enter them. No interface for others: what is
//! stable is the command line, its JSON and its exit codes; plugins are written with `plimsoll-sdk`.

pub mod bundle;
pub mod carried;
pub mod check;
pub mod cli;
pub mod config;
pub mod diff;
pub mod edit;
pub mod finding;
pub mod fingerprint;
pub mod fix;
pub mod init;
pub mod lock;
pub mod look;
pub mod manual;
pub mod mend;
pub mod merge;
pub mod object;
pub mod objects;
pub mod oci;
pub mod outputs;
pub mod plugin;
pub mod plugins;
pub mod progress;
pub mod read;
pub mod report;
pub mod scan;
pub mod selection;
pub mod settings;
pub mod shard;
pub mod signature;
pub mod source;
pub mod suggest;
pub mod terminal;
pub mod triage;
pub mod trust;
