"""Secrets that an agent prints are not shown, however they come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from worker_world import NAME, WorkerWorld

from swarm.agents.lines import LinesReader
from swarm.agents.reading import AsItIs
from swarm.files import write_json
from swarm.worker.hiding import Hidden
from swarm.worker.stream import Stream

SHOWN = "‹secret TOKEN›"
VALUE = 'hunter2-"quoted"/ümlaut'
KEY = "-----BEGIN KEY-----\nc2VjcmV0IGtleQ==\nc2hvcnQ=\n-----END KEY-----\n"


def hidden(*values: str) -> Hidden:
    return Hidden([("TOKEN", value) for value in values])


@pytest.mark.parametrize(
    ("values", "text", "shown"),
    [
        ([VALUE], f"it is {VALUE}.", f"it is {SHOWN}."),
        ([VALUE], "hunter2", "hunter2"),
        (["short"], "short", "short"),
        (["abcdefgh", "abcdefghij"], "abcdefghij abcdefgh", f"{SHOWN} {SHOWN}"),
        ([KEY], f"<{KEY}>", f"<{SHOWN}\n>"),
        ([KEY], "c2VjcmV0IGtleQ== c2hvcnQ=", f"{SHOWN} {SHOWN}"),
        ([".*+?[a-z]"], "x.*+?[a-z]", f"x{SHOWN}"),
        ([], "nothing is hidden", "nothing is hidden"),
    ],
)
def test_a_value_is_shown_as_its_name(values: Sequence[str], text: str, shown: str) -> None:
    assert hidden(*values).text(text) == shown


def test_one_that_ends_as_it_begins_is_whole_and_waits_for_nothing() -> None:
    one = hidden("abcdefgh-ab")
    assert (one.ready("x abcdefgh-ab"), one.ready("x abcdefgh-a"), one.ready("x ab")) == (13, 2, 2)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_in_an_object_it_is_found_however_it_is_spelt(ascii_only: bool) -> None:
    line = json.dumps({"text": f"a {VALUE}", "deep": [{"er": KEY}], VALUE: 1, "n": 1.5}, ensure_ascii=ascii_only)
    assert json.loads(hidden(VALUE, KEY).line(line)) == {
        "text": f"a {SHOWN}", "deep": [{"er": f"{SHOWN}\n"}], VALUE: 1, "n": 1.5
    }  # fmt: skip
    assert json.loads(hidden("hunter2-/x").line(r'{"text": "hunter2-\/x"}')) == {"text": SHOWN}
    assert hidden(VALUE).line('{"text":  "as it was"}') == '{"text":  "as it was"}'
    assert hidden("hunter2-x").line("{no object hunter2-x") == f"{{no object {SHOWN}"


class World:
    def __init__(self, path: Path, reader: LinesReader | AsItIs) -> None:
        self.raw, self.shown = path / "stream.log", path / "output.log"
        self.stream = Stream(self.raw, self.shown, reader)
        self.stream.hide({"TOKEN": VALUE})
        self.stream.begin()

    def writes(self, data: bytes) -> None:
        with open(self.raw, "ab") as file:
            file.write(data)

    def text(self) -> str:
        return self.shown.read_text() if self.shown.exists() else ""


def test_a_value_that_comes_byte_by_byte_is_never_shown(tmp_path: Path) -> None:
    world = World(tmp_path, AsItIs())
    for byte in f"before\n{VALUE}\nhunter2 after {VALUE}".encode():
        world.writes(bytes([byte]))
        world.stream.read()
        assert VALUE not in world.text()
    world.stream.read(last=True)
    assert world.text() == f"before\n{SHOWN}\nhunter2 after {SHOWN}\n"


@pytest.mark.parametrize("cut", range(1, len(VALUE)))
def test_a_value_in_two_pieces_of_text_is_not_shown_either(cut: int, tmp_path: Path) -> None:
    """As a model's words come: each piece in a line of its own, put together where it is shown."""

    class Pieces(AsItIs):
        def line(self, text: str) -> str:
            return str(json.loads(text)["piece"]) if text else ""

    world = World(tmp_path, Pieces())
    for piece in ("hunter2 ", VALUE[:cut], f"{VALUE[cut:]} hun"):
        world.writes(json.dumps({"piece": piece}).encode() + b"\n")
        world.stream.read()
    world.stream.read(last=True)
    assert world.text() == f"hunter2 {SHOWN} hun"


def test_nor_is_it_learnt_and_a_value_that_was_changed_stays_hidden(tmp_path: Path) -> None:
    world = World(tmp_path, LinesReader())
    world.stream.hide({"TOKEN": "another-value"})
    world.writes(json.dumps({"text": f"{VALUE} another-value"}).encode() + b"\n")
    world.stream.read(last=True)
    assert world.stream.said.text == f"{SHOWN} {SHOWN}" and world.text() == f"{SHOWN} {SHOWN}\n"


@pytest.mark.parametrize("reader", ["", "lines"])
def test_a_worker_hides_its_tasks_secrets_and_the_keys_of_its_agent(reader: str, place: WorkerWorld) -> None:
    write_json(place.run.secrets, {"TOKEN": "s3cret-token", "MY_KEY": "login-key-1", "REGION": "eu-central-1"})
    line = 'echo "$TOKEN $MY_KEY $REGION"; printf "a\\tb s3cret-"; sleep 0.3; echo token; exit 3'
    place.assign(place.work(line, secrets=("TOKEN",), pass_env=("MY_KEY", "REGION"), reader=reader))
    place.begin()
    end = place.end_of()
    shown = f"{SHOWN} ‹secret MY_KEY› eu-central-1\na\tb {SHOWN}\n"
    assert place.attempt().log.read_text() == shown
    assert SHOWN in end["feedback"] and "s3cret-token" not in json.dumps(end)
    assert place.attempt().stream.stat().st_mode & 0o777 == 0o600
    assert place.mail.path.name == NAME
