#!/bin/sh
# Make the virtual environment that the Makefile uses: make-venv.sh DIRECTORY
# Does nothing when the one that is there was made for this pyproject.toml at this place.  The stamp is written last and
# holds what it was made from, so that an interrupted, moved or outdated environment is made again.
set -eu

here=$(dirname "$0")
venv=$1
stamp=$venv/.made-from
wanted="$(pwd) $(cksum <pyproject.toml)"

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

recent='import sys; sys.exit(sys.version_info < (3, 11))'
python=
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    if "$candidate" -c "$recent" >/dev/null 2>&1; then
        [ -n "$python" ] || python=$candidate
        # Debian packs ensurepip apart: an interpreter that has it is preferred to one that is merely newer.
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            python=$candidate
            break
        fi
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or later is needed and none was found: install it, or name one by PYTHON=/path/to/python make" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    sh "$here/install-package.sh" "the venv module of Python $version" "python$version-venv"
fi

echo "making $venv with $("$python" -V), this takes a minute" >&2
rm -f "$stamp"
"$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]' </dev/null
printf '%s\n' "$wanted" >"$stamp"
