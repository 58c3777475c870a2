#!/bin/bash
# What the ledger's operations cost: 10 M users in 3 classes (a minute), then in as many classes as users (tens of minutes).
# `Benchmarks/ledger.sh USERS CLASSES` measures one. A line each: wall time, this process' processor time, peak memory.
set -euo pipefail
cd "$(dirname "$0")/.."
DISCREET_BENCH=1 swift build -c release --product LedgerBench --scratch-path .build/bench >&2
bench=.build/bench/release/LedgerBench
if [ $# -eq 2 ]; then exec "$bench" "$1" "$2"; fi
"$bench" 10000000 3
"$bench" 10000000 10000000
