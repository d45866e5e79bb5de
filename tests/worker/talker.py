"""An agent that leads a conversation: a shell program with a stream, of which each turn is some shell lines.

It keeps beside itself how each turn was started (`args.N`) and prompted (`prompt.N`), N from 1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROGRAM = """\
dir=$1
n=$(( $(cat "$dir/n" 2>/dev/null || echo 0) + 1 ))
echo $n > "$dir/n"
cat > "$dir/prompt.$n"
echo "$2" > "$dir/args.$n"
say() { printf '%s\\n' "$1"; }
until_there() { while test ! -e "$dir/$1"; do sleep 0.02; done; }
. "$dir/turn.$n"
"""

END = """say '{"end": true}'\n"""


@dataclass(frozen=True, slots=True)
class Talker:
    """Its directory, outside of every worktree."""

    dir: Path

    def orders(self, *turns: str, resumes: bool = True) -> dict[str, Any]:
        """What an assignment says of it.  `turns`: shell lines; `say JSON` prints one line of its stream."""
        self.dir.mkdir()
        (self.dir / "talker.sh").write_text(_PROGRAM)
        for number, lines in enumerate(turns, 1):
            (self.dir / f"turn.{number}").write_text(lines)
        argv = ("/bin/sh", str(self.dir / "talker.sh"), str(self.dir))
        again = {"again": (*argv, "{{session}}")} if resumes else {}
        return {"argv": (*argv, "first"), **again, "reader": "lines", "places": True, "agent": "talker"}

    def turns(self) -> int:
        """How many have begun."""
        count = self.dir / "n"
        return int(count.read_text() or 0) if count.exists() else 0

    def prompt(self, turn: int) -> str:
        return (self.dir / f"prompt.{turn}").read_text()

    def args(self, turn: int) -> str:
        return (self.dir / f"args.{turn}").read_text().strip()

    def let(self, name: str) -> None:
        """What waits by `until_there NAME` goes on."""
        (self.dir / name).touch()


def says(**said: object) -> str:
    """A shell line that prints one line of the stream."""
    return f"say '{json.dumps(said)}'\n"
