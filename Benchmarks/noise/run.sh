#!/bin/bash
# Ours, the peer's and the ratios, in one run on this machine. The peer (numpy, opendp 0.16.0) goes into a virtual
# environment of its own. NOISE_BENCH_VENV: where; DISCREET_SHARED: the folder with golden/generate/bench_noise.py.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
shared="${DISCREET_SHARED:-$here/../../../shared}"
venv="${NOISE_BENCH_VENV:-$here/.build/venv}"
peer="$shared/golden/generate/bench_noise.py"
swift build -c release --package-path "$here" >&2
if [ ! -f "$peer" ]; then
    echo "no $peer (set DISCREET_SHARED): ours alone" >&2
    exec "$here/.build/release/NoiseBench"
fi
# Complete or not at all: an install that was cut short is made anew.
if ! "$venv/bin/python" -c 'import numpy, opendp' 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet numpy opendp==0.16.0 >&2
fi
out="$(mktemp)"
trap 'rm -f "$out"' EXIT
# Ours before and after the peer's minutes, the best of both: on a machine that others use too, both meet the same hours.
"$here/.build/release/NoiseBench" | tee -a "$out" >&2
"$venv/bin/python" "$peer" | tee -a "$out" >&2
"$here/.build/release/NoiseBench" | tee -a "$out" >&2
"$venv/bin/python" "$here/ratios.py" "$out"
