#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: a Python of its own for the grader, and the data that it needs.
set -euo pipefail

root="${AUTOGRADER:-/autograder}"
source="$root/source"
venv="$root/venv"
same="python$(cat "$source/python-version")"  # of this version the packages were pinned
export DLGRADE_DATA="${DLGRADE_DATA:-$root/data}"

found() {
    local name
    for name in "$same" python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            echo "$name"
            return
        fi
    done
    return 1
}

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

if ! python="$(found)"; then
    apt-get update -qq
    install "$same" "$same-venv" || install python3.12 python3.12-venv || install python3.11 python3.11-venv
    python="$(found)"
fi
if ! "$python" -m venv "$venv"; then  # Debian and Ubuntu keep this in a package of its own
    apt-get update -qq
    install "$("$python" -c 'import sys; print(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")')"
    "$python" -m venv "$venv"
fi

"$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$source/requirements.txt" -c "$source/constraints.txt"
packages="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
echo "$source/toolkit" > "$packages/dlgrade.pth"

data="$("$venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["data"])' "$source/autograder.json")"
if [ -n "$data" ]; then
    "$venv/bin/python" -c 'import sys; from dlgrade.cli import main; main(["data", "get", sys.argv[1]])' "$data"
fi
