#!/usr/bin/env bash
# Installs the OAuth clients that run.py starts. Safe to repeat; quick when all is there already.
set -euo pipefail
cd "$(dirname "$0")"

command -v cargo >/dev/null || { echo "setup.sh: cargo is needed, of the version this repository builds with" >&2; exit 1; }

packages=(
  ca-certificates openssl
  perl libcrypt-openssl-rsa-perl libnet-oauth-perl liburi-perl libwww-perl
  php-cli php-oauth
  python3 python3-venv
  ruby ruby-oauth
)
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
command -v cc >/dev/null || packages+=(gcc libc6-dev)

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
  "${root[@]}" apt-get update -q
  "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

# Each part is done again only when the file that pins it has changed since.
same() { [[ -f $2 ]] && cmp --silent "$1" "$2"; }

if ! same requirements.txt .venv/installed.txt || ! .venv/bin/python -c '' 2>/dev/null; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
  cp requirements.txt .venv/installed.txt
fi

if ! same package-lock.json node_modules/installed.json; then
  npm ci --silent
  cp package-lock.json node_modules/installed.json
fi

cargo build --quiet --release --locked --manifest-path rust/Cargo.toml --target-dir rust/target

echo "interop clients are installed"
