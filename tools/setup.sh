#!/bin/sh
# Makes .venv from a bare checkout: checks what the machine has, installs the locked packages, builds the extensions.
# Safe to run again at any time: it does only what is missing or stale, and with nothing to do it takes milliseconds.
#
#   PYTHON=python3.12 tools/setup.sh      a Python of your choice instead of the newest on PATH
#   FISCAL_CYTHON_DEBUG=1 tools/setup.sh  extensions with bounds checks and tracing
set -eu
cd "$(dirname "$0")/.."

# Settings of the caller's Python and pip would reach into ours.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0

stop() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}

# The command that installs a package here: install_hint DEBIAN FEDORA ALPINE ARCH
install_hint() {
	if command -v apt-get >/dev/null; then echo "apt-get install $1"
	elif command -v dnf >/dev/null; then echo "dnf install $2"
	elif command -v apk >/dev/null; then echo "apk add $3"
	elif command -v pacman >/dev/null; then echo "pacman -S $4"
	else echo "install $1 with the package manager of this system"
	fi
}

# A name on PATH proves little: version managers put shims there that refuse to run.
fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }

# Can it make a virtual environment and build an extension?
complete() {
	"$1" -c 'import os, sys, sysconfig, ensurepip, venv
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null
}

# The newest complete Python; else the newest that fits, whose gaps are then named.
choose_python() {
	second=
	for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
		fits "$name" || continue
		if complete "$name"; then echo "$name"; return; fi
		second=${second:-$name}
	done
	echo "$second"
}

preflight() {
	[ "$(uname -s)" = Linux ] || stop "this is $(uname -s); the server runs on Linux (or in the container: see Dockerfile)"
	python=$(choose_python)
	if [ -z "$python" ]; then
		if found=$("${PYTHON:-python3}" --version 2>/dev/null); then name=python3.11; else found=none name=python3; fi
		stop "Python 3.11 to 3.14 is needed, found: $found" \
			"try: $(install_hint "$name $name-venv $name-dev" 'python3.12 python3.12-devel' 'python3 python3-dev' python)" \
			"or name one that is not on PATH: make PYTHON=/path/to/python3.12 ..."
	fi
	version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
	"$python" -c 'import ensurepip, venv' 2>/dev/null ||
		stop "$python has no venv" "try: $(install_hint "$version-venv" "$version" python3 python)"
	# Distributions name the compiler their Python was built with; any other will do.
	compiler=${CC:-$("$python" -c 'import sysconfig; print((sysconfig.get_config_var("CC") or "cc").split()[0])')}
	command -v "${compiler%% *}" >/dev/null || compiler=cc
	command -v "${compiler%% *}" >/dev/null ||
		stop "no C compiler" "try: $(install_hint build-essential 'gcc glibc-devel' 'gcc musl-dev' gcc)"
	[ "$compiler" = cc ] && export CC=cc
	include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
	echo '#include <stdio.h>' | $compiler -x c -fsyntax-only - 2>/dev/null ||
		stop "the C compiler $compiler has no headers" "try: $(install_hint build-essential glibc-devel musl-dev glibc)"
	[ -e "$include/Python.h" ] ||
		stop "$python has no Python.h" "try: $(install_hint "$version-dev" "$version-devel" python3-dev python)"
}

# The environment is right if it was made here (it holds absolute paths), from these very locks.
wanted() { printf '%s %s' "$PWD ${PYTHON:-}" "$(cksum <requirements-dev.lock)"; }

environment_is_right() { [ "$(cat .make/environment 2>/dev/null)" = "$(wanted)" ] && .venv/bin/python -c '' 2>/dev/null; }

# Can the environment be brought up to date, or must it be made anew (another Python, another folder, half made)?
environment_is_usable() {
	[ "$(.venv/bin/python -c 'import sys; print(sys.version)' 2>/dev/null)" = "$("$python" -c 'import sys; print(sys.version)')" ] &&
		grep -qF "$PWD/.venv" .venv/bin/activate && .venv/bin/python -m pip --version >/dev/null 2>&1
}

make_environment() {
	preflight
	echo "setup: .venv with $("$python" --version)"
	rm -f .make/environment .make/build
	environment_is_usable || "$python" -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	wanted >.make/environment
}

bundle_is_fresh() {
	[ -e .make/bundle ] && [ -e admin/built/built.json ] &&
		[ -z "$(find admin/static tools/bundle.py package-lock.json -newer .make/bundle -print)" ]
}

# The panel's scripts and styles. A machine without Node gets one of its own, in .venv alone.
bundle() {
	echo "setup: bundling the panel's scripts and styles"
	touch .make/bundle.began
	if ! node -e 'process.exit(+(parseInt(process.versions.node) < 18))' 2>/dev/null || ! command -v npm >/dev/null; then
		.venv/bin/python -m pip install --quiet --require-hashes -r requirements-node.lock
	fi
	.venv/bin/python tools/bundle.py || stop "the panel cannot be bundled"
	touch -r .make/bundle.began .make/bundle
}

build_is_fresh() {
	[ -e .make/build ] && [ "$(cat .make/build)" = "${FISCAL_CYTHON_DEBUG:-}" ] &&
		[ -z "$(find setup.py pyproject.toml accounting kkt_drivers fiscal_server admin \
			\( -name '*.pyx' -o -name '*.pxd' -o -name setup.py -o -name pyproject.toml \) -newer .make/build -print)" ]
}

build() {
	[ -n "${python:-}" ] || preflight
	echo "setup: building the extensions"
	touch .make/build.began
	log=.make/build.log
	.venv/bin/python -m pip install --quiet --no-build-isolation --no-deps --editable . >"$log" 2>&1 ||
		{ cat "$log" >&2; stop "the build failed"; }
	printf %s "${FISCAL_CYTHON_DEBUG:-}" >.make/build
	touch -r .make/build.began .make/build  # a source saved during the build is newer than the stamp
}

mkdir -p .make
# Two `make` at once: the second waits and then finds everything done.
if command -v flock >/dev/null; then
	exec 9>.make/lock
	flock 9
fi
environment_is_right || make_environment
bundle_is_fresh || bundle
build_is_fresh || build
