#!/usr/bin/env bash
# Runs coreutils 9.1's own tests of timeout(1) against `gatekeeper guard`, and prints a line for each.
#
#   tests/peers/coreutils.sh [GATEKEEPER]       (the program; .venv/bin/gatekeeper of this checkout unless given)
#
# The tests are GPL and not ours: Debian's source package is fetched into a temporary folder, which is removed again.
# Needs apt-get with a line for Debian 12 in its sources, tar, xz and perl; not root. Exits with 0 when all of them
# passed, with 1 when one did not (one that skipped itself did not pass), and with 77 where they cannot be run.
set -euo pipefail

version=9.1
tests=(timeout.sh timeout-group.sh timeout-parameters.sh timeout-large-parameters.sh timeout-blocked.pl)
longest=60

here=$(cd "$(dirname "$0")/../.." && pwd)
program=$(realpath -s "${1:-$here/.venv/bin/gatekeeper}")

cannot() {
    echo "cannot be run here: $1" >&2
    exit 77
}

[ -x "$program" ] || cannot "$program is not there; make set-up-dev makes it"
for tool in apt-get tar xz perl setsid; do
    command -v "$tool" >/dev/null || cannot "$tool is missing"
done

work=$(mktemp -d)
chmod 755 "$work"
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

# The machine's own sources, but for source packages, with lists and caches in our folder: nothing of the system changes.
mkdir -p "$work"/apt/{sources,lists/partial,cache/archives/partial} "$work/fetched"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$file" ] || continue
    sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" >"$work/apt/sources/$(basename "$file" .list).list"
done
for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/apt/sources/$(basename "$file")"
done
apt=(
    apt-get -qq -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$work/apt/sources"
    -o "Dir::State::Lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o "APT::Sandbox::User="
    -o Acquire::Retries=3 -o Acquire::http::Timeout=20
)
"${apt[@]}" update >"$work/apt.txt" 2>&1 || cannot "apt-get update failed: $(tail -n 1 "$work/apt.txt")"
(cd "$work/fetched" && "${apt[@]}" source --download-only "coreutils=$version-1") >"$work/apt.txt" 2>&1 ||
    cannot "apt-get has no source of coreutils $version: $(tail -n 1 "$work/apt.txt")"
tar -C "$work/fetched" -xf "$work/fetched/coreutils_$version.orig.tar.xz"
source=$work/fetched/coreutils-$version

# What their build would have left around the tests. A link called `timeout` makes gatekeeper be that.
home=$work/home
mkdir -p "$home"/{src,tests}
cp "$source/init.cfg" "$home"
cp "$source"/tests/{init.sh,*.pm} "${tests[@]/#/$source/tests/misc/}" "$home/tests"
ln -s "$program" "$home/src/timeout"
echo '#define HAVE_PRCTL 1' >"$home/config.h"
cat >"$home/src/getlimits" <<'LIMITS'
#!/bin/sh
echo UINT_OFLOW=4294967296
echo TIME_T_OFLOW=9223372036854775808
echo LDBL_MAX=1.18973149535723176502e+4932
echo INT_MAX=2147483647
LIMITS
chmod +x "$home/src/getlimits"

limit=("$(command -v timeout)" --foreground -k 5 "$longest")
export srcdir=$home abs_srcdir=$home abs_top_builddir=$home abs_top_srcdir=$home CONFIG_HEADER=$home/config.h
export built_programs=' timeout env ' SHELL=/bin/bash PATH=$home/src:$PATH AWK=awk PERL=perl LC_ALL=C VERBOSE= DEBUG=

run_one() {
    case $1 in
    *.pl) "${limit[@]}" perl -w "-I$home/tests" -MCuSkip -MCoreutils "-MCuTmpdir qw($1)" "tests/$1" ;;
    *) "${limit[@]}" bash "tests/$1" ;;
    esac 9>&2
}

cd "$home"
failed=0
for test in "${tests[@]}"; do
    began=$(date +%s%N)
    code=0
    run_one "$test" >"$work/said.txt" 2>&1 </dev/null || code=$?
    case $code in
    0) verdict=PASS ;;
    77) verdict=SKIP ;;
    *) verdict="FAIL ($code)" ;;
    esac
    took=$((($(date +%s%N) - began) / 1000000))
    printf '%s  %s  %d.%01d s\n' "$verdict" "$test" $((took / 1000)) $((took % 1000 / 100))
    [ "$code" = 0 ] || {
        failed=1
        sed 's/^/    /' "$work/said.txt"
    }
done
exit "$failed"
