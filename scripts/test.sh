#!/bin/sh
# Installs ggml-viz into a virtual environment of its own and runs every check: style, imports, tests.
# Options go to pytest: scripts/test.sh -k truth
set -eu
cd "$(dirname -- "$0")/.."
venv=${GGMLVIZ_VENV:-.venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q ".[test]"
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
"$venv/bin/lint-imports" --no-cache >/dev/null || "$venv/bin/lint-imports" --no-cache
exec "$venv/bin/pytest" "$@"
