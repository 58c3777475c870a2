#!/bin/bash
# What the ledger's operations cost: 10 M users in 3 classes (a minute), then in as many classes as users (tens of minutes).
# `Benchmarks/ledger.sh USERS CLASSES` measures one. A line each: wall time, this process' processor time, peak memory.
#
# Where there are as many classes as users the file is filled by SQL, without the ledger's key: what the runs keep of their
# members is then not what their keyed hashes say: the last line, the check of the charges, must name that as a DIFFERENCE (it was
# not run that far yet: the machine was shared by seven).
# Processor time of two shared cores: over everyone, 10 M in 3 classes, reserve .03 s, the digest of the members .8 s (taken when
# their histories are opened), finish 4 ms; 1 M in 1 M classes, reserve 4.2 s, list .7 s (181 MiB); 10 M in 10 M, list 7.6 s
# (1.1 GiB), a reservation of ten users 1.3 s, the file 1.9 GiB.
set -euo pipefail
cd "$(dirname "$0")/.."
DISCREET_BENCH=1 swift build -c release --product LedgerBench --scratch-path .build/bench >&2
bench=.build/bench/release/LedgerBench
if [ $# -eq 2 ]; then exec "$bench" "$1" "$2"; fi
"$bench" 10000000 3
"$bench" 10000000 10000000
