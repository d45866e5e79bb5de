"""What the YAML scanner and parser complain about, in plain sentences with a way out.

Knows nothing of tasks.  The C parser and the Python parser word their complaints differently; the patterns below cover
both (PyYAML 6.0, libyaml 0.2.5), so that the reader of the message can't tell which one ran.
"""

from __future__ import annotations

import re

import yaml

from swarm.core.taskfile.problem import Problem

_SPACES = "indent with spaces only"
_QUOTES = "put the whole text in quotes"
_NO_ESCAPE = "a \\ in double quotes begins an escape that YAML does not have"
_ESCAPE_HINT = "use single quotes, or write \\\\"

_SENTENCES: tuple[tuple[str, bool, str, str], ...] = (
    # pattern in "context: problem"; whether the place is where the construct began; message; hint
    (r"anchor: .*alphabetic", True, "text may not begin with & here", _QUOTES),
    (r"alias: .*alphabetic", True, "text may not begin with * here", _QUOTES),
    (r"found a tab", False, "a tab stands in the indentation", _SPACES),
    (
        r"mapping values are not allowed",
        False,
        "a ': ' stands inside plain text, or the line above is not a key",
        f"{_QUOTES}, or align this key with its neighbours",
    ),
    (r"sequence entries are not allowed", False, "a list item may not stand here", "begin the list on its own line"),
    (
        r"quoted scalar: found unexpected end|quoted scalar: found unexpected document",
        True,
        "the quote that opens here is never closed",
        "close it",
    ),
    (
        r"could not find expected ':'",
        True,
        "this line is neither `key: value` nor part of the text above",
        "add the colon, or indent it",
    ),
    (
        r"flow sequence: .*expected ',' or '\]'",
        True,
        "the [ that opens here is not closed, or a comma is missing",
        "write ]",
    ),
    (
        r"flow mapping: .*expected ',' or '\}'",
        True,
        "the { that opens here is not closed, or a comma is missing",
        "write }",
    ),
    (r"hexa?decimal|escape code", False, _NO_ESCAPE, _ESCAPE_HINT),
    (
        r"undefined tag handle|scanning a tag|parsing a tag|%TAG",
        False,
        "tags (!name) are not allowed",
        "take the tag away",
    ),
    (
        r"expected '?<document start>|incompatible YAML|directive",
        False,
        "only one YAML document without directives may stand in a task file",
        "take the rest away",
    ),
    (r"block scalar: ", False, "after | or > nothing but a line break may stand", "begin the text on the next line"),
    (r"node content", False, "something is missing before this", "write a value, or take the comma or bracket away"),
    (
        r"block (mapping|collection): ",
        False,
        "this does not fit what stands above it",
        "align it with its neighbours, and put text with quotes or colons wholly in quotes",
    ),
)


def sentence(error: yaml.MarkedYAMLError, text: str) -> Problem:
    """The complaint about `text` as a problem."""
    complaint = f"{error.context or ''}: {error.problem or ''}"
    here = error.problem_mark or error.context_mark
    if "cannot start any token" in complaint and here is not None:
        return _strange_start(here, text[here.index : here.index + 1])
    if "unknown escape" in complaint and here is not None:
        # the parser in C points at the \, the one in Python at the letter behind it
        shift = 0 if text[here.index : here.index + 1] == "\\" else -1
        return Problem(here.line + 1, here.column + 1 + shift, "", _NO_ESCAPE, hint=_ESCAPE_HINT)
    for pattern, at_begin, message, hint in _SENTENCES:
        if re.search(pattern, complaint):
            mark = error.context_mark if at_begin and error.context_mark is not None else here
            return _problem(mark, message, hint)
    return _problem(here, f"this is not YAML ({error.problem})", "")


def _strange_start(mark: yaml.Mark, letter: str) -> Problem:
    if letter == "\t":
        return _problem(mark, "a tab stands in the indentation", _SPACES)
    return _problem(mark, f"text may not begin with {letter} here", _QUOTES)


def _problem(mark: yaml.Mark | None, message: str, hint: str) -> Problem:
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    return Problem(line, column, "", message, hint=hint)
