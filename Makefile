# Discreet: `make demo` and `make test` are all that a fresh machine with Swift 6 needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help deps test-deps build test soak lint format demo fuzz bench

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing
	@scripts/deps.sh

build: deps ## Build the command line, optimised
	swift build -c release --product discreet

test-deps:
	@scripts/deps.sh --tests

test: test-deps ## Run every test
	DISCREET_FAST_DEBUG=1 swift test

# Seeds are printed; DISCREET_CRASH_SEED and DISCREET_CRASHES repeat some of them.
soak: test-deps build ## Kill commands at 10 000 random instants (hours)
	DISCREET_BINARY="$$(swift build -c release --show-bin-path)/discreet" \
	DISCREET_CRASHES="$${DISCREET_CRASHES:-10000}" DISCREET_CRASH_SEED="$${DISCREET_CRASH_SEED:-$$(date +%s)}" \
	DISCREET_FAST_DEBUG=1 swift test --filter CrashTests/killed

FUZZ_SECONDS ?= 60
fuzz: deps ## Feed every parser with nonsense, for FUZZ_SECONDS (60)
	DISCREET_FUZZ=1 swift build --product FuzzParsers --sanitize=fuzzer --scratch-path .build/fuzz
	@mkdir -p .build/fuzz/found
	.build/fuzz/debug/FuzzParsers -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
		-artifact_prefix=.build/fuzz/ .build/fuzz/found Fuzz/Corpus

BENCH_ROWS ?= 1000000
BENCH_PEOPLE ?= $(shell expr $(BENCH_ROWS) / 100)
bench: deps ## Measure ingestion, cohorts and erasure beside the machine's limits, accounting and noise beside their peers
	@Benchmarks/run.sh $(BENCH_ROWS) $(BENCH_PEOPLE)
	@Benchmarks/accounting/run.sh
	@Benchmarks/noise/run.sh

lint: ## Check the layout of our sources
	swift format lint --strict -r Sources Tests Benchmarks/Speed Examples/*/Sources Examples/*/Package.swift Package.swift

format: ## Lay our sources out
	swift format -i -r Sources Tests Benchmarks/Speed Examples/*/Sources Examples/*/Package.swift Package.swift

demo: build ## Tell the whole story on a synthetic data set, in under a minute
	@scripts/demo.sh "$$(swift build -c release --show-bin-path)/discreet"
