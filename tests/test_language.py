"""The repository speaks of itself alone: no path of a machine, no note to self, no file too long to read whole."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).relative_to(ROOT).as_posix()

FORBIDDEN = {
    "a path of somebody's machine": re.compile(r"(?<![\w.$}~-])/(?:work|root|home|Users)/[\w.]"),
    "a note to self": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"),
}

MOST_LINES = 300
LONG_FILES = {
    "swarm/core/events.py": "one small type for each fact: a list, in which one looks up and never reads on",
    "swarm/paths.py": "every path of the product, in one place where they can be read side by side",
    "swarm/core/words.py": "every sentence for people, in one place where they can be read side by side",
}
"""Files of the three packages that are longer, each with the reason why it is one thing."""


def tracked() -> list[str]:
    """Paths of the files in the repository; new ones that are not ignored count."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    return sorted({path for path in listed if path and (ROOT / path).is_file() and not (ROOT / path).is_symlink()})


TRACKED = tracked()


def offences(text: str) -> list[str]:
    """Every line that says something forbidden, with its number."""
    return [
        f"line {number}: {what}: {line.strip()[:100]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]


def test_no_file_says_what_is_forbidden() -> None:
    found = {
        path: lines
        for path in TRACKED
        if path != HERE and (lines := offences((ROOT / path).read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_a_file_of_the_product_can_be_read_whole() -> None:
    lengths = {
        path: len((ROOT / path).read_text().splitlines())
        for path in TRACKED
        if path.endswith(".py") and path.startswith(("swarm/", "board/", "inbox/"))
    }
    long = {path for path, lines in lengths.items() if lines > MOST_LINES}
    assert long == LONG_FILES.keys(), "split it, or say in LONG_FILES why it is one thing; drop stale entries"


@pytest.mark.parametrize("line", ["# TODO later", "x = 1  # XXX", "see /work/notes", "cd /root/src", "'/home/ann/x'"])
def test_a_forbidden_line_is_found(line: str) -> None:
    assert offences(line)


@pytest.mark.parametrize("line", ["mktemp -d sw-XXXXXX", "~/work/x", "src/work/api", "$HOME/home/x", "teamwork"])
def test_an_innocent_line_is_left_alone(line: str) -> None:
    assert offences(line) == []
