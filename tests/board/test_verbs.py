from __future__ import annotations

import sys
from pathlib import Path

import pytest

from board.verbs import MOST, Verbs

pytestmark = pytest.mark.asyncio


def verbs(tmp_path: Path, body: str) -> Verbs:
    path = tmp_path / "swarm.py"
    path.write_text(body)
    return Verbs(tmp_path / "mail" / "operator", (sys.executable, str(path)))


async def test_the_diff_is_what_was_written_and_not_the_talk_beside_it(tmp_path: Path) -> None:
    swarm = verbs(tmp_path, "import sys; print('+x', *sys.argv[1:]); print('talk', file=sys.stderr)")
    assert await swarm.diff(str(tmp_path), "api") == (True, "+x diff api\n")


async def test_a_failure_is_told_by_the_talk(tmp_path: Path) -> None:
    swarm = verbs(tmp_path, "import sys; print('half'); sys.exit('swarm diff: nothing yet')")
    assert await swarm.diff(str(tmp_path), "api") == (False, "swarm diff: nothing yet\n")


async def test_an_endless_diff_is_cut_and_its_program_ended(tmp_path: Path) -> None:
    ok, text = await verbs(tmp_path, "while True: print('+' * 1000)").diff(str(tmp_path), "api")
    assert ok
    assert len(text) < MOST + 100
    assert text.endswith("… and more: swarm diff api")


async def test_much_talk_and_no_diff_is_no_deadlock(tmp_path: Path) -> None:
    ok, text = await verbs(tmp_path, "import sys; sys.exit('x' * 5_000_000)").diff(str(tmp_path), "api")
    assert (ok, len(text)) == (False, MOST)


async def test_the_verb_runs_in_the_repository_and_knows_the_run(tmp_path: Path) -> None:
    swarm = verbs(tmp_path, "import os; print(os.getcwd(), os.environ['SWARM_MAIL'], os.environ['NO_COLOR'])")
    assert await swarm.diff(str(tmp_path), "api") == (True, f"{tmp_path} {tmp_path}/mail/operator 1\n")


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    ok, text = await Verbs(tmp_path, (str(tmp_path / "none"),)).diff(str(tmp_path), "api")
    assert not ok
    assert "could not be started" in text


async def test_the_bytes_of_binary_files_are_left_out_and_do_not_count(tmp_path: Path) -> None:
    body = """
        import sys
        print("diff --git a/logo b/logo\\nindex 1..2\\nGIT binary patch\\nliteral 9")
        for _ in range(80):
            print("\\n".join("z" + "diff --gut" * 6 for _ in range(1000)))
        print("\\ndiff --git a/x b/x\\n+GIT binary patch\\n+kept")
        sys.stdout.write("+" + "y" * 200_000)
    """
    ok, text = await verbs(tmp_path, "\n".join(line[8:] for line in body.splitlines())).diff(str(tmp_path), "api")
    assert ok
    head = "diff --git a/logo b/logo\nindex 1..2\nGIT binary patch\n"
    assert text == f"{head}diff --git a/x b/x\n+GIT binary patch\n+kept\n+{'y' * 200_000}"
