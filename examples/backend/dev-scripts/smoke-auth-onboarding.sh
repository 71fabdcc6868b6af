#!/usr/bin/env bash
# Signs up, logs in and goes through onboarding against the running backend at 127.0.0.1:$PORT (3000).
set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/python.sh"

exec "$PYTHON" dev-scripts/smoke.py
