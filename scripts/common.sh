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

# python_environment NAME REQUIREMENTS: a Python environment of that name in the cache with the packages that the file
# names. Does nothing when it is there as pinned.
python_environment() {
    local folder=${INTERVIEWER_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/interviewer}/$1 requirements=$2
    cmp -s "$requirements" "$folder/requirements.txt" && return 0
    rm -rf "$folder"
    python3 -m venv "$folder" || fail "python3 -m venv does not work; install python3-venv, then run this again"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" ||
        fail "the packages of $requirements could not be installed from PyPI; is the network there?"
    cp "$requirements" "$folder/requirements.txt"
}
