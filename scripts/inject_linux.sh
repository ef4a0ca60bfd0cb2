#!/bin/sh
# Traces a program as `ggml-viz run` does, without needing Python. The program takes the place of this script, so
# signals and the exit code are its own.
set -eu

usage() {
    cat <<'HELP'
usage: inject_linux.sh [options] [--] CMD…

  -o FILE         write the trace to FILE (default: PROGRAM-DATE-TIME.ggmlviz in this folder)
  --detail LEVEL  graph, op or thread (default: thread)
  --ring          record into shared memory, /dev/shm/ggmlviz-PID, and keep the latest
  --ring-mb N     size of that ring
  -v              let the shim say what it does
  -h              show this

examples:
  scripts/inject_linux.sh ./llama-cli -m model.gguf -p hello
  scripts/inject_linux.sh -o slow.ggmlviz --detail op -- python3 generate.py
HELP
}

refuse() {
    echo "inject_linux.sh: $1" >&2
    exit 2
}

# An old trace of this name makes room; anything else stays, for it may be somebody's model.
make_room() {
    if [ -L "$1" ]; then refuse "$1 is not a plain file: name another one with -o"; fi
    if [ ! -e "$1" ]; then return; fi
    if [ ! -f "$1" ]; then refuse "$1 is not a plain file: name another one with -o"; fi
    # tr, because a shell cannot hold the zero bytes that other files begin with.
    if [ "$(head -c 8 -- "$1" | tr '\0' ' ')" != GGMLVIZ1 ]; then
        refuse "$1 exists and is not a trace, so it stays: name another file with -o"
    fi
    rm -f -- "$1" || refuse "cannot replace $1"
}

# The shim of this checkout, built where pip builds it or by an earlier call of this script; or one beside this script.
find_shim() {
    for candidate in "$checkout"/ggmlviz/capture/libggmlviz.so "$checkout"/build/lib.*/ggmlviz/capture/libggmlviz.so \
        "$checkout"/build/libggmlviz.so "$here"/libggmlviz.so; do
        if [ -f "$candidate" ]; then
            echo "$candidate"
            return
        fi
    done
}

build_shim() {
    compiler=$(command -v cc || command -v gcc || command -v clang) ||
        refuse "there is no shim yet and no C compiler to build it: install one, or run pip install . in $checkout"
    [ -f "$checkout/csrc/ggmlviz_events.h" ] || refuse "there is no shim beside this script and no csrc to build it from"
    mkdir -p "$checkout/build" || refuse "cannot write $checkout/build"
    # Renamed into place, so that two calls at once never load half a library.
    "$compiler" -std=gnu11 -O2 -fPIC -fasynchronous-unwind-tables -fvisibility=hidden -pthread -shared \
        -o "$checkout/build/libggmlviz.so.$$" "$checkout"/csrc/*.c -ldl -lrt || refuse "the shim could not be built"
    mv "$checkout/build/libggmlviz.so.$$" "$checkout/build/libggmlviz.so"
    echo "$checkout/build/libggmlviz.so"
}

# LD_PRELOAD with the shim as its last entry: sanitizers insist on being first. A shim of ours that was there goes.
preload_list() {
    list=
    for entry in $(echo "${LD_PRELOAD:-}" | tr ':' ' '); do
        case $entry in */libggmlviz.so | libggmlviz.so) ;; *) list=$list$entry: ;; esac
    done
    echo "$list$1"
}

output= detail= ring= ring_mb= verbose=
while [ $# -gt 0 ]; do
    case $1 in
        -o | --detail | --ring-mb)
            [ $# -gt 1 ] || refuse "$1 needs a value"
            case $1 in -o) output=$2 ;; --detail) detail=$2 ;; --ring-mb) ring_mb=$2 ;; esac
            shift
            ;;
        --ring) ring=1 ;;
        -v) verbose=1 ;;
        -h | --help) usage; exit 0 ;;
        --) shift; break ;;
        -*) refuse "unknown option $1 (-h shows them)" ;;
        *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || { usage >&2; exit 2; }
case $detail in '' | graph | op | thread) ;; *) refuse "--detail is graph, op or thread" ;; esac
case $ring_mb in *[!0-9]*) refuse "--ring-mb is a number" ;; esac
[ -z "$ring_mb" ] || [ -n "$ring" ] || refuse "--ring-mb is the size of a ring: add --ring"
[ -z "$ring" ] || [ -z "$output" ] || refuse "-o names a file, --ring has none: choose one"

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
checkout=$(dirname -- "$here")
shim=$(find_shim)
[ -n "$shim" ] || shim=$(build_shim)
case $shim in *[:\ ]*) refuse "$shim has a space or a colon in its path, which LD_PRELOAD cannot say" ;; esac

# What was inherited speaks of another trace.
unset GGML_VIZ_OUTPUT GGML_VIZ_DETAIL GGML_VIZ_RING_MB GGML_VIZ_VERBOSE GGML_VIZ_DISABLE
if [ -z "$ring" ]; then
    if [ -z "$output" ]; then
        output=$(basename -- "$1")-$(date +%Y%m%d-%H%M%S).ggmlviz
        [ ! -e "$output" ] || output=${output%.ggmlviz}-$$.ggmlviz
    fi
    # The program may change its folder before it first calls ggml.
    case $output in /*) ;; *) output=$(pwd)/$output ;; esac
    [ -d "$(dirname -- "$output")" ] || refuse "there is no folder $(dirname -- "$output") to write the trace in"
    make_room "$output"
    export GGML_VIZ_OUTPUT="$output"
    echo "ggml-viz: recording into $output" >&2
else
    echo "ggml-viz: recording into /dev/shm/ggmlviz-$$" >&2
fi
[ -z "$detail" ] || export GGML_VIZ_DETAIL="$detail"
[ -z "$ring_mb" ] || export GGML_VIZ_RING_MB="$ring_mb"
[ -z "$verbose" ] || export GGML_VIZ_VERBOSE=1
LD_PRELOAD=$(preload_list "$shim")
export LD_PRELOAD
exec "$@"
