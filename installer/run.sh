#!/usr/bin/env bash
# Sets everything up and does the main job on the sample project.
#   bash installer/run.sh               with a display: opens the window; without: writes to output/
#   bash installer/run.sh COMMAND ...   the same set-up, then `gisapp COMMAND ...`
set -euo pipefail
# shellcheck source=installer/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case "$(uname -s)" in
    Linux) display=${DISPLAY:-}${WAYLAND_DISPLAY:-} ;;
    *) display=always ;;
esac

need_system windowless ${DISPLAY:+window} ${WAYLAND_DISPLAY:+wayland}
prepare program

gisapp=$(gisapp_program)
if [ -z "$display" ]; then export QT_QPA_PLATFORM=offscreen; fi

if [ $# -gt 0 ]; then
    exec "$gisapp" "$@"
elif [ -n "$display" ]; then
    exec "$gisapp" open --sample
fi

cd "$ROOT"
say "no display: doing the main job on the sample project without a window"
"$gisapp" demo --output output
say "written to $ROOT/output:"
for file in output/*; do
    if [ -f "$file" ]; then printf '        %s\n' "${file#output/}" >&2; fi
done
