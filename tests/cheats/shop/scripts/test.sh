#!/bin/sh
# The whole suite, with a report.
set -eu
exec "$PYTHON" -m pytest --junitxml=reports/junit.xml
