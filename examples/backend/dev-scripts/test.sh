#!/usr/bin/env bash
# Runs the tests and writes reports/junit.xml. Arguments choose tests, as the report or the console names them.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

exec "$PYTHON" -m tests "$@"
