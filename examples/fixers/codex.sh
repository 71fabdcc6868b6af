#!/bin/sh
# A fixer for gatekeeper: Codex CLI reads the brief from standard input and edits the repo that it is called in.
#
#   fixer: {run: "<path to>/examples/fixers/codex.sh", in: backend, scope: ["src/**"], provider: openai-codex}
#
# Its sandbox lets it write below its folder and to the notes, without a network; see runbooks/fixer.md.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
events=$(mktemp)
trap 'rm -f "$events"' EXIT

status=0
codex exec --sandbox workspace-write --add-dir "$GATEKEEPER_NOTES" --json - >"$events" || status=$?
cat "$events"
"${PYTHON:-python3}" "$here/codex_usage.py" "$events" >"$GATEKEEPER_USAGE"
exit "$status"
