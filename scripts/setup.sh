# Sourced by ./dev: installs what tests and checks need. Safe to repeat; quick when all is there.
# shellcheck shell=bash

setup() {
  local quick=0 packages=() tool
  [ "${1-}" = --quick ] && quick=1
  have cargo || { loudly "cargo is missing: install Rust from rustup.rs"; return 1; }
  have cc || packages+=(gcc libc6-dev)
  have python3 && python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3 python3-venv)
  have redis-server || packages+=(redis-server)
  have memcached || packages+=(memcached)
  have faketime || packages+=(faketime)
  have openssl || packages+=(openssl)
  have node || packages+=(nodejs)
  have npm || packages+=(npm)
  have chromium || have chromium-browser || have google-chrome || packages+=(chromium)
  if [ ${#packages[@]} -gt 0 ]; then apt_install "${packages[@]}" || return 1; fi
  if [ -x interop/setup.sh ]; then interop/setup.sh || return 1; fi
  crates/server/tests/proxies/setup.sh || return 1
  crates/store-sqlx/tests/setup.sh || return 1
  if [ -x crates/server/tests/browser/setup.sh ]; then
    crates/server/tests/browser/setup.sh || return 1
  elif [ -f crates/server/tests/browser/package-lock.json ]; then
    npm_ci crates/server/tests/browser || return 1
  fi
  [ "$quick" -eq 1 ] && return 0
  for tool in cargo-deny mdbook; do cargo_tool "$tool" || return 1; done
}

apt_install() {
  local root=() policy=/usr/sbin/policy-rc.d made='' status
  have apt-get || { loudly "no apt-get here: install these by your own means, then run this again: $*"; return 1; }
  if [ "$EUID" -ne 0 ]; then
    have sudo || { loudly "these need root to install: apt-get install $*"; return 1; }
    root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  # The tests start their own: nothing shall start as a service because of us.
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null && "${root[@]}" chmod 755 $policy && made=1
  fi
  # The lists may be absent or old, so they are fetched first; where that fails, the old ones may do.
  "${root[@]}" apt-get update -q || loudly "apt-get update failed; trying with the package lists that are here"
  "${root[@]}" apt-get install -y -q --no-install-recommends "$@"
  status=$?
  [ -z "$made" ] || "${root[@]}" rm -f $policy
  [ $status -eq 0 ] || { loudly "apt-get could not install: $*"; return 1; }
}

npm_ci() {
  cmp -s "$1/package-lock.json" "$1/node_modules/installed.json" && return 0
  (cd "$1" && npm ci --silent && cp package-lock.json node_modules/installed.json)
}

cargo_tool() {
  have "$1" && return 0
  printf 'installing %s: some minutes\n' "$1"
  nice cargo install --locked "$1"
}
