"""How the black-box tests call us: as a program (`caller.swarm`), or, for long tables, inside this process.

The second costs a tenth of the first, and asks the same function that the program is made of.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from caller import Inside, Said

from swarm.cli import main


@pytest.fixture
def inside(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Inside:
    """inside(directory, *words): what `swarm` answers there, without a new process."""

    def call(cwd: Path, *words: str | Path) -> Said:
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        try:
            code = main(list(map(str, words)))
        except SystemExit as error:  # argparse
            code = int(str(error.code))
        return Said(code, *capfd.readouterr())

    return call
