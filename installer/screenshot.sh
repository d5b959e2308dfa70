#!/usr/bin/env bash
# For developers: take the picture of the window for the README anew, on a display of its own.
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_system windowless window tests
prepare tests

cd "$ROOT"
exec 3< <(exec Xvfb -displayfd 1 -screen 0 1440x900x24 -nolisten tcp 2>/dev/null)
server=$!
trap 'kill "$server"' EXIT
read -r -u 3 number
file=${1:-sample_data/window.png}
unset WAYLAND_DISPLAY
DISPLAY=:$number QT_QPA_PLATFORM=xcb "$(venv_python)" -m tests.screenshots.window "$file"
say "written: $file"
