#!/bin/sh
# A compiler that counts, for libFuzzer, which branches of our own crates run, and of the validator that looks at components for us.
# Cargo calls it with the compiler first; what it compiles for the build itself, such as build scripts, has no `--target`.
compiler=$1
shift
case " $* " in
  *" --crate-name plimsoll "*" --target "* | *" --crate-name plimsoll_tape "*" --target "* | \
  *" --crate-name plimsoll_sdk "*" --target "* | *" --crate-name plimsoll_build "*" --target "* | \
  *" --crate-name wasmparser "*" --target "*)
    set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
      -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
      -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0
    ;;
esac
exec "$compiler" "$@"
