//! libFuzzer around the targets of this crate; `PLIMSOLL_FUZZ` says which.
#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls functions of the C interface")]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use plimsoll_fuzz::{Dice, TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let named = std::env::var("PLIMSOLL_FUZZ").unwrap_or_default();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let target = TARGETS.iter().find(|target| target.name == named);
    target.unwrap_or_else(|| panic!("set PLIMSOLL_FUZZ to one of {}", names.join(", ")))
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = Dice::new(seed);
    // libFuzzer's own changes break what is fine-grained: numbers, quotes, and what the code compares with.
    if dice.below(4) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let changed = (TARGET.mutate)(&data[..size], &mut dice);
    let size = changed.len().min(max_size);
    data[..size].copy_from_slice(&changed[..size]);
    size
});
