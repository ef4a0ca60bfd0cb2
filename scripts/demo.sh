#!/bin/sh
# One command for a fresh Debian or Ubuntu machine: installs ggml-viz into .venv, makes a small model with random
# weights, runs real llama.cpp on it under the shim, and shows what was captured.
set -eu

. "$(dirname -- "$0")/prepare.sh"
folder=$checkout/build/demo

# llama.cpp as a wheel only: built from source it would take many minutes and fail on a small machine.
(cd "$checkout" && "$venv/bin/pip" install -q --only-binary xllamacpp '.[demo]')

mkdir -p "$folder"
[ -f "$folder/tiny.gguf" ] || "$venv/bin/python" "$checkout/examples/make_model.py" tiny -o "$folder/tiny.gguf"

echo "A model with random weights says:"
"$venv/bin/ggml-viz" run -o "$folder/demo.ggmlviz" -- \
    "$venv/bin/python" "$checkout/tests/programs/llama_generate.py" "$folder/tiny.gguf" --tokens 32
echo
"$venv/bin/ggml-viz" info "$folder/demo.ggmlviz"
echo
echo "All of it as text: $venv/bin/ggml-viz dump $folder/demo.ggmlviz"
