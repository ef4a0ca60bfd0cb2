#!/bin/sh
# One command for a fresh Debian or Ubuntu machine: installs ggml-viz into .venv, makes a small model with random
# weights, runs real llama.cpp on it under the shim, and shows it live in a window, or where there is no screen leaves
# pictures of it.
set -eu

. "$(dirname -- "$0")/prepare.sh"
folder=$checkout/build/demo

# llama.cpp as a wheel only: built from source it would take many minutes and fail on a small machine.
(cd "$checkout" && "$venv/bin/pip" install -q --only-binary xllamacpp '.[demo]')

mkdir -p "$folder"
[ -f "$folder/small.gguf" ] || "$venv/bin/python" "$checkout/examples/make_model.py" small -o "$folder/small.gguf"

echo "A model with random weights says:"
"$venv/bin/ggml-viz" run -o "$folder/demo.ggmlviz" -- \
    "$venv/bin/python" "$checkout/tests/programs/llama_generate.py" "$folder/small.gguf" --tokens 32
echo
"$venv/bin/ggml-viz" info "$folder/demo.ggmlviz"
echo
echo "All of it as text: $venv/bin/ggml-viz dump $folder/demo.ggmlviz"
echo

# The same program again and again, until the window that watches it is closed.
"$venv/bin/ggml-viz" run --ring -- "$venv/bin/python" "$checkout/tests/programs/llama_generate.py" "$folder/small.gguf" \
    --tokens 400 --repeat 1000000 >/dev/null 2>&1 &
generating=$!
trap 'kill $generating 2>/dev/null' EXIT INT TERM
if ! "$venv/bin/ggml-viz" --live llama_generate; then
    for view in timeline graph heatmap; do
        "$venv/bin/ggml-viz" export "$folder/demo.ggmlviz" --to png --view $view --force -o "$folder/demo.$view.png"
    done
fi
