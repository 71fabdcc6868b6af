#!/bin/sh
# Makes .venv hold what requirements/<kind>.txt locks, and gatekeeper itself, editable. Must not know what is done with it.
#
#   sh requirements/set-up.sh run|dev        (from the root of the checkout; `make run` and `make test` do it)
#
# A stamp inside .venv says what was installed, where and with which Python; when it still fits, this costs a few
# milliseconds. An environment that somebody else made is brought to the lock, never thrown away; one that an
# interrupted set-up left half made, or whose Python is gone, or whose folder was moved, is made anew.
# PYTHON=/path/to/python chooses the interpreter of a new environment.
set -eu

kind=${1:?'say which lock: run or dev'}
lock=requirements/$kind.txt
stamp=.venv/gatekeeper-$kind.stamp
begun=.venv/gatekeeper-set-up.begun

fail() {
    echo "set-up: $1" >&2
    shift
    for line in "$@"; do echo "        $line" >&2; done
    exit 1
}

# A name on the PATH proves nothing: version managers leave shims that only complain.
can_make_an_environment() {
    "$1" -I -c 'import sys
if sys.version_info < (3, 11): sys.exit(1)
import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        can_make_an_environment "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer that can make environments."
        echo "$PYTHON"
        return
    fi
    for name in python3.13 python3.12 python3.11 python3 python; do
        if can_make_an_environment "$name"; then
            echo "$name"
            return
        fi
    done
    found=
    for name in python3.13 python3.12 python3.11 python3 python; do
        version=$("$name" -I -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
        found="$found$name is $version; "
        case $version in
        3.1[1-9].* | 3.[2-9][0-9].*)
            fail "$name ($version) lacks ensurepip or venv, which an environment is made with." \
                "Debian and Ubuntu have them in a package of their own: apt-get install python${version%.*}-venv"
            ;;
        esac
    done
    fail "gatekeeper needs Python 3.11 or newer, and there is none on the PATH (${found:-no Python at all; }looked for python3.13 to python3.11, python3, python)." \
        "Install one, or name it: make PYTHON=/path/to/python3.11 ..."
}

# What is installed depends on the lock, on what pyproject.toml declares, and on where the checkout lies.
wanted() {
    echo "$kind lock and project: $(cat "$lock" pyproject.toml requirements/set-up.sh | cksum)"
    echo "place: $(pwd -P)"
    .venv/bin/python -I -c 'import sys; print("python:", sys.version.split()[0], sys.base_prefix)' 2>/dev/null
}

up_to_date() {
    [ ! -e "$begun" ] && [ -e "$stamp" ] && [ -x .venv/bin/gatekeeper ] && [ "$(cat "$stamp")" = "$(wanted)" ]
}

# Scripts in an environment hold its path, so one that was moved or copied runs the wrong Python.
usable() {
    [ ! -e "$begun" ] && .venv/bin/python -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
        grep -qF "$(pwd -P)/.venv" .venv/bin/activate 2>/dev/null
}

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1 PIP_USER=0
unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV

[ -f "$lock" ] || fail "$lock is not here; call me from the root of a checkout, with run or dev."
if up_to_date; then exit 0; fi
[ -w . ] || fail "this folder is not writable for $(id -un 2>/dev/null || id -u), and .venv has to be made in it." \
    "Clone it again as this user, or make the folder yours."

# Two `make` in one checkout take turns; the lock is the open file itself and ends with this process.
python=$(find_python) || exit 1
exec 9<requirements/set-up.sh
"$python" -I -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' || fail "cannot lock requirements/set-up.sh against another set-up."
if up_to_date; then exit 0; fi

if ! usable; then
    rm -rf .venv || fail "an unusable .venv is in the way and cannot be removed; delete it by hand."
    mkdir .venv
    : >"$begun"
    echo "Making .venv with Python $("$python" -I -c 'import sys; print(sys.version.split()[0])') ..."
    "$python" -I -m venv .venv 9<&- || fail "$python could not make an environment in .venv (see above)."
fi
: >"$begun"
rm -f .venv/gatekeeper-*.stamp
echo "Installing the $(grep -c '==' "$lock") packages of $lock (once; ten seconds on a fast line) ..."
.venv/bin/python -I -c 'import pip' 2>/dev/null || .venv/bin/python -I -m ensurepip >/dev/null 9<&- ||
    fail "the environment in .venv has no pip, and ensurepip cannot bring it; remove .venv and try again."
# -qq: pip's warnings about its cache and about root are no business of whoever sets up a private environment.
.venv/bin/python -I -m pip install -qq --require-hashes -r "$lock" 9<&- ||
    fail "pip could not install $lock (see above)." \
        "It needs a package index that it can reach; its own configuration (pip.conf, PIP_*, proxies) is honoured."
.venv/bin/python -I -m pip install -qq --no-build-isolation --no-deps --no-index -e . 9<&- ||
    fail "pip could not install gatekeeper itself into .venv (see above)."
# Python 3.11 puts setuptools into every environment, and its hook costs each start of Python 3 ms; nothing here uses it.
.venv/bin/python -I -m pip uninstall -qq -y setuptools 9<&- || true
# Where byte code is not written (PYTHONDONTWRITEBYTECODE), every start would compile all of it again.
.venv/bin/python -I -m compileall -q gatekeeper 9<&- || true
rm -f "$begun"
for each in run dev; do
    # All of run.txt is in dev.txt at the same versions, so the larger set-up serves for both.
    if [ "$each" = "$kind" ] || [ "$kind" = dev ]; then
        (kind=$each lock=requirements/$each.txt && wanted) >".venv/gatekeeper-$each.stamp"
    fi
done
