"""Plans as plain lines, Mermaid and dot."""

from __future__ import annotations

from swarm.core.graph import ascii, dot, mermaid
from swarm.core.plan import Plan, Task

PLAN = Plan("p", (
    Task("schema", "Design the schema", ""),
    Task("api", "The \"API\" <now>", "", ("schema",)),
    Task("end", "end", "", ("schema",)),
    Task("docs", "All\x1b[31m docs", "", ("api", "end")),
))  # fmt: skip
STATUSES = {"schema": "merged", "api": "running", "end": "blocked"}


def test_lines_go_layer_by_layer() -> None:
    assert ascii(PLAN) == (
        "   1  schema  Design the schema\n"
        '   2  api     The "API" <now>  <- schema\n'
        "      end       <- schema\n"
        "   3  docs    All [31m docs  <- api, end\n"
    )


def test_lines_show_statuses_where_they_are_known() -> None:
    assert ascii(PLAN, STATUSES).splitlines()[:2] == [
        "   1  schema  merged   Design the schema",
        '   2  api     running  The "API" <now>  <- schema',
    ]


def test_mermaid_escapes_labels_and_never_names_a_node_like_a_word_of_its_own() -> None:
    assert mermaid(PLAN, STATUSES) == (
        "flowchart LR\n"
        '    t0["schema: Design the schema (merged)"]:::merged\n'
        '    t1["api: The #34;API#34; #60;now#62; (running)"]:::running\n'
        '    t2["end (blocked)"]\n'
        '    t3["docs: All [31m docs"]\n'
        "    t0 --> t1\n    t0 --> t2\n    t1 --> t3\n    t2 --> t3\n"
        "    classDef merged fill:#b7e4c7,color:#000\n"
        "    classDef running fill:#bde0fe,color:#000\n"
    )


def test_dot_escapes_labels_and_colours_statuses() -> None:
    assert dot(PLAN, STATUSES) == (
        "digraph plan {\n"
        "    rankdir=LR;\n"
        '    node [shape=box, style="rounded,filled", fillcolor=white];\n'
        '    "schema" [label="schema: Design the schema (merged)", fillcolor="#b7e4c7"];\n'
        '    "api" [label="api: The \\"API\\" <now> (running)", fillcolor="#bde0fe"];\n'
        '    "end" [label="end (blocked)"];\n'
        '    "docs" [label="docs: All [31m docs"];\n'
        '    "schema" -> "api";\n    "schema" -> "end";\n    "api" -> "docs";\n    "end" -> "docs";\n'
        "}\n"
    )


def test_a_chain_of_ten_thousand_tasks_stays_narrow() -> None:
    plan = Plan("p", tuple(Task(f"t{n}", "x", "", (f"t{n - 1}",) if n else ()) for n in range(10_000)))
    for form in (ascii, mermaid, dot):
        lines = form(plan, {}).splitlines()
        assert len(lines) >= 10_000
        assert max(map(len, lines)) < 80
