from __future__ import annotations

import dataclasses

import pytest

from swarm.core import events as e
from swarm.lines import decode_line, encode_line


def test_a_message_is_read_back_with_its_own_kind() -> None:
    entry = e.Entry(1, 0.0, 0.0, (e.MessageAccepted("m", "operator", "api", "note", "hello", ("worker-1",)),))
    line, _ = encode_line(entry, 0)
    assert decode_line(line[:-1], 1, 0)[0] == entry


@pytest.mark.parametrize("kind", e.EVENTS.values(), ids=lambda kind: kind.__name__)
def test_no_field_of_an_event_takes_the_place_of_its_name(kind: type[e.Event]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert "event" not in {field.name for field in dataclasses.fields(kind)}
