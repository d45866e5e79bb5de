#!/bin/sh
# See that a Chromium is here, for the tests of the dashboard; install one where that is allowed.  Never fails: those tests
# are skipped without it, and say so.
set -eu

for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
package=chromium
# Debian has one without windows apart, a third of the size.
command -v apt-get >/dev/null 2>&1 && package=chromium-headless-shell
sh "$(dirname "$0")/install-package.sh" 'Chromium (for the tests of the dashboard)' "$package" || true
