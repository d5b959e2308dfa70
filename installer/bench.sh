#!/usr/bin/env bash
# Measures, one JSON object a line. Without a name, everything in tests/benchmarks is measured:
#   bash installer/bench.sh render edit
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_system windowless
prepare tests

cd "$ROOT"
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
exec "$(venv_python)" -m tests.benchmarks "$@"
