#!/bin/sh
# Lets libFuzzer look for bytes that break a promise (`fuzz.sh run TARGET SECONDS`), or keeps of what it grew those that reach code
# that nothing in the corpus reaches (`fuzz.sh keep TARGET`). tests/fuzz/src/lib.rs says what the targets are.
set -eu
cd "$(dirname "$0")/.."

what=$1
target=$2
corpus=tests/fuzz/corpus/$target
grown=target/fuzz/corpus/$target
findings=target/fuzz/findings/$target
[ -d "$corpus" ] || { echo "error: there is no target '$target'; use one of $(ls tests/fuzz/corpus | xargs)" >&2; exit 2; }
command -v c++ >/dev/null || { echo "error: libFuzzer needs a C++ compiler; on Debian: apt-get install g++" >&2; exit 1; }

echo "==> building the fuzz targets (from nothing some 10 minutes on two cores)"
triple=$(rustc -vV | sed -n 's/^host: //p')
PLIMSOLL_SKIP_PACKS=1 RUSTC_WRAPPER="$PWD/tests/fuzz/rustc.sh" ${CARGO:-cargo} build --quiet --profile fuzz \
  --package plimsoll-fuzz --features libfuzzer --target "$triple" --target-dir target/fuzz
fuzzer=target/fuzz/$triple/fuzz/plimsoll-fuzz
export PLIMSOLL_FUZZ="$target"
mkdir -p "$grown" "$findings"

case $what in
  run)
    echo "==> fuzzing $target for $3 seconds; what it grows goes to $grown"
    # Components are neither YAML nor grown from it.
    oddities=tests/oddities
    case $target in component | packed) oddities= ;; esac
    # shellcheck disable=SC2086
    exec "$fuzzer" -max_total_time="$3" -max_len=8192 -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 -print_final_stats=1 \
      -artifact_prefix="$findings/" "$grown" "$corpus" $oddities
    ;;
  keep)
    # Replaying these takes the corpus of the reader too, so it need not be kept twice.
    others=
    case $target in tape | config | suppress) others=tests/fuzz/corpus/reader ;; esac
    kept=$(mktemp -d)
    trap 'rm -rf "$kept"' EXIT
    for folder in "$corpus" $others; do find "$folder" -type f -exec cp -t "$kept" {} +; done
    "$fuzzer" -set_cover_merge=1 -use_counters=0 -timeout=20 -rss_limit_mb=4096 -detect_leaks=0 "$kept" "$grown" \
      >target/fuzz/keep.log 2>&1 || { tail target/fuzz/keep.log >&2; exit 1; }
    for file in "$kept"/*; do
      if [ -z "$others" ] || [ ! -e "$others/${file##*/}" ]; then cp "$file" "$corpus/"; fi
    done
    echo "==> $corpus holds $(find "$corpus" -type f | wc -l) files"
    ;;
esac
