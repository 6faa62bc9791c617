#!/usr/bin/env bash
# Runs the demo and the commands that the book quotes, and compares both with what the book says.
#
#   scripts/demo.sh BINARY            checks
#   scripts/demo.sh BINARY --write    puts the demo's output into the book
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
binary=${1:?usage: scripts/demo.sh BINARY [--write]}
quoted=docs/src/demo.txt
output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0 failed=0

check() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) && printf 'failed: %s\n' "$name"; fi
}

# What differs from run to run, taken out: ports, signatures, identifiers and secrets, times.
shape() {
  sed -E -e 's/127\.0\.0\.1(:|%3A|%253A)[0-9]{4,5}/127.0.0.1\1PORT/g' -e 's/(oauth_signature=)"[^"]*"/\1SIGNATURE/' \
    -e 's|^  [A-Za-z0-9+/]{27}=$|  SIGNATURE|' -e 's/[A-Za-z0-9]{16,}/TEXT/g' -e 's/1[0-9]{9}/TIME/g' "$1"
}

all_steps() {
  local step
  for step in '1. Temporary credentials' '2. The resource owner' '3. Token credentials' '4. A protected resource' \
    '5. The same request once more' '"resource_owner":"jane"' 'oauth_problem="nonce_used"'; do
    grep -qF -- "$step" "$output" || { printf 'not in the output: %s\n' "$step"; return 1; }
  done
}

same_shape() { diff <(shape "$quoted") <(shape "$output") || { echo "run ./dev docs and commit $quoted"; return 1; }; }
same_example() { diff <("$binary" config init) crates/server/countersign.example.toml; }
no_colour() { ! grep -q $'\e' "$output"; }

timeout 120 "$binary" demo --once </dev/null >"$output"
status=$?
cat "$output"
if [ "${2-}" = --write ]; then
  [ $status -eq 0 ] && cp "$output" "$quoted"
  exit
fi
printf '\n'
check 'the demo ends with 0' test $status -eq 0
check 'the demo shows every step' all_steps
check 'a pipe gets plain text' no_colour
check 'the book quotes the demo as it is' same_shape
check 'the book quotes `config init` as it is' same_example
printf '%d passed, %d failed\n' $passed $failed
[ $failed -eq 0 ]
