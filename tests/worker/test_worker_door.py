"""The door in a worktree and in the checkout: any shell sends and reads, and no agent can spoil it for the next."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from worker_world import NAME, WorkerWorld

from inbox.maildir import Maildir
from swarm.errors import SwarmError
from swarm.leader.launch import open_door
from swarm.worker.door import Doors, check_door, hang
from swarm.worker.post import Post


def test_an_echo_into_the_door_is_a_letter_with_the_right_sender(place: WorkerWorld) -> None:
    place.assign(place.work("echo 'to you' > .swarm/inbox/worker-2/note.txt; echo all > .swarm/inbox/all/x"))
    place.begin()
    place.end_of()
    place.until(lambda: len(place.letters("note")) == 2)
    assert {(note.sender, note.to, note.text) for note in place.letters("note")} == {
        (NAME, "worker-2", "to you"), (NAME, "all", "all"),
    }  # fmt: skip


def test_what_came_is_read_with_cat(place: WorkerWorld) -> None:
    place.put("note", "hello from outside", "n1")
    place.assign(place.work("cat .swarm/inbox/self/*; git status --short; git status --short --ignored"))
    place.begin()
    place.end_of()
    assert "hello from outside" in place.attempt().log.read_text()
    assert "?? .swarm" not in place.attempt().log.read_text()


SPOILED = {
    "cleaned": "git clean -qfdx",
    "removed": "rm -rf .swarm",
    "a file": "rm -rf .swarm; echo mine > .swarm",
    "a link elsewhere": "rm -rf .swarm; ln -s / .swarm",
    "a link in a circle": "rm -rf .swarm; ln -s .swarm .swarm",
    "its ignore file replaced": "rm .swarm/.gitignore; mkdir .swarm/.gitignore",
    "its link replaced": "rm .swarm/inbox; mkdir .swarm/inbox; echo x > .swarm/inbox/x",
    "the drops removed": 'rm -rf "$SWARM_MAIL/drops"',
}


def test_whatever_an_agent_does_to_the_door_it_is_there_for_the_next(place: WorkerWorld) -> None:
    program = place.begin()
    for number, (name, line) in enumerate(SPOILED.items()):
        place.assign(place.work(f"{line}; echo {number} > new.txt", attempt=2 * number + 1))
        first = place.end_of(2 * number + 1)
        place.assign(place.work("echo ok > .swarm/inbox/worker-2/note; ls .swarm/inbox/self", attempt=2 * number + 2))
        second = place.end_of(2 * number + 2)
        assert (first["kind"], second["kind"]) == ("sealed", "sealed"), (name, second)
        assert place.names(first["commit"]) == ["README.md", "new.txt", "src/app.py"], name
    assert program.poll() is None


def test_an_agent_that_commits_by_force_does_not_bring_the_door_into_its_commit_for_long(place: WorkerWorld) -> None:
    place.assign(place.work("git add -f .swarm; git commit -qm forced; echo new > new.txt"))
    place.begin()
    end = place.end_of()
    assert place.show(end["commit"], "new.txt") == "new\n"


def test_the_operators_door_stands_at_the_root_of_the_checkout(place: WorkerWorld) -> None:
    open_door(place.run, place.repo)
    (place.repo / ".swarm" / "inbox" / NAME / "note.txt").write_text("from the operator\n")
    command = ["git", "status", "--porcelain"]
    assert subprocess.run(command, cwd=place.repo, capture_output=True, check=True).stdout == b""
    mail = place.run.mailbox("operator")
    doors, post = Doors(mail), Post(mail)
    place.until(lambda: not doors.collect(post) and list(Maildir(mail.outbox).unread()))
    (sent,) = [message for _, message in Maildir(mail.outbox).receive()]
    assert (sent.sender, sent.to, sent.text) == ("operator", NAME, "from the operator")
    assert (place.repo / ".swarm" / "worktrees").resolve() == place.run.worktrees.resolve()


def test_a_persons_own_directory_of_that_name_is_left_alone(place: WorkerWorld) -> None:
    (place.repo / ".swarm").mkdir()
    (place.repo / ".swarm" / "mine.txt").write_text("mine")
    with pytest.raises(SwarmError, match="that swarm hangs there"):
        check_door(place.repo)
    assert (place.repo / ".swarm" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("left", [b"", b"*", b"\0\0"])
def test_a_door_whose_ignore_file_was_lost_with_the_power_is_ours_and_made_whole(
    place: WorkerWorld, left: bytes
) -> None:
    hang(place.repo, place.mail)
    ignore = place.repo / ".swarm" / ".gitignore"
    ignore.write_bytes(left)
    check_door(place.repo)
    hang(place.repo, place.mail)
    assert ignore.read_bytes() == b"*\n"
    assert not place.mail.path.joinpath("displaced").exists(), "nothing of anybody's stood in the way"


def test_what_stood_in_the_way_is_kept(place: WorkerWorld, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / ".swarm" / "inbox").mkdir(parents=True)
    (tree / ".swarm" / "inbox" / "work.txt").write_text("work")
    hang(tree, place.mail)
    assert (place.mail.path / "displaced" / "inbox" / "work.txt").read_text() == "work"
    hang(tree, place.mail)
    assert (tree / ".swarm" / "inbox").resolve() == place.mail.drops.resolve()


def test_a_file_for_a_name_that_nobody_can_have_is_not_deleted(place: WorkerWorld) -> None:
    odd = place.mail.drops / "No Such Name"
    odd.mkdir()
    (odd / "note.txt").write_text("important\n")
    doors, post = Doors(place.mail), Post(place.mail)
    kept = [place.mail.outbox / "bad", odd]
    for _ in range(20):
        doors.collect(post)
    found = [path.read_text() for where in kept for path in where.iterdir() if path.is_file() and not path.suffix]
    found += [path.read_text() for path in odd.rglob("*") if path.is_file()]
    assert "important\n" in found
