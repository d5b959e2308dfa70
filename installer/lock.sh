#!/usr/bin/env bash
# For developers: write the lock files anew from pyproject.toml, for every platform and Python at once.
# Versions already locked stay unless pyproject.toml asks otherwise; `--upgrade` takes the newest.
# Needs `uv` on the PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v uv >/dev/null || { echo "lock.sh needs uv: python3 -m pip install uv" >&2; exit 1; }

options=(--quiet --universal --python-version 3.11 --no-header --no-annotate
    --no-emit-index-url --no-emit-find-links)

# What the program needs, and what installs the checkout into its environment.
printf 'hatchling\neditables\n' |
    uv pip compile "${options[@]}" "$@" --output-file installer/requirements.lock pyproject.toml -
# What the tests need beyond that, at the same versions.
uv pip compile "${options[@]}" "$@" --extra test --constraints installer/requirements.lock \
    --output-file installer/requirements-test.lock pyproject.toml
