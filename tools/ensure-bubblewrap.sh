#!/bin/sh
# See that bubblewrap is here, for the tests of the sandbox; install it where that is allowed.  Never fails: those tests
# are skipped without it, and say so.
set -eu

command -v bwrap >/dev/null 2>&1 && exit 0
sh "$(dirname "$0")/install-package.sh" 'bubblewrap (for the tests of the sandbox)' bubblewrap || true
