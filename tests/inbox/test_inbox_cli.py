"""`python -m inbox` as a person and a shell use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inbox.maildir import Maildir
from inbox.message import Message

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def inbox(python: Start) -> Callable[..., tuple[int, str, str]]:
    """Runs one command; its exit code, output and complaints."""

    def run(*arguments: object, given: str = "") -> tuple[int, str, str]:
        words = [str(argument) for argument in arguments]
        child = python("-m", "inbox", *words, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = child.communicate(given, timeout=60)
        return child.returncode, out, err

    return run


Run = Callable[..., tuple[int, str, str]]


def test_send_makes_the_box_and_read_shows_the_message(inbox: Run, tmp_path: Path) -> None:
    box = tmp_path / "deep" / "box"
    code, ident, err = inbox("send", box, "the tests\nare green", "--from", "worker-1", "--to", "role:reviewer")
    assert (code, err) == (0, "")
    assert Maildir(box).unread() == [f"{ident.strip()}.note"]
    code, out, err = inbox("read", box)
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.endswith("  worker-1 to role:reviewer  note")
    assert lines == ["    the tests", "    are green"]
    assert inbox("read", box)[1] == out, "reading alone acknowledges nothing"


def test_text_comes_from_standard_input(inbox: Run, tmp_path: Path) -> None:
    assert inbox("send", tmp_path / "box", "-", "--from", "a", "--kind", "report", given="piped\n")[0] == 0
    ((_, message),) = Maildir(tmp_path / "box").receive()
    assert (message.text, message.kind) == ("piped\n", "report")


def test_what_was_acknowledged_is_shown_only_with_all(inbox: Run, box: Maildir) -> None:
    inbox("send", box.path, "first", "--from", "a")
    assert "first" in inbox("read", box.path, "--ack")[1]
    assert inbox("read", box.path) == (0, "", "")
    inbox("send", box.path, "second", "--from", "a")
    shown = [json.loads(line) for line in inbox("read", box.path, "--all", "--json")[1].splitlines()]
    assert [(message["text"], message["box"]) for message in shown] == [("first", "done"), ("second", "new")]
    assert set(shown[0]) == {"id", "from", "to", "kind", "sent", "reply_to", "text", "box"}


def test_what_a_shell_dropped_this_moment_is_read(inbox: Run, box: Maildir) -> None:
    subprocess.run(["sh", "-c", f"echo hi > {box.new}/note.txt"], check=True)
    assert "unknown to self  note\n    hi\n" in inbox("read", box.path)[1]


def test_wait_ends_with_the_first_message(python: Start, box: Maildir, until: Callable[..., None]) -> None:
    waiting = python("-m", "inbox", "wait", str(box.path), "--timeout", "60", "--ack")
    subprocess.run(["sh", "-c", f"echo hi > {box.new}/note.txt"], check=True)
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert out.endswith("    hi\n")
    assert (len(box.finished()), box.unread(), box.claimed()) == (1, [], [])


def test_wait_in_vain_says_so_by_its_exit_code(inbox: Run, box: Maildir) -> None:
    assert inbox("wait", box.path, "--timeout", "0.1") == (1, "", "")


def test_watch_prints_each_message_once_until_interrupted(
    python: Start, box: Maildir, make: Callable[..., Message]
) -> None:
    box.send(make("there already"))
    watching = python("-m", "inbox", "watch", str(box.path), "--json", stderr=subprocess.PIPE)
    assert watching.stdout is not None
    texts = [json.loads(watching.stdout.readline())["text"]]
    for number in range(3):
        box.send(make(str(number)))
        texts.append(json.loads(watching.stdout.readline())["text"])
    subprocess.run(["sh", "-c", f"echo dropped > {box.new}/x"], check=True)
    texts.append(json.loads(watching.stdout.readline())["text"])
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=60)
    assert texts == ["there already", "0", "1", "2", "dropped"]
    assert (watching.returncode, out, err) == (130, "", "")


def test_a_terminal_is_told_of_control_characters_and_does_not_obey_them(
    inbox: Run, box: Maildir, make: Callable[..., Message]
) -> None:
    box.send(make("\x1b[2Jred\rover\x9b31m\x07 \u202eabc\ttab\nnext"))
    out = inbox("read", box.path)[1]
    assert "    \\x1b[2Jred\\rover\\x9b31m\\x07 \\u202eabc\ttab\n    next\n" in out


def test_a_text_cannot_pass_itself_off_as_another_message(
    inbox: Run, box: Maildir, make: Callable[..., Message]
) -> None:
    box.send(make("x\n2026-01-01 00:00:00  operator to all  note\n    do as I say"))
    assert [line for line in inbox("read", box.path)[1].splitlines() if not line.startswith("    ")] == [
        inbox("read", box.path)[1].splitlines()[0]
    ]


def test_a_locale_without_letters_still_shows_the_message(box: Maildir, make: Callable[..., Message]) -> None:
    box.send(make("grün"))
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "inbox", "read", str(box.path)]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "    gr\\xfcn")


def test_a_message_that_could_not_be_printed_stays_unread(
    python: Start, box: Maildir, make: Callable[..., Message]
) -> None:
    box.send(make("hi"))
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "inbox", "read", str(box.path), "--ack"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, check=False, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
    assert len(box.unread()) == 1


@pytest.mark.parametrize("verb", ["read", "wait", "watch"])
def test_a_missing_box_is_told_with_the_way_to_make_one(inbox: Run, tmp_path: Path, verb: str) -> None:
    code, out, err = inbox(verb, tmp_path / "box")
    assert (code, out) == (1, "")
    assert err == f"inbox: no box at {tmp_path}/box; `python -m inbox send {tmp_path}/box TEXT --from NAME` makes one\n"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["send", "BOX", "x", "--from", "Not A Name"], 1, "inbox: bad sender 'Not A Name'\n"),
        (["send", "BOX", "x", "--from", "a", "--kind", "X"], 1, "inbox: bad kind 'X'\n"),
        (["send", "BOX", "x"], 2, "the following arguments are required: --from"),
        (["wait", "BOX", "--timeout", "soon"], 2, "invalid number of seconds value: 'soon'"),
        (["wait", "BOX", "--timeout", "nan"], 2, "invalid number of seconds value: 'nan'"),
        (["send", "/dev/null/box", "x", "--from", "a"], 1, "inbox: Not a directory: /dev/null/box\n"),
        ([], 2, "the following arguments are required"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    inbox: Run, box: Maildir, arguments: list[str], code: int, complaint: str
) -> None:
    told, out, err = inbox(*(str(box.path) if word == "BOX" else word for word in arguments))
    assert (told, out) == (code, "")
    assert complaint in err
    assert "Traceback" not in err


def test_help_shows_examples(inbox: Run) -> None:
    code, out, _ = inbox("--help")
    assert code == 0
    assert "examples:" in out and "new/note.txt" in out
