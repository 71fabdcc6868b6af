#!/usr/bin/env bash
# Brings the backend up afresh and returns: ends the old instance, migrates the database, starts the service.
# Reads PORT (3000), HOST (127.0.0.1) and PYTHON (python3).
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

"$PYTHON" dev-scripts/stack.py stop
"$PYTHON" -m calorie_backend migrate
"$PYTHON" dev-scripts/stack.py start
