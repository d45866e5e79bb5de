"""Reading a hub's files where they tell for certain what a git process would be asked for: loose commits, loose refs.

Knows git's documented layout (gitrepository-layout(5)), with refs in files, as a hub of ours has them.  What stands
there is read anew each time.  Whatever is not plain (packed, symbolic, damaged, missing where it may be elsewhere) is
git's to say.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from swarm.files import content, read_part
from swarm.git.command import is_oid, oid

MOST = 1 << 20
"""Bytes of a commit that is read, compressed or not."""

COMMIT = re.compile(rb"tree ([0-9a-f]+)\n((?:parent [0-9a-f]+\n)*)author ")


@dataclass(frozen=True, slots=True)
class Told:
    """What a commit says of its place in history."""

    tree: str
    parents: tuple[str, ...]


def told(text: bytes) -> Told | None:
    """The same out of the commit's text; None for anything else."""
    match = COMMIT.match(text)
    return Told(match[1].decode(), tuple(match[2].decode().split()[1::2])) if match else None


def loose_commit(objects: Path, id: str) -> Told | None:
    """What a commit says that lies as a file of its own, and is what its id says; None where it does not."""
    data = read_part(objects / oid(id)[:2] / id[2:], 0, MOST)
    inflating = zlib.decompressobj()
    try:
        whole = inflating.decompress(data, MOST)
    except zlib.error:
        return None
    # Anybody who can write there can put anything under this name: only the bytes tell.
    made = hashlib.new("sha1" if len(id) == 40 else "sha256", whole, usedforsecurity=False).hexdigest()
    head, _, text = whole.partition(b"\0")
    return told(text) if inflating.eof and made == id and head.startswith(b"commit ") else None


ABSENT = ""
"""What `loose_ref` says of a ref that there is not."""


def loose_ref(repository: Path, ref: str) -> str | None:
    """What a ref holds; ABSENT where there is none for certain; None where git has to be asked."""
    held = (content(repository / ref) or b"").decode("ascii", "replace")
    if held.endswith("\n") and is_oid(held[:-1]):
        return held[:-1]
    nowhere = not any(os.path.lexists(repository / name) for name in (ref, f"{ref}.lock", "packed-refs"))
    return ABSENT if nowhere and (repository / "HEAD").is_file() else None
