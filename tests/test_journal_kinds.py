"""Every kind of event can be written to the journal and read again."""

from __future__ import annotations

import dataclasses

import pytest

from swarm.core.events import EVENTS, Entry, MessageAccepted
from swarm.journal import decode_line, encode_line


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_has_a_field_that_the_journal_uses_itself(name: str) -> None:
    assert "event" not in {field.name for field in dataclasses.fields(EVENTS[name])}  # type: ignore[arg-type]


def test_a_message_survives_the_journal() -> None:
    event = MessageAccepted("m1", "worker-1", "api", "note", "hi", ("worker-2",))
    entry = Entry(1, 1.0, 1.0, (event,))
    assert decode_line(encode_line(entry, 0)[0][:-1], 1, 0)[0] == entry
