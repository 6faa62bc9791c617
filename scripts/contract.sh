# Sourced by ./dev: the one contract suite on every store, and what came of it as a table.
# shellcheck shell=bash

contract_rows=()

# on_stores COMMAND…: runs it, and keeps what it prints for the rows that follow.
on_stores() {
  contract_log=$logs/contract.log
  "$@" 2>&1 | tee "$contract_log"
  contract_status=${PIPESTATUS[0]}
  [ "$contract_status" -eq 0 ]
}

# row STORE PATTERN: counts the tests of the last run whose name fits; a store without any is a failure.
row() {
  local store=$1 passed failed skipped races
  count() { grep -cE "^test ($1).* \.\.\. $2" "$contract_log"; }
  passed=$(count "$2" ok) failed=$(count "$2" FAILED) skipped=$(count "$2" ignored)
  races=$(grep -E "^test ($2).* \.\.\. ok" "$contract_log" | grep -cE 'one_of_64_tasks|in_parallel')
  [ "$passed" -gt 0 ] || failed=$((failed + 1))
  contract_rows+=("$(printf '%-44s %7d %7d %7d %7d' "$store" "$passed" "$races" "$failed" "$skipped")")
}

stores() {
  local status=0 all=(cargo test --locked --workspace --all-features)
  on_stores cargo test --locked -p countersign-store --all-features --test contract || status=1
  row memory '(bare|sealed_and_cached)::'
  row 'memory, Split in two' 'split::'
  row 'memory, clients from elsewhere' 'clients_from_elsewhere::'
  on_stores cargo test --locked -p countersign-store-sqlite --test contract || status=1
  row SQLite '(plain_rows|as_the_server_wraps_it)::'
  on_stores "${all[@]}" --test postgres -- contract:: || status=1
  row PostgreSQL 'contract::(plain_rows|as_the_server_wraps_it)::'
  row 'memory and PostgreSQL, Split' 'contract::beside_temporary_credentials_in_memory::'
  on_stores "${all[@]}" --test mysql -- contract:: || status=1
  row MariaDB 'contract::(plain_rows|as_the_server_wraps_it)::'
  row 'memory and MariaDB, Split' 'contract::beside_temporary_credentials_in_memory::'
  on_stores "${all[@]}" --test real || status=1
  row 'Redis and rows in memory, Split' 'contract::(plain|as_the_server_wraps_it)::'
  row 'Redis Cluster and rows in memory, Split' 'contract::(cluster|fenced_cluster)::'
  on_stores "${all[@]}" --test redis || status=1
  on_stores "${all[@]}" --test memcached || status=1
  row 'Memcached and rows in memory, Split' 'contract::'
  printf '\n%-44s %7s %7s %7s %7s\n' 'the contract on' passed races failed skipped
  printf '%s\n' "${contract_rows[@]}"
  printf '%s\n' "${contract_rows[@]}" | awk '{ bad += $(NF - 1) + $NF } END { exit bad > 0 }' || status=1
  return $status
}
