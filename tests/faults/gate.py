"""The gate of every trial: is the tree that we stand in green?  `python3 -S -E gate.py LEDGER [SECONDS]`.

Red where a file lies in red/, where a caller calls what is not defined, or where a conflict was committed.  Knows git
only to write down which commit it saw.  `trouble` is asked again afterwards, of every value that was ever landed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


def trouble(tree: Path) -> list[str]:
    """What is wrong with a tree; nothing when it is green."""
    found = [f"red/{name}" for name in sorted(names(tree / "red"))]
    defined = set(names(tree / "defs"))
    if len(defined) != 1:
        found.append(f"{len(defined)} definitions")
    for use in sorted(names(tree / "uses")):
        called = (tree / "uses" / use).read_text().splitlines()[0]
        if called not in defined:
            found.append(f"uses/{use} calls {called}, which is not defined")
    for shared in ("shared.txt", "clash.txt"):
        if not (tree / shared).is_file():
            found.append(f"{shared} is missing")
        elif any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in (tree / shared).read_text().splitlines()):
            found.append(f"{shared} holds a conflict")
    return found


def names(directory: Path) -> list[str]:
    """What lies in a directory, save for what keeps it in git."""
    return [name for name in os.listdir(directory) if name != ".keep"] if directory.is_dir() else []


def note(text: str) -> None:
    """Append a line to the ledger."""
    descriptor = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{text}\n".encode())
    os.close(descriptor)


def main() -> int:
    note("judging here")
    if len(sys.argv) > 2:
        time.sleep(float(sys.argv[2]))  # a window for what happens meanwhile
    found = trouble(Path.cwd())
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    note(f"gate {head} {'red' if found else 'green'}")
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
