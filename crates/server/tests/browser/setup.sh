#!/usr/bin/env bash
# Installs what the browser tests need: Chromium, Node and two packages. Safe to repeat; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")"

have() { command -v "$1" >/dev/null; }

missing=()
have chromium || have chromium-browser || have google-chrome || [[ -x ${CHROMIUM-} ]] || missing+=(chromium)
have node || missing+=(nodejs)
have npm || missing+=(npm)
if ((${#missing[@]})); then
  echo "apt-get: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  root=()
  [[ $EUID -eq 0 ]] || root=(sudo)
  "${root[@]}" apt-get update -q
  "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

if ! cmp --silent package-lock.json node_modules/installed.json; then
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent
  cp package-lock.json node_modules/installed.json
fi

echo "browser tests are installed"
