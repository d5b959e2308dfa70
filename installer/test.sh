#!/usr/bin/env bash
# Sets everything up and runs every test and check. Arguments go to pytest:
#   bash installer/test.sh tests/model -x
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_system windowless window tests
prepare tests

cd "$ROOT"
exec "$(venv_python)" -m pytest "$@"
