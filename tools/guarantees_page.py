"""Writes docs/guarantees.md: `python -m tools.guarantees_page [RESULTS…]`.

RESULTS are files that `make faults` wrote, a line of JSON for each trial; what they come to is kept in
docs/guarantees.json, so that the page can be made again without them.
"""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tools.guarantees import GUARANTEES, Guarantee

DOCS = Path(__file__).parents[1] / "docs"
PAGE, COUNTS = DOCS / "guarantees.md", DOCS / "guarantees.json"

HEAD = """\
# Guarantees

Generated from `tools/guarantees.py` and the results of `make faults` by `python -m tools.guarantees_page faults.jsonl`.

Each trial is a whole run in a world of its own: a repository with its owner's unfinished work in it, real git, real
processes, real tmux, neighbours that look like ours. Something is done to it; then the run is taken to its end, and
every oracle is asked (`tests/faults/oracles.py`): did each task end as a model says, was any attempt started twice, was
every value that the integration ref ever had green, is every word that an agent wrote still somewhere, is the checkout
as it was, is anybody left, is any neighbour hurt, does any secret stand anywhere, does taking it up again change it.

- `make faults` makes all trials and prints the name of each. `python tests/faults --trial NAME` makes one again: the
  name holds its seed.
- `make mutants` takes protections out of the product, one by one, and sees that an oracle tells.
- `make test` makes the fast part of all campaigns, and all attacks in `tests/security/`.
"""


def counted(guarantee: Guarantee, results: list[dict[str, Any]]) -> dict[str, int]:
    """How many trials attacked a guarantee, and in how many an oracle objected."""
    own = [one for one in results if _attacks(guarantee, one["name"])]
    return {"trials": len(own), "violated": sum(1 for one in own if one["violations"])}


def _attacks(guarantee: Guarantee, trial: str) -> bool:
    return any(fnmatchcase(trial, pattern) for pattern in guarantee.trials)


def counts(results: list[dict[str, Any]]) -> dict[str, Any]:
    """What results come to: `trials` in all, by guarantee, and of which commits and days they are."""
    return {
        "trials": len(results),
        "campaigns": {
            name: sum(1 for one in results if one["name"].startswith(f"{name}/"))
            for name in sorted({one["name"].partition("/")[0] for one in results})
        },
        "commits": sorted({one["commit"] for one in results}),
        "day": max((one["day"] for one in results), default=""),
        "guarantees": {guarantee.id: counted(guarantee, results) for guarantee in GUARANTEES},
    }


def page(seen: dict[str, Any]) -> str:
    """The whole page."""
    lines = [HEAD, "| | promise | mechanism | attacked by | trials | last result |", "|---|---|---|---|---|---|"]
    lines += [_row(one, seen) for one in GUARANTEES]
    campaigns = ", ".join(f"{name} {number}" for name, number in seen["campaigns"].items())
    lines += ["", f"The figures: {seen['trials']} trials ({campaigns}), the last on {seen['day']}, of "
              f"{', '.join(f'`{commit}`' for commit in seen['commits'])}.", ""]  # fmt: skip
    return "\n".join(lines)


def _row(one: Guarantee, seen: dict[str, Any]) -> str:
    had = seen["guarantees"][one.id]
    code = ", ".join(f"`{place}`" for place in one.code)
    attacks = ", ".join(f"`{name}`" for name in (*one.trials, *one.tests))
    result = "not run" if not had["trials"] else "held" if not had["violated"] else f"violated in {had['violated']}"
    return f"| {one.id} | {one.promise} | {one.how} {code} | {attacks} | {had['trials']} | {result} |"


def main(argv: list[str]) -> int:
    """Take the results in, if any are given, and write the page."""
    if argv:
        lines = [line for path in argv for line in Path(path).read_text().splitlines()]
        made = [one for line in lines if not (one := json.loads(line)).get("skipped")]
        COUNTS.write_text(json.dumps(counts(made), indent=1) + "\n")
    PAGE.write_text(page(json.loads(COUNTS.read_text())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
