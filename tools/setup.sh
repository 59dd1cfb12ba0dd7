#!/bin/sh
# Finds or installs a compiler for wasm32-unknown-unknown, which the rule packs are compiled to: rustup's where it can be had,
# else Debian's packages. Changes nothing where one is there already.
set -eu

target=wasm32-unknown-unknown

has_rustup_target() {
  libdir=$(rustc --print target-libdir --target "$target" 2>/dev/null) && ls "$libdir"/libcore-* >/dev/null 2>&1
}

# Whether a rustc is new enough for the edition and the libraries that are used here.
is_new_enough() {
  minor=$("$1" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
  [ "${minor:-0}" -ge 95 ]
}

has_debian_target() {
  [ -x /usr/bin/rustc ] && is_new_enough /usr/bin/rustc && [ -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/std" ] &&
    ls /usr/bin/wasm-ld-* >/dev/null 2>&1
}

command -v cargo >/dev/null || { echo "error: cargo was not found; install Rust from https://rustup.rs" >&2; exit 1; }
command -v cc >/dev/null || { echo "error: a C compiler was not found; on Debian: apt-get install gcc" >&2; exit 1; }
is_new_enough rustc || {
  echo "error: $(rustc --version 2>/dev/null || echo "no rustc") is too old; Rust 1.95 or newer is needed: rustup update stable" >&2
  exit 1
}

if has_rustup_target || has_debian_target; then
  exit 0
fi

echo "==> setting up the target $target (once; up to a minute)"
if [ "${PLIMSOLL_SETUP:-}" != debian ] && command -v rustup >/dev/null && rustup target add "$target" && has_rustup_target; then
  exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
  as_root=$(command -v sudo || true)
fi
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || [ -n "$as_root" ]; }; then
  echo "==> rustup cannot bring it; installing Debian's rustc-web, rust-web-src and lld (140 MB)"
  $as_root apt-get update -qq || true
  lld=$(apt-cache search --names-only '^lld-[0-9]+$' | cut -d' ' -f1 | sort -t- -k2 -n | tail -1)
  if $as_root apt-get install -y -qq --no-install-recommends rustc-web rust-web-src "${lld:-lld-22}" && has_debian_target; then
    echo "==> the first build also compiles the standard library: about 2 minutes more"
    exit 0
  fi
fi

cat >&2 <<EOF
error: no compiler for the target $target was found and none could be installed
  with rustup:  rustup target add $target
  on Debian:    apt-get install rustc-web rust-web-src lld-22
EOF
exit 1
