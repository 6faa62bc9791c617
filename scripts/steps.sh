# Sourced by ./dev: runs the steps of a command, each timed and logged, none of them stopping the next.
# shellcheck shell=bash

failed=() closing=()

# step NAME COMMAND…: shows the output, and the tail of it again at the end by way of its closing lines.
step() {
  local name=$1 start=$SECONDS status
  shift
  mkdir -p "$logs"
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 </dev/null | tee "$logs/$name.log"
  status=${PIPESTATUS[0]}
  if [ "$status" -ne 0 ]; then failed+=("$name"); fi
  remember "$name" "$status" $((SECONDS - start))
}

# The same, quiet unless it fails.
quietly() {
  local name=$1 start=$SECONDS
  shift
  mkdir -p "$logs"
  if "$@" >"$logs/$name.log" 2>&1 </dev/null; then
    printf 'ok      %-22s %4d s\n' "$name" $((SECONDS - start))
  else
    printf 'FAILED  %-22s %4d s\n' "$name" $((SECONDS - start))
    tail -n 60 "$logs/$name.log" | sed 's/^/    /'
    failed+=("$name")
  fi
}

# What a runner closed with: cargo's many lines added up, a plain `N passed, N failed` as it is.
remember() {
  local name=$1 status=$2 seconds=$3 line passed=0 broken=0 ignored=0 seen=0
  while IFS= read -r line; do
    if [[ $line =~ ^test\ result:.*\ ([0-9]+)\ passed\;\ ([0-9]+)\ failed\;\ ([0-9]+)\ ignored ]]; then
      passed=$((passed + BASH_REMATCH[1])) broken=$((broken + BASH_REMATCH[2]))
      ignored=$((ignored + BASH_REMATCH[3])) seen=1
    elif [[ $line =~ ^([A-Za-z]+:\ )?[0-9]+\ passed,\ [0-9]+\ failed(,\ [0-9]+\ skipped)?$ ]]; then
      closing+=("$name: ${line#*: }")
    fi
  done <"$logs/$name.log"
  if [ "$seen" -eq 1 ]; then closing+=("$name: $passed passed, $broken failed, $ignored skipped"); fi
  if [ "$status" -eq 0 ]; then closing+=("  $name took $seconds s"); else closing+=("  $name FAILED with status $status after $seconds s"); fi
}

finish() {
  if [ ${#closing[@]} -gt 0 ]; then printf '\n=== closing lines\n'; printf '%s\n' "${closing[@]}"; fi
  [ ${#failed[@]} -eq 0 ] && { printf '\nall passed\n'; return 0; }
  # Once more at the end, where whoever keeps only the end of a long log still has it.
  local name
  for name in "${failed[@]}"; do
    [ -f "$logs/$name.log" ] || continue
    printf '\n--- %s ended with\n' "$name"
    tail -n 25 "$logs/$name.log" | cut -c 1-300
  done
  printf '\nFAILED: %s\n' "${failed[*]}"
  return 1
}

loudly() { printf '\n!!! %s\n\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
