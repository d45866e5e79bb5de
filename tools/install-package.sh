#!/bin/sh
# Install one system package: install-package.sh WHAT PACKAGE
# Uses the package manager that is there, as root or by a sudo that asks no password.  Where it may not, it prints one
# line with the command to type and exits 1.  WHAT is what the person misses; PACKAGE is the same name everywhere.
set -eu

what=$1
package=$2

manager=none
for candidate in apt-get dnf pacman apk zypper brew; do
    if command -v "$candidate" >/dev/null 2>&1; then
        manager=$candidate
        break
    fi
done

case $manager in
    apt-get) command="apt-get install -y --no-install-recommends $package" ;;
    dnf) command="dnf install -y $package" ;;
    pacman) command="pacman -S --noconfirm $package" ;;
    apk) command="apk add $package" ;;
    zypper) command="zypper --non-interactive install $package" ;;
    brew) command="brew install $package" ;;
    none)
        echo "$what is missing and no package manager was found: install $package, then try again" >&2
        exit 1
        ;;
esac

# brew refuses to run as root and needs no rights.
if [ "$manager" = brew ]; then
    rights=
elif [ "$(id -u)" -eq 0 ]; then
    rights=
elif sudo -n true >/dev/null 2>&1; then
    rights='sudo -n'
else
    echo "$what is missing, type: sudo $command" >&2
    exit 1
fi

echo "installing $package with $manager" >&2
# A fresh container has no package lists at all; a failed update may still leave usable ones.
if [ "$manager" = apt-get ]; then
    $rights env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null >&2 || true
    command="env DEBIAN_FRONTEND=noninteractive $command"
fi
# shellcheck disable=SC2086  # both are lists of words made above
if ! $rights $command </dev/null >&2; then
    echo "$what could not be installed, type: ${rights:+sudo }$command" >&2
    exit 1
fi
