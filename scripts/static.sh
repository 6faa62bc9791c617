#!/usr/bin/env bash
# Builds fully static release binaries for x86_64-unknown-linux-musl, and proves that they are.
#
#   scripts/static.sh [cargo build arguments…]        e.g.  scripts/static.sh --locked -p countersign-server
#
# Takes the active toolchain where its musl target is installed (`rustup target add x86_64-unknown-linux-musl`), and else
# Debian's rustc-web and cargo-web, which compile the standard library for musl from rust-web-src. Prints the path of each
# binary on a line of its own; everything else goes to standard error. Missing Debian packages are installed.
set -euo pipefail
shopt -s inherit_errexit

triple=x86_64-unknown-linux-musl
out=${STATIC_TARGET_DIR:-${CARGO_TARGET_DIR:-target}/static}

log() { printf 'static: %s\n' "$*" >&2; }

main() {
  local via built file
  mkdir -p "$out"
  out=$(cd "$out" && pwd)
  # Only a missing target decides: a program that does not compile with one would not with the other.
  if [ -d "$(rustc --print sysroot)/lib/rustlib/$triple/lib" ]; then via=toolchain; else via=debian; fi
  log "building with the $via's musl target"
  built=$("via_$via" "$@")
  [ -n "$built" ] || { log "no executable was built"; return 1; }
  while IFS= read -r file; do prove "$file"; done <<<"$built"
  printf '%s\n' "$built"
}

# rustc brings musl's start files, libc and libunwind; musl-gcc only compiles the C code.
via_toolchain() {
  install musl-tools musl-dev binutils
  # -lgcc: mimalloc's C code calls __popcountdi2, which only libgcc.a defines.
  CARGO_TARGET_DIR=$out/toolchain CC_x86_64_unknown_linux_musl=musl-gcc \
    CARGO_ENCODED_RUSTFLAGS=$'-Ctarget-feature=+crt-static\x1f-Clink-arg=-lgcc' \
    build cargo build --release --target "$triple" "$@"
}

via_debian() {
  install rustc-web cargo-web rust-web-src musl-tools musl-dev gcc libc6-dev binutils
  local kit=$out/kit
  mkdir -p "$kit/lib"
  [ -e "$kit/lib/libunwind.a" ] || make_unwinder "$kit/lib/libunwind.a"
  make_linker "$kit/musl-link"
  # RUSTC_BOOTSTRAP lets this stable release take -Zbuild-std. PATH and RUSTC keep rustup's proxies out of it; a target
  # directory of its own keeps the artifacts apart. CARGO_ENCODED_RUSTFLAGS wins over every configured flag.
  unset RUSTUP_TOOLCHAIN RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO RUSTDOC
  PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$out/debian \
    CC_x86_64_unknown_linux_musl=musl-gcc CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=$kit/musl-link \
    CARGO_ENCODED_RUSTFLAGS=$'-Ctarget-feature=+crt-static\x1f-Clink-self-contained=no\x1f-Lnative='"$kit/lib" \
    build /usr/bin/cargo build --release -Zbuild-std=std,panic_abort --target "$triple" "$@"
}

# The standard library for musl links -lunwind. libgcc_eh.a can't stand in: it was built for glibc. LLVM's libunwind.a
# needs just one symbol that only glibc has, __fprintf_chk (for its error messages), which is added here. The package is
# unpacked and not installed: it conflicts with libunwind-dev.
make_unwinder() (
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  chmod 755 "$folder"
  cd "$folder"
  apt-get download libunwind-14-dev >&2 || { update; apt-get download libunwind-14-dev >&2; }
  dpkg-deb -x libunwind-14-dev_*.deb unpacked
  cat >missing.c <<'C'
#include <stdarg.h>
#include <stdio.h>
int __fprintf_chk(FILE *f, int flag, const char *fmt, ...) {
  (void)flag;
  va_list ap;
  va_start(ap, fmt);
  int n = vfprintf(f, fmt, ap);
  va_end(ap);
  return n;
}
C
  musl-gcc -O2 -fPIC -c missing.c -o missing.o
  cp unpacked/usr/lib/llvm-14/lib/libunwind.a libunwind.a
  ar r libunwind.a missing.o 2>/dev/null
  cp libunwind.a "$1"
)

# Not musl-gcc: its specs drop gcc's rule for -static-pie, and the result would ask for musl's loader. So gcc, with musl's
# start file and libc (-L before "$@", ahead of glibc's), and libgcc for what rustc's -nodefaultlibs leaves out.
make_linker() {
  cat >"$1" <<'L'
#!/bin/sh
m=/usr/lib/x86_64-linux-musl
exec gcc -nostdlib -static-pie "$m/rcrt1.o" "$m/crti.o" "$(gcc -print-file-name=crtbeginS.o)" \
  "-L$m" "$@" -lc -lgcc "$(gcc -print-file-name=crtendS.o)" "$m/crtn.o"
L
  chmod 755 "$1"
}

# Installs the Debian packages that are missing.
install() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  log "installing: ${missing[*]}"
  update
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

update() { as_root apt-get update -q >&2 || log "apt-get update failed; trying with the package lists that are here"; }

as_root() { if [ "$EUID" -eq 0 ]; then "$@"; else sudo -E "$@"; fi; }

# Runs cargo and prints the executables that it made.
build() {
  local messages
  messages=$(nice "$@" --message-format=json-render-diagnostics) || return 1
  printf '%s\n' "$messages" | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# Static means: no loader asked for, no shared library needed.
prove() {
  readelf -hW "$1" >/dev/null
  if readelf -lW "$1" | grep -q INTERP; then log "$1 asks for a loader, so it is not static"; return 1; fi
  if readelf -dW "$1" | grep -q '(NEEDED)'; then log "$1 needs shared libraries"; return 1; fi
  log "$1: static, $(stat -c %s "$1") bytes"
}

main "$@"
