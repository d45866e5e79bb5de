"""A message on paper: round trips, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.message import (
    MAX_BYTES,
    MAX_TEXT_BYTES,
    Malformed,
    Message,
    decode,
    encode,
    file_name,
    is_stamped,
    kind_of,
    new_id,
    opens_as,
)

GOOD = b"id: 1-a\nfrom: worker-1\nto: leader\nkind: note\nsent: 1763636100.5\n\nhi\n"

names = st.from_regex(r"([a-z]{1,8}:)?[a-z0-9][a-z0-9_-]{0,62}\Z", fullmatch=True)
kinds = st.from_regex(r"[a-z][a-z-]{0,30}\Z", fullmatch=True)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}\Z", fullmatch=True)
messages = st.builds(
    Message,
    id=ids,
    sender=names,
    to=names,
    kind=kinds,
    text=st.text(st.characters(exclude_categories=["Cs"])),
    sent=st.floats(0, 1e11, exclude_max=True),
    reply_to=st.none() | ids,
)


@given(messages)
def test_what_was_encoded_is_decoded_exactly(message: Message) -> None:
    assert decode(encode(message)) == message


@given(messages)
def test_the_kind_can_be_told_from_the_name(message: Message) -> None:
    assert kind_of(file_name(message)) == message.kind
    assert opens_as(file_name(message), encode(message))


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda noise: GOOD[:40] + noise + GOOD[40:]))
def test_any_bytes_are_a_message_or_malformed(data: bytes) -> None:
    try:
        message = decode(data)
    except Malformed as malformed:
        assert malformed.why and "\n" not in malformed.why
    else:
        assert decode(encode(message)) == message


def test_a_message_reads_well() -> None:
    message = Message("1-a", "worker-1", "task:api", "note", "first\n\nsecond\n", 1763636100.5, reply_to="0-b")
    assert encode(message).decode() == (
        "id: 1-a\nfrom: worker-1\nto: task:api\nkind: note\nsent: 1763636100.5\nreply-to: 0-b\n\nfirst\n\nsecond\n"
    )


def test_headers_may_stand_in_any_order_and_hold_whole_seconds() -> None:
    message = decode(b"kind:note\nsent: 1763636100\nto: all\nfrom: a\nid: x\n\n")
    assert message == Message("x", "a", "all", "note", "", 1763636100.0)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no empty line"),
        (GOOD.replace(b"\n\n", b"\n"), "no empty line"),
        (GOOD.replace(b"hi", b"\xff"), "not utf-8 at byte 65"),
        (GOOD.replace(b"to: leader\n", b""), "'to' is missing"),
        (GOOD.replace(b"to: leader\n", b"to: leader\nto: all\n"), "'to' stands there twice"),
        (GOOD.replace(b"to: leader", b"cc: leader"), "unknown header 'cc'"),
        (GOOD.replace(b"to: leader", b"leader"), "unknown header 'leader'"),
        (GOOD.replace(b"1-a", b"../a"), "bad id '../a'"),
        (GOOD.replace(b"1-a", b"x" * 202), "bad id"),
        (GOOD.replace(b"leader", b"Leader"), "bad to 'Leader'"),
        (GOOD.replace(b"leader", b"a:b:c"), "bad to 'a:b:c'"),
        (GOOD.replace(b"worker-1", b"a\x1b[2J"), "bad from 'a\\x1b[2J'"),
        (GOOD.replace(b"\n", b"\r\n"), "no empty line"),
        (GOOD.replace(b"note\n", b"note\r\n"), "bad kind 'note\\r'"),
        (GOOD.replace(b"1763636100.5", b"nan"), "bad sent 'nan'"),
        (GOOD.replace(b"1763636100.5", b"-1"), "bad sent '-1'"),
        (GOOD.replace(b"1763636100.5", b"1_000"), "bad sent '1_000'"),
        (GOOD.replace(b"1763636100.5", b"9" * 400), "bad sent"),
        (GOOD + b"x" * MAX_BYTES, "too large"),
    ],
)
def test_what_is_no_message_is_refused_with_a_plain_reason(data: bytes, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode(data)
    assert why in refused.value.why


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "a\nto: all"},
        {"id": "a/b"},
        {"sender": "a\n"},
        {"to": ""},
        {"kind": "Note"},
        {"kind": "note\n"},
        {"sent": float("inf")},
        {"sent": -1.0},
        {"reply_to": ""},
        {"text": "\ud800"},
        {"text": "x" * MAX_BYTES},
    ],
)
def test_nothing_is_written_that_could_not_be_read(fields: dict[str, object]) -> None:
    good: dict[str, object] = {"id": "a", "sender": "b", "to": "c", "kind": "note", "text": "", "sent": 1.0}
    with pytest.raises(Malformed):
        encode(Message(**{**good, **fields}))  # type: ignore[arg-type]


def test_a_text_of_the_promised_size_fits_whatever_the_headers_are() -> None:
    long = "a" * 16 + ":" + "b" * 63
    message = Message("i" * 201, long, long, "k" * 31, "x" * MAX_TEXT_BYTES, 0.00012345678901234567, "r" * 201)
    assert decode(encode(message)) == message


@given(st.lists(st.integers(0, 2**63), min_size=2, max_size=2, unique=True), names, names)
def test_ids_sort_by_time_whoever_sent_them(times: list[int], one: str, other: str) -> None:
    earlier, later = sorted(times)
    assert new_id(one, earlier, 0xFFFFFFFF) < new_id(other, later, 0)


def test_an_id_bears_time_sender_and_salt() -> None:
    assert new_id("worker-1", 1763636100123456789, 255) == "01763636100123456789-worker-1-000000ff"
    assert new_id("task:api", 1, 2) == "00000000000000000001-task.api-00000002"
    with pytest.raises(Malformed):
        new_id("../x", 1, 2)


@pytest.mark.parametrize("name", ["note", ".note", "x.", "x.Note", "a b.note", "x.note~", ".hidden.note", "x.note\n"])
def test_a_name_that_no_message_has_tells_no_kind(name: str) -> None:
    assert kind_of(name) is None


def test_only_names_made_by_new_id_are_stamped() -> None:
    assert is_stamped(new_id("task:api", 5, 6) + ".assign")
    assert not is_stamped("run-api-1.assign")
    assert not is_stamped("note.txt")


def test_a_file_means_to_be_a_message_when_its_id_stands_in_both() -> None:
    assert opens_as("run-api-1.assign", b"id: run-api-1\nfrom: leader\n")
    assert not opens_as("run-api-1.assign", b"id: run-api-2\n")
    assert not opens_as("note.txt", b"hello\n")
