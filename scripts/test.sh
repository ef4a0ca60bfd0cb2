#!/bin/sh
# Installs ggml-viz and what its tests need into .venv and runs every check: style, imports, tests.
# Options go to pytest: scripts/test.sh -k truth
set -eu

. "$(dirname -- "$0")/prepare.sh"
cd "$checkout"
"$venv/bin/pip" install -q --only-binary xllamacpp,pywhispercpp '.[test]'
"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
"$venv/bin/lint-imports" --no-cache
# From there, so that Python finds the installed package and not the sources beside it, which lack their native part.
cd tests
exec "$venv/bin/pytest" "$@"
