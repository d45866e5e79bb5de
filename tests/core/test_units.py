"""Amounts as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarm.core.units import UnitError, duration_text, seconds, size, size_text, usd, usd_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90.0),
        ("30m", 1800.0),
        ("1h30m", 5400.0),
        ("1h 30 min", 5400.0),
        ("1.5 hours", 5400.0),
        ("2d", 172800.0),
        ("500ms", 0.5),
        (" 10M ", 600.0),
    ],
)
def test_a_duration_is_read_in_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("30", "expected a duration with its unit", "write e.g. 30s or 30m"),
        ("", "expected a duration", "write e.g. 90s, 30m or 1h30m"),
        ("-5m", "expected a duration", "write e.g. 90s, 30m or 1h30m"),
        ("nan", "expected a duration", "write e.g. 90s, 30m or 1h30m"),
        ("1:30", "expected a duration", "write e.g. 90s, 30m or 1h30m"),
        ("5 weeks", "expected a duration in s, m, h or d (not weeks)", "write e.g. 90s, 30m or 1h30m"),
        ("0s", "expected a duration above zero and at most 366d", "write e.g. 90s, 30m or 1h30m"),
        ("999999999d", "expected a duration above zero and at most 366d", "write e.g. 90s, 30m or 1h30m"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_way_out(text: str, message: str, hint: str) -> None:
    with pytest.raises(UnitError) as caught:
        seconds(text)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 USD", 5.0),
        ("$5", 5.0),
        ("5$", 5.0),
        ("0.50", 0.5),
        ("USD 2", 2.0),
    ],
)
def test_money_is_read_in_dollars(text: str, expected: float) -> None:
    assert usd(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5 EUR", "expected an amount in USD, the only currency here"),
        ("€5", "expected an amount in USD, the only currency here"),
        ("-5", "expected an amount of money"),
        (".nan", "expected an amount of money"),
        ("inf", "expected an amount of money"),
        ("much", "expected an amount of money"),
        ("0", "expected an amount above zero and at most 1000000 USD"),
        ("99999999", "expected an amount above zero and at most 1000000 USD"),
    ],
)
def test_what_is_no_money_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        usd(text)
    assert (caught.value.message, caught.value.hint) == (message, "write e.g. 5 USD")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512", 512),
        ("512 B", 512),
        ("10kB", 10_000),
        ("5 MB", 5_000_000),
        ("1.5GiB", 1_610_612_736),
        ("1k", 1000),
    ],
)
def test_a_size_is_read_in_bytes(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "MB", "-1", "5 XB", "nan"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UnitError, match="expected a size"):
        size(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (-1.0, "0s"),
        (0.4, "0s"),
        (45.0, "45s"),
        (60.0, "1m"),
        (90.0, "1m30s"),
        (3600.0, "1h"),
        (7500.0, "2h05m"),
        (86400.0, "1d"),
        (86400.0 * 3 + 4 * 3600, "3d04h"),
    ],
)
def test_a_duration_is_shown_in_two_units_at_most(duration: float, text: str) -> None:
    assert duration_text(duration) == text


def test_money_and_sizes_are_shown_short() -> None:
    assert [usd_text(one) for one in (0.0, 1.2, 0.0123)] == ["$0.00", "$1.20", "$0.0123"]
    assert [size_text(one) for one in (0, 512, 1500, 5_000_000)] == ["0 B", "512 B", "1.5 kB", "5 MB"]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (seconds, usd, size):
        with suppress(UnitError):
            assert read(text) >= 0


@given(st.integers(min_value=1, max_value=86400 * 365))
def test_a_shown_duration_reads_back_as_no_more_than_it_was(duration: int) -> None:
    assert seconds(duration_text(duration)) <= duration
