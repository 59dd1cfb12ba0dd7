# Two commands on a fresh machine: `make demo` scans the example manifests, `make test` runs every test.
# Both do all the set-up that they need and say what they do.

CARGO ?= cargo
TARGET ?= reader
SECONDS ?= 60
CORPUS ?=
YARDSTICK ?=
export CARGO_TERM_COLOR ?= auto
# The recipes below run what they build, so they have to know where it lies.
export CARGO_TARGET_DIR := $(CURDIR)/target

.PHONY: demo test setup build release check docs bench fuzz fuzz-keep help

help:
	@echo "make demo    build plimsoll and scan the example manifests"
	@echo "make test    run every test"
	@echo "make check   format and lints"
	@echo "make release write dist/plimsoll, which starts in milliseconds"
	@echo "make docs    write docs/rules anew from the rules"
	@echo "make bench CORPUS=dir YARDSTICK='kube-linter lint dir'   measure how fast it is, on your manifests; both may be left out"
	@echo "make fuzz TARGET=reader SECONDS=60   look for bytes that break a promise; tests/fuzz says which"

setup:
	@sh tools/setup.sh

build: setup
	@echo "==> building plimsoll (from nothing about 4 minutes on two cores; seconds when little has changed)"
	@$(CARGO) build --package plimsoll

demo: build
	@echo "==> plimsoll bundle --output target/debug/plimsoll-bundle"
	@target/debug/plimsoll bundle --output target/debug/plimsoll-bundle
	@echo "==> plimsoll-bundle scan examples/shop --fail-on never"
	@target/debug/plimsoll-bundle scan examples/shop --fail-on never

release: setup
	@echo "==> building plimsoll, optimised (from nothing about 7 minutes of two cores)"
	@$(CARGO) build --release --package plimsoll
	@target/release/plimsoll bundle --output dist/plimsoll

test: build
	@echo "==> running every test (about 4 minutes more from nothing)"
	@$(CARGO) test --workspace

check: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings

docs: build
	@rm -rf docs/rules
	@for rule in $$(target/debug/plimsoll rules --format json | grep -o '^    "id": "[^"]*"' | cut -d'"' -f4); do \
	  mkdir -p "docs/rules/$${rule%/*}"; \
	  target/debug/plimsoll rules --format markdown "$$rule" > "docs/rules/$$rule.md"; \
	done
	@echo "==> wrote $$(find docs/rules -name '*.md' | wc -l) pages to docs/rules"

bench: setup
	@echo "==> building plimsoll and its benchmark, optimised (from nothing about 8 minutes of two cores), then measuring for as long"
	@$(CARGO) build --release --package plimsoll --bin plimsoll --example speed
	@$(CARGO) build --release --package plimsoll-native
	@CORPUS="$(abspath $(CORPUS))" YARDSTICK="$(YARDSTICK)" target/release/examples/speed

fuzz:
	@CARGO="$(CARGO)" sh tools/fuzz.sh run "$(TARGET)" "$(SECONDS)"

fuzz-keep:
	@CARGO="$(CARGO)" sh tools/fuzz.sh keep "$(TARGET)"
