# Sourced by the scripts beside it: stands in the repository's root, and stops at the first failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where cargo puts what it builds.
target=${CARGO_TARGET_DIR:-target}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step NAME COMMAND…: runs the command, then says how long it took.
step() {
    local name=$1 began=${EPOCHREALTIME//[.,]/} status=0
    shift
    printf '== %s\n' "$name"
    "$@" || status=$?
    local took=$(((${EPOCHREALTIME//[.,]/} - began) / 100000))
    if ((status != 0)); then
        printf '== %s failed after %d.%d s\n' "$name" $((took / 10)) $((took % 10)) >&2
        return "$status"
    fi
    printf '== %s: %d.%d s\n' "$name" $((took / 10)) $((took % 10))
}
