#!/usr/bin/env bash
# What no file of the repository holds: marks of an unfinished merge, paths of somebody's machine, old words as names.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- . ':!scripts/words.sh' ':!*.lock' ':!*-lock.json')
mapfile -t code < <(printf '%s\n' "${files[@]}" | grep -E '^(crates|examples)/.*\.rs$')
bad=0

# refuse WHY PATTERN FILE…
refuse() {
  local why=$1 pattern=$2 found
  shift 2
  found=$(grep -nHIE -- "$pattern" "$@" 2>/dev/null) || return 0
  printf '%s:\n%s\n' "$why" "$found"
  bad=1
}

refuse 'an unfinished merge' '^(<<<<<<<|>>>>>>>) ' "${files[@]}"
refuse 'a path of one machine' '(^|[^A-Za-z0-9_.~/-])/(home|root|tmp|work|Users)/[A-Za-z0-9_]' "${files[@]}"
refuse 'an older word as a name (CONTRIBUTING.md, "RFC 5849'"'"'s words")' \
  '\b(struct|enum|trait|type|mod|fn|let|const|static) (mut )?[A-Za-z0-9_]*([Cc]onsumer|[Aa]ccess_?[Tt]oken|[Rr]equest_?[Tt]oken)' "${code[@]}"
refuse 'a secret that can be printed' 'impl (fmt::)?Display for (Secret|Signature|KeyRing|NonceKey)\b' "${code[@]}"

# Every test that README and SECURITY name for a guarantee exists.
for name in $(sed -n '/<!-- names of tests/,/^## /s/^| .* | \(.*\) |$/\1/p' README.md SECURITY.md | grep -oE '`[a-z0-9_]{9,}`' | tr -d '`' | sort -u); do
  grep -qE "fn $name\b" "${code[@]}" || { printf 'README.md or SECURITY.md names a test that is not there: %s\n' "$name"; bad=1; }
done

# Every dependency has its reason.
for manifest in crates/*/Cargo.toml; do
  for name in $(sed -n '/^\[dependencies\]/,/^\[/s/^\([a-z][a-z0-9_-]*\)[ .=].*/\1/p' "$manifest" | grep -v '^countersign'); do
    grep -q "\`$name\`" DESIGN.md || { printf 'DESIGN.md gives no reason for %s (%s)\n' "$name" "$manifest"; bad=1; }
  done
done

# Every problem code has its help page and its place in the book.
for code in $(sed -n '/fn code(/,/^    }/s/.*=> "\([a-z_]*\)".*/\1/p' crates/provider/src/rejection.rs | sort -u); do
  grep -qE "^## .*\`$code\`" docs/src/errors.md || { printf 'docs/src/errors.md has no heading for %s\n' "$code"; bad=1; }
  grep -q "\"$code\"" crates/server/src/pages/help.rs && grep -q "^help-$code = " crates/server/locales/en/help.ftl || { printf 'the help pages have none for %s\n' "$code"; bad=1; }
done
exit $bad
