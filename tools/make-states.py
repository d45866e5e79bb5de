"""Write docs/states.md from the table in swarm.core.status.  `--print` shows it instead.

Run it from anywhere: `python tools/make-states.py`.  A test compares the file with what this makes.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from swarm.core import status  # noqa: E402 (a tool runs from a checkout that may not be installed)

PAGE = """\
# The statuses of a task

Generated from `swarm/core/status.py` by `python tools/make-states.py`. Change the table there, then run that.

A task is always in one of these statuses, and only an event of the journal takes it to another. What the table does not
list can't happen. *Blocked* and *ready* are not statuses: a pending task is shown as blocked while an upstream holds it
back, else as ready.

```mermaid
{mermaid}
```

## The whole table

Also the events that leave the status as it is.

{table}
"""


def page() -> str:
    """The whole page."""
    return PAGE.format(mermaid=status.mermaid(), table=status.table())


def main(arguments: list[str]) -> int:
    """Write the page, or print it."""
    if "--print" in arguments:
        print(page(), end="")
    else:
        (ROOT / "docs" / "states.md").write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
