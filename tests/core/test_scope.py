from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swarm.core.scope import outside, overlap


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("a.py", "a.py", True),
        ("a.py", "b.py", False),
        ("src", "src/a.py", True),
        ("src", "src/deep/a.py", True),
        ("src", "srcs/a.py", False),
        ("src/", "src/a.py", True),
        ("./src/a.py", "src/a.py", True),
        ("src//a.py", "src/a.py", True),
        ("src/*", "src/a.py", True),
        ("src/*", "src/deep/a.py", False),
        ("src/**", "src/deep/a.py", True),
        ("src/**", "src", True),
        ("src/**", "tests/**", False),
        ("**", "anything/at/all", True),
        ("**", "**", True),
        ("**/x.py", "src/**", True),
        ("**/x.py", "x.py", True),
        ("**/x.py", "src/y*", False),
        ("**/x.py", "src/y.py", True),  # y.py may be a directory
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "b/**/z", False),
        ("a/**", "**/a/b", True),
        ("*.py", "a.py", True),
        ("*.py", "a.md", False),
        ("*.py", "a.*", True),
        ("a*.py", "b*.py", False),
        ("*a.py", "*b.py", False),
        ("a*", "*b", True),
        ("?.py", "ab.py", False),
        ("?.py", "a.py", True),
        ("[ab].py", "a.py", True),
        ("[ab].py", "c.py", False),
        ("[!a].py", "a.py", False),
        ("[!a].py", "b.py", True),
        ("[^a].py", "b.py", False),
        ("[^a].py", "^.py", True),
        ("[ab]x", "[cd]x", True),
        ("[a.py", "[a.py", True),
        ("[!]", "x", False),
        ("[]", "[]", True),
        ("[z-a]", "z", False),
        ("[]]", "]", True),
    ],
)
def test_overlap(one: str, other: str, met: bool) -> None:
    assert overlap((one,), (other,)) is met
    assert overlap((other,), (one,)) is met


def test_an_empty_scope_overlaps_with_nothing() -> None:
    assert not overlap((), ("**",))
    assert not overlap((), ())


def test_one_pattern_of_several_is_enough() -> None:
    assert overlap(("docs", "src/a.py"), ("tests", "src/*"))


def test_patterns_of_thousands_of_segments_are_compared() -> None:
    deep = "/".join(["a"] * 2500)
    assert overlap((deep,), (deep,))
    assert not overlap((f"{deep}/x.py",), (f"{deep}/y.py",))


@pytest.mark.parametrize(
    ("scope", "paths", "found"),
    [
        ([], ["a.py"], []),
        (["src"], ["src/a.py", "src/deep/b.py", "srcs/a.py", "a.py"], ["srcs/a.py", "a.py"]),
        (["src/*"], ["src/a.py", "src/deep/b.py"], ["src/deep/b.py"]),
        (["src/**/*.py"], ["src/a.py", "src/x/y/b.py", "src/x/c.md"], ["src/x/c.md"]),
        (["**/test_*.py"], ["test_a.py", "a/b/test_b.py", "a/b.py"], ["a/b.py"]),
        (["a.py", "b.py"], ["a.py", "b.py", "c.py"], ["c.py"]),
        (["src/[!a].py", "[!]"], ["src/a.py", "src/b.py", "[!]", "x"], ["src/a.py", "x"]),
        (["**"], ["a", "a/b", "new\nline"], []),
        (["*"], ["new\nline", "a/b"], ["a/b"]),
        (["a.b"], ["axb"], ["axb"]),
    ],
)
def test_outside(scope: list[str], paths: list[str], found: list[str]) -> None:
    assert outside(paths, scope) == found


names = st.text("ab*.[]!^-?x", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
segments = names | st.just("**")
patterns = st.lists(segments, min_size=1, max_size=4).map("/".join)
paths = st.lists(st.text("abx.-!", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(patterns, patterns, paths)
@example("[^a]", "b", "b")
@example("[!]", "x", "x")
def test_patterns_that_cover_the_same_path_overlap(one: str, other: str, path: str) -> None:
    if not outside([path], [one]) and not outside([path], [other]):
        assert overlap((one,), (other,))


@given(patterns)
def test_a_pattern_overlaps_with_itself(pattern: str) -> None:
    # "[z-a]" and the like cover nothing, so there is nothing to meet
    assert overlap((pattern,), (pattern,)) or "[" in pattern
