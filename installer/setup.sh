# Shared by run.sh, test.sh and bench.sh: makes an environment in .venv and what it stands on.
# To be sourced. Every step is skipped when its result is already there, so that a second run costs
# a fraction of a second.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
OLDEST=11 # Python 3.11
NEWEST=14

say() { printf '%s\n' "gisapp: $*" >&2; }

stop() {
    say "$1"
    shift
    if [ $# -gt 0 ]; then printf '        %s\n' "$@" >&2; fi
    exit 1
}

# --- system libraries -------------------------------------------------------------------------

# library or program = the Debian and Ubuntu package that brings it
WINDOWLESS=(
    libEGL.so.1=libegl1
    libGL.so.1=libgl1
    libX11.so.6=libx11-6
    libdbus-1.so.3=libdbus-1-3
    libexpat.so.1=libexpat1
    libfontconfig.so.1=libfontconfig1
    libfreetype.so.6=libfreetype6
    libglib-2.0.so.0=libglib2.0-0
    libgssapi_krb5.so.2=libgssapi-krb5-2
    libxkbcommon.so.0=libxkbcommon0
)
WINDOW=(
    libX11-xcb.so.1=libx11-xcb1
    libxcb-cursor.so.0=libxcb-cursor0
    libxcb-glx.so.0=libxcb-glx0
    libxcb-icccm.so.4=libxcb-icccm4
    libxcb-image.so.0=libxcb-image0
    libxcb-keysyms.so.1=libxcb-keysyms1
    libxcb-randr.so.0=libxcb-randr0
    libxcb-render-util.so.0=libxcb-render-util0
    libxcb-render.so.0=libxcb-render0
    libxcb-shape.so.0=libxcb-shape0
    libxcb-shm.so.0=libxcb-shm0
    libxcb-sync.so.1=libxcb-sync1
    libxcb-util.so.1=libxcb-util1
    libxcb-xfixes.so.0=libxcb-xfixes0
    libxcb-xkb.so.1=libxcb-xkb1
    libxcb.so.1=libxcb1
    libxkbcommon-x11.so.0=libxkbcommon-x11-0
)
WAYLAND=(
    libwayland-client.so.0=libwayland-client0
    libwayland-cursor.so.0=libwayland-cursor0
    libwayland-egl.so.1=libwayland-egl1
)
TEST_PROGRAMS=(
    Xvfb=xvfb
    pdffonts=poppler-utils
    pdftotext=poppler-utils
    pdftoppm=poppler-utils
)

list_libraries() {
    local ldconfig
    ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
    "$ldconfig" -p 2>/dev/null || true
}

# Prints the entries of the given lists whose library or program is absent.
missing_of() {
    local known entry name
    known=$(list_libraries)
    for entry in "$@"; do
        name=${entry%%=*}
        case $name in
            lib*.so*) [[ $known == *"$name "* ]] || printf '%s\n' "$entry" ;;
            *) command -v "$name" >/dev/null || printf '%s\n' "$entry" ;;
        esac
    done
}

# Installs Debian packages when it may; otherwise says what to type.
install_packages() {
    local -a as_root=()
    local command="apt-get update && apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo -n)
        if ! sudo -n true 2>/dev/null; then
            stop "these system packages are missing: $*" "Please type this and run the script again:" "" \
                "  sudo sh -c '$command'"
        fi
    fi
    say "installing system packages: $*"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
            --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        stop "the system packages could not be installed." "To see why, type as root:" "" "  $command"
    fi
    rm -f "$log"
}

# need_system KIND...: windowless, window, wayland, tests
need_system() {
    [ "$(uname -s)" = Linux ] || return 0 # the wheels for macOS and Windows bring all they need
    local -a wanted=() missing=() packages=()
    local kind entry
    for kind in "$@"; do
        case $kind in
            windowless) wanted+=("${WINDOWLESS[@]}") ;;
            window) wanted+=("${WINDOW[@]}") ;;
            wayland) wanted+=("${WAYLAND[@]}") ;;
            tests) wanted+=("${TEST_PROGRAMS[@]}") ;;
        esac
    done
    mapfile -t missing < <(missing_of "${wanted[@]}")
    [ ${#missing[@]} -gt 0 ] || return 0
    # What comes with them, so that nobody has to type two commands one after the other.
    mapfile -t packages < <(venv_package)
    if ! command -v apt-get >/dev/null; then
        stop "these libraries or programs are missing: ${missing[*]%%=*}" \
            "Please install the packages of your system that hold them, and run the script again."
    fi
    mapfile -t packages < <(printf '%s\n' "${packages[@]}" "${missing[@]#*=}" | sort -u | grep .)
    install_packages "${packages[@]}"
    mapfile -t missing < <(missing_of "${wanted[@]}")
    for entry in "${missing[@]}"; do
        say "warning: ${entry%%=*} is still not found after installing ${entry#*=}"
    done
}

# --- Python -----------------------------------------------------------------------------------

suits() { # is this a Python that we can use?
    "$1" -c "import sys; sys.exit(not (3, $OLDEST) <= sys.version_info[:2] <= (3, $NEWEST))" \
        >/dev/null 2>&1
}

find_python() {
    local name
    for name in ${GISAPP_PYTHON:+"$GISAPP_PYTHON"} python3 python3.13 python3.12 python3.11 \
        python3.14 python; do
        if command -v "$name" >/dev/null && suits "$name"; then
            printf '%s\n' "$name"
            return
        fi
    done
    local hint="Install it from your system's packages and run the script again."
    if command -v apt-get >/dev/null; then
        hint="On Debian 12, Ubuntu 24.04 or later: sudo apt-get install python3 python3-venv"
    fi
    stop "Python 3.$OLDEST to 3.$NEWEST is needed and was not found." "$hint" \
        "If it stands elsewhere: GISAPP_PYTHON=/path/to/python3 bash installer/run.sh"
}

venv_python() {
    if [ -x "$VENV/bin/python" ]; then
        printf '%s\n' "$VENV/bin/python"
    else
        printf '%s\n' "$VENV/Scripts/python.exe"
    fi
}

gisapp_program() { # the command that the installation made
    if [ -x "$VENV/bin/gisapp" ]; then
        printf '%s\n' "$VENV/bin/gisapp"
    else
        printf '%s\n' "$VENV/Scripts/gisapp.exe"
    fi
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# Prints the Debian package without which no environment can be made, if it is missing.
venv_package() {
    local python
    if [ -x "$(venv_python)" ] || ! python=$(find_python 2>/dev/null); then return 0; fi
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || printf 'python%s-venv\n' "$(version_of "$python")"
}

make_venv() {
    local python version
    python=$(find_python)
    version=$(version_of "$python")
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        command -v apt-get >/dev/null || stop "$python cannot make environments (no ensurepip)." \
            "Please install the venv and pip modules of Python $version."
        install_packages "python$version-venv"
    fi
    say "making the environment .venv with Python $version"
    "$python" -m venv --clear "$VENV"
}

# --- stamps: what was done, so that it is not done again --------------------------------------

checksum() { cat "$@" 2>/dev/null | cksum; }

environment_mark() { # environment_mark LOCK...: changes whenever the environment must
    printf '%s %s\n' "$ROOT" "$(cd "$ROOT" && checksum pyproject.toml "$@")"
}

compiled_mark() { # changes whenever compiled code must be made again
    local -a sources=()
    mapfile -t sources < <(cd "$ROOT" && grep -rlw --include='*.py' numba gisapp | sort)
    printf '%s %s\n' "$ROOT" "$(cd "$ROOT" && checksum installer/requirements.lock "${sources[@]}")"
}

is_stamped() { [ -f "$VENV/$1" ] && [ "$(<"$VENV/$1")" = "$2" ]; }

install_locked() { # install_locked LOCK...
    local -a files=()
    local lock python
    python=$(venv_python)
    for lock in "$@"; do files+=(-r "$ROOT/$lock"); done
    # The lock files are complete, so nothing else is looked for; only wheels, so nothing is built.
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        "${files[@]}" ||
        stop "the Python packages could not be installed (see above)." \
            "Check the network connection and run the script again."
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --editable "$ROOT"
}

# --- the whole --------------------------------------------------------------------------------

# prepare program | prepare tests: after this, `venv_python` has everything in place.
prepare() {
    local stamp=installed-$1 mark
    local -a locks=(installer/requirements.lock)
    [ "$1" = program ] || locks+=(installer/requirements-test.lock)
    mark=$(environment_mark "${locks[@]}")
    if ! is_stamped "$stamp" "$mark"; then
        if ! suits "$(venv_python)" || ! "$(venv_python)" -m pip --version >/dev/null 2>&1; then
            make_venv
        fi
        rm -f "$VENV"/installed-* "$VENV"/compiled
        say "installing Python packages (some minutes the first time)"
        install_locked "${locks[@]}"
        printf '%s\n' "$mark" >"$VENV/$stamp"
        # The environment of the tests is that of the program and more.
        environment_mark installer/requirements.lock >"$VENV/installed-program"
    fi
    mark=$(compiled_mark)
    if ! is_stamped compiled "$mark"; then
        if [ -f "$ROOT/gisapp/warmup.py" ]; then
            say "compiling the drawing code for this machine (once)"
            QT_QPA_PLATFORM=offscreen "$(venv_python)" -m gisapp.warmup >&2
        fi
        printf '%s\n' "$mark" >"$VENV/compiled"
    fi
}
