"""`python -m swarm`: the same as the command `swarm`."""

import sys

from swarm.cli import main

sys.exit(main())
