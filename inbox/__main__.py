"""`python -m inbox`.  Knows nothing but the way to the command line."""

from __future__ import annotations

import sys

from inbox.cli import main

sys.exit(main())
