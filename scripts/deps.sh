#!/usr/bin/env bash
# Installs the Debian packages that Discreet builds on and that are not here yet. Says which; touches nothing else.
# With --tests also what some tests look through (strace); without it those are skipped, so that it is never an error.
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "deps: Swift 6.2 or later is needed: https://www.swift.org/install" >&2
    exit 1
fi

# What the build asks for (left) and the Debian package that has it (right).
missing=()
command -v pkg-config >/dev/null || missing+=(pkg-config)
for pair in libsodium:libsodium-dev openblas:libopenblas-dev sqlite3:libsqlite3-dev zlib:zlib1g-dev; do
    command -v pkg-config >/dev/null && pkg-config --exists "${pair%%:*}" || missing+=("${pair##*:}")
done
if [ "${1:-}" = --tests ] && ! command -v strace >/dev/null; then
    missing+=(strace)
fi
if [ ${#missing[@]} -eq 0 ]; then
    exit 0
fi

if [ "${missing[*]}" = strace ]; then
    # Nothing that the build needs: try, and go on.
    optional=true
fi

if ! command -v apt-get >/dev/null; then
    if [ "${optional:-}" = true ]; then exit 0; fi
    echo "deps: missing ${missing[*]}; install what your system calls these and run this again" >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "deps: installing ${missing[*]}"
install() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; }
# A fresh machine has no package lists yet.
if ! { install >/dev/null 2>&1 || { "${as_root[@]}" apt-get update -qq && install >/dev/null; }; }; then
    if [ "${optional:-}" = true ]; then
        echo "deps: no strace: tests that need it are skipped" >&2
        exit 0
    fi
    exit 1
fi
echo "deps: done"
