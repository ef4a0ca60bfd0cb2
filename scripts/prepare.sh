# Sourced by demo.sh and test.sh: a virtual environment in .venv, on a fresh Debian or Ubuntu machine. Nothing outside this
# checkout is changed, save that root gets missing packages installed. Sets $checkout and $venv.

checkout=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
venv=$checkout/.venv

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
        echo "$0: install these first: sudo apt-get install $packages" >&2
        exit 1
    fi
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
    echo "$0: ggml-viz needs Python 3.10 or newer, and python3 is $(python3 -V)" >&2
    exit 1
}
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
