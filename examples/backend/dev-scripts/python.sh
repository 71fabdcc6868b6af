# shellcheck shell=bash
# Sourced by the scripts beside it: finds a Python that is new enough, then goes to the backend's folder.
PYTHON=${PYTHON:-python3}
if ! command -v -- "$PYTHON" >/dev/null; then
  echo "${0##*/}: there is no $PYTHON here: install Python 3.11 or newer, or set PYTHON to one" >&2
  exit 1
fi
# Asked once for its real path: a shim in front of it (pyenv, asdf) costs more than the interpreter's own start.
PYTHON=$("$PYTHON" -c '
import sys
if sys.version_info < (3, 11):
    sys.exit("%s is Python %d.%d; this backend needs 3.11 or newer: set PYTHON to one" % (sys.executable, sys.version_info[0], sys.version_info[1]))
print(sys.executable)')
CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
unset PYTHONSAFEPATH # it would hide the package that lies in this folder
