#!/usr/bin/env bash
# Tells the whole story with the `discreet` binary given as $1, on a synthetic data set, in a folder that is thrown away.
set -euo pipefail

discreet=$(realpath "${1:?the path of the discreet binary}")
work=$(mktemp -d "${TMPDIR:-/tmp}/discreet-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
export XDG_CONFIG_HOME="$work/config" DISCREET_HOME="$work/data"
unset DISCREET_KEY_FILE
umask 077
cd "$work"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' blue=$'\e[34m' plain=$'\e[0m'
else
    bold='' blue='' plain=''
fi
chapter() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
run() {
    printf '%s$ discreet %s%s\n' "$blue" "$*" "$plain"
    "$discreet" "$@"
}
# Runs what must be refused, and fails if it is not.
refused() {
    printf '%s$ discreet %s%s\n' "$blue" "$*" "$plain"
    local code=0
    "$discreet" "$@" 2>&1 || code=$?
    printf '(exit code %s)\n' "$code"
    [ "$code" -eq 77 ]
}

chapter "A synthetic data set with structure worth learning"
run sample --users 2000 --items 500 --seed 7 -o sample
# Whoever is in the middle of the file plays the person who will ask to be erased.
person=$(awk -F, 'NR > 1 { print $1 }' sample/events.csv | sort -u | awk 'NR == 1000')

chapter "A data directory; its key lies elsewhere"
run init

chapter "The public catalogue, and everybody's events, each history sealed under a key of its own"
run catalogue import sample/items.csv
run ingest sample/events.csv

chapter "Noisy counts, paid for before they are printed"
run count items --epsilon 0.5

chapter "A model that protects each user with all of their history"
run train mf --epsilon 3 --delta 1e-6

chapter "A run that nobody could pay for is refused, by public numbers alone"
refused train mf --epsilon 9 --delta 1e-6

chapter "What $person gets, and why"
run recommend --user "$person" -k 5 --explain

chapter "What $person has paid"
run budget show --user "$person"

chapter "How good it is (the data are synthetic, hence public), beside popularity"
run evaluate --public-data sample/test.csv --fold-in sample/events.csv

chapter "$person asks to be erased"
# Kept outside the data directory, only for the search at the end: their id, their history and their key.
run forensics snapshot --user "$person" -o before.snapshot
run erase --user "$person" --receipt receipt.json
run verify --receipt receipt.json
run verify

chapter "Yesterday's file does not bring $person back"
run ingest sample/events.csv
run recommend --user "$person" -k 3 --explain
run budget show --user "$person"
run budget verify

chapter "Every byte of the data directory, searched for $person: id, history, key, and all that the key could open"
run forensics search before.snapshot

printf '\n%sThe whole story took %s s.%s\n' "$bold" "$SECONDS" "$plain"
