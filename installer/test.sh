#!/usr/bin/env bash
# Sets everything up and runs every test and check, files of tests side by side on up to four cores.
# Arguments go to pytest:
#   bash installer/test.sh tests/model -x
#   bash installer/test.sh -n 0          (one after another)
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_system windowless window tests
prepare tests

cd "$ROOT"
exec "$(venv_python)" -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile "$@"
