#!/usr/bin/env bash
# Installs Debian's PostgreSQL and MariaDB, whose programs the tests start for themselves. Safe to repeat; quick when all is there.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
PATH=$PATH:/usr/sbin command -v mariadbd >/dev/null || missing+=(mariadb-server)
command -v openssl >/dev/null || missing+=(openssl)
if ((${#missing[@]})); then
  echo "apt-get: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  root=()
  [[ $EUID -eq 0 ]] || root=(sudo)
  # The tests start their own: none shall start as a service because of us.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee $policy >/dev/null
    "${root[@]}" chmod 755 $policy
    trap '"${root[@]}" rm -f $policy' EXIT
  fi
  "${root[@]}" apt-get update -q || echo "apt-get update failed; trying with the package lists that are here"
  "${root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

echo "PostgreSQL and MariaDB are installed"
