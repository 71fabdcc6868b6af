#!/usr/bin/env bash
# Ends the backend that restart-stack.sh started; fine when there is none.
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

exec "$PYTHON" dev-scripts/stack.py stop
