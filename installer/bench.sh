#!/usr/bin/env bash
# Measures, one JSON object a line; tables go to the standard error output. Without a name,
# everything in tests/benchmarks is measured; --quick uses small data, --large ten times the usual,
# --folder says where the made-up data is kept (1-2 GB, made once), --only which cases.
#   bash installer/bench.sh --quick
#   bash installer/bench.sh render --only warm all
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_system windowless
prepare tests

cd "$ROOT"
export QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
exec "$(venv_python)" -m tests.benchmarks "$@"
