#!/usr/bin/env bash
# Accounting: ours beside dp-accounting 0.6.0, on the same tasks and the same machine. Prints ours / peer / ratio.
#   Benchmarks/accounting/run.sh [path of a release build of discreet]
# The peer goes into a virtual environment (DISCREET_BENCH_VENV, else .build/bench-venv). Run it on a quiet machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
shared=${DISCREET_SHARED:-$root/../shared}
peer=$shared/golden/generate/bench_accounting.py
venv=${DISCREET_BENCH_VENV:-$root/.build/bench-venv}

if [[ $# -gt 0 ]]; then
    discreet=$1
else
    (cd "$root" && swift build -c release --product discreet >&2)
    discreet=$(cd "$root" && swift build -c release --show-bin-path)/discreet
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$discreet" account bench >"$work/ours.jsonl"

if [[ -f $peer ]] && { [[ -x $venv/bin/python ]] || python3 -m venv "$venv"; } &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check dp-accounting==0.6.0 >&2; then
    "$venv/bin/python" "$peer" >"$work/peer.jsonl"
else
    echo "accounting: no peer here (needs $peer and pip): ours alone" >&2
    : >"$work/peer.jsonl"
fi
python3 "$here/compare.py" "$work/ours.jsonl" "$work/peer.jsonl"
