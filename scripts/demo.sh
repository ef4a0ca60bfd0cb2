#!/bin/sh
# One command for a fresh Debian or Ubuntu machine: installs ggml-viz into .venv, makes a small model with random
# weights, runs real llama.cpp on it under the shim, and shows what was captured. Nothing outside this checkout is
# changed, save that root gets missing packages installed.
set -eu

checkout=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$checkout/.venv
folder=$checkout/build/demo

# Prints the Debian packages without which ggml-viz cannot be built.
missing_packages() {
    if ! command -v python3 >/dev/null; then
        echo python3 python3-venv python3-dev
    else
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
        python3 -c 'import os, sysconfig, sys
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || echo python3-dev
    fi
    # A compiler without the C library's headers compiles nothing.
    echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1 || echo gcc libc6-dev
}

packages=$(missing_packages | tr '\n' ' ')
if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -q
        # Unquoted: one word for each package.
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages
    else
        echo "demo.sh: install these first: sudo apt-get install $packages" >&2
        exit 1
    fi
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "demo.sh: ggml-viz needs Python 3.10 or newer, and python3 is $(python3 -V)" >&2
    exit 1
}

[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
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
