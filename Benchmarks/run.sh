#!/bin/bash
# Ingestion, cohorts and erasure against the machine's limits: run.sh [ROWS [PEOPLE]]. Own build folder: the benchmark is no product.
set -euo pipefail
cd "$(dirname "$0")/.."
DISCREET_BENCH=1 swift build -c release --product SpeedBench --scratch-path .build/bench >&2
exec .build/bench/release/SpeedBench "${1:-1000000}" ${2:+"$2"}
