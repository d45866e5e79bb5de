"""The documents are true of the code: links lead somewhere, and each list is compared with what it lists."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_floors import FLOORS

from swarm import errors, paths
from swarm.agents.tools import FOR_AGENTS
from swarm.cli import VERBS, Parser, main
from swarm.core import commands, report, reports
from swarm.core import events as e
from swarm.core.assignment import Assignment
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.state import State
from swarm.core.taskfile import PlanError, parse, settings
from swarm.core.taskfile.settings import SettingsEntry
from swarm.executors.invocation import PASSED
from swarm.worker.program import CONTROL
from tools import agents_page

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for page in ROOT.rglob("*.md") if not page.relative_to(ROOT).as_posix().startswith((".", "tests/")))
PROTOCOL, TASKS = ROOT / "docs" / "protocol.md", ROOT / "docs" / "tasks.md"


def section(page: Path, title: str) -> str:
    """What stands under a heading of a page, up to the next heading of any kind."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", page.read_text(), re.DOTALL | re.MULTILINE)
    assert found, f"{page.name} has no heading {title!r}"
    return found[1]


def fenced(page: Path, *marks: str) -> list[str]:
    """The blocks of a page that are fenced and marked so."""
    return re.findall(rf"^```(?:{'|'.join(marks)})\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def first_cells(text: str) -> set[str]:
    """What stands in code marks in the first cells of all tables."""
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def prose(page: Path) -> str:
    """A page without what is fenced off."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchor(heading: str) -> str:
    """What a heading is called in a link."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


# links and commands


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, part = link.partition("#")
        target = page.parent / path if path else page
        if re.match(r"https?:", link):
            continue
        headings = re.findall(r"^#+ (.*)$", prose(target), re.MULTILINE) if part and target.is_file() else []
        if not target.exists() or (part and part not in map(anchor, headings)):
            dead.append(link)
    assert dead == []


def typed(page: Path) -> Iterator[list[str]]:
    """The words of every `swarm …` on a page, in code marks or in a block of commands; what stands behind # is talk."""
    commands = "\n".join(fenced(page, "sh", "console"))
    lines = re.findall(r"`(swarm [^`\n]+)`", prose(page)) + re.findall(r"^(?:\$ )?(swarm .+)$", commands, re.MULTILINE)
    for line in lines:
        command = re.split(r"\s#|;|&&|\|", line)[0]
        words = re.sub(r'"[^"]*"', "TEXT", command).split()[1:]
        if words and re.match(r"[a-z]+\Z", words[0]):
            yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_verb_and_option_that_is_mentioned_exists(page: Path) -> None:
    wrong = []
    for verb, *words in typed(page):
        if verb not in VERBS:
            wrong.append(verb)
        else:
            given = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
            wrong += [f"{verb} {option}" for option in given - options(verb)]
    assert wrong == []


def options(verb: str) -> set[str]:
    """The options that a verb takes."""
    parser: argparse.ArgumentParser = Parser(prog=verb)
    importlib.import_module(f"swarm.cli.{verb}").arguments(parser)
    return {name for action in parser._actions for name in action.option_strings}


# each list against what it lists


def test_the_picture_of_the_floors_is_the_table() -> None:
    rows = re.findall(r"^\| ([0-9]) \| (.*?) \|", section(ROOT / "docs" / "architecture.md", "Floors"), re.MULTILINE)
    assert {name: int(floor) for floor, names in rows for name in re.findall(r"`([^`]+)`", names)} == FLOORS


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=\[; ]", one)[0] for one in needed}
    assert first_cells(section(ROOT / "CONTRIBUTING.md", "Dependencies")) == names


def test_the_words_lead_to_files() -> None:
    named = re.findall(r"`((?:swarm|inbox|board)/[^`]*)`", (ROOT / "docs" / "words.md").read_text())
    assert named and [name for name in named if not (ROOT / name).exists()] == []


def test_every_decision_is_in_the_list() -> None:
    decisions = ROOT / "docs" / "decisions"
    pages = sorted(decisions.glob("[0-9]*.md"))
    expected = [f"- [{page.read_text().splitlines()[0].removeprefix('# ')}]({page.name})" for page in pages]
    assert re.findall(r"^- .*$", (decisions / "README.md").read_text(), re.MULTILINE) == expected


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        reached.add(page)
        links = {(page.parent / link).resolve() for link in re.findall(r"\]\(([^)\s:]+\.md)[^)]*\)", prose(page))}
        todo += links - reached
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= reached


SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "tasks.schema.json").read_text())


@pytest.mark.parametrize(
    ("title", "keys"),
    [
        ("The top of the file", SCHEMA["properties"]),
        ("A task", SCHEMA["$defs"]["TaskEntry"]["properties"]),
        ("Limits", SCHEMA["$defs"]["RunLimits"]["properties"]),
        ("Review", SCHEMA["$defs"]["ReviewEntry"]["properties"]),
        ("Workers", SCHEMA["$defs"]["WorkerEntry"]["properties"]),
        ("Setup", SCHEMA["$defs"]["SetupEntry"]["properties"]),
        ("Sandbox", SCHEMA["$defs"]["SandboxEntry"]["properties"]),
        ("An agent of your own", SCHEMA["$defs"]["AgentEntry"]["properties"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_key_of_a_task_file_is_explained(title: str, keys: dict[str, Any]) -> None:
    assert first_cells(section(TASKS, title)) == set(keys)


def test_the_wrong_task_file_is_refused_in_the_words_that_are_shown() -> None:
    [wrong], [told] = fenced(TASKS, "yaml wrong"), fenced(TASKS, "text")
    with pytest.raises(PlanError) as error:
        parse(wrong.encode(), "tasks.yaml")
    assert error.value.message == told.rstrip("\n")


def test_the_good_task_files_are_good() -> None:
    good = [*fenced(TASKS, "yaml"), *fenced(ROOT / "README.md", "yaml")]
    assert len(good) >= 2
    for text in good:
        parse(text.encode())


def test_the_configuration_that_is_shown_is_good() -> None:
    [text] = fenced(TASKS, "yaml config")
    assert settings(text.encode(), "config.yaml").agents
    assert all(f"`{key}`" in section(TASKS, "Your own configuration") for key in SettingsEntry.model_fields)


def test_what_agents_can_do_is_what_the_registry_says() -> None:
    text = agents_page.PAGE.read_text(encoding="utf-8")
    assert text == agents_page.page(text), "renew it: python -m tools.agents_page"
    assert len({row.count("|") for row in agents_page.table().splitlines() if row.startswith("|")}) == 1


# the protocol


def a_state() -> State:
    plan = Plan("p", (Task("a", "A", "do it"),), workers=(WorkerSpec("worker-1"),))
    return evolve(State(), e.Entry(1, 0.0, 0.0, (e.RunStarted("r", "/r", "0" * 40, "main", plan),)))


def test_status_json_has_the_keys_that_are_documented() -> None:
    status = report.status(a_state(), leader_alive=True, worktrees="/w")
    whole, workers, tasks = re.split(r"^Each of .*:$", section(PROTOCOL, "status --json"), flags=re.MULTILINE)
    assert first_cells(whole) == status.keys()
    assert first_cells(workers) == status["workers"][0].keys()
    assert first_cells(tasks) == status["tasks"][0].keys()


def test_an_assignment_has_the_keys_that_are_documented() -> None:
    documented = first_cells(section(PROTOCOL, "An assignment"))
    assert documented == {field.name for field in dataclasses.fields(Assignment)}


def test_the_kinds_of_messages_are_those_that_are_documented() -> None:
    assert first_cells(section(PROTOCOL, "What the leader sends to a worker's program")) == CONTROL
    assert first_cells(section(PROTOCOL, "What a worker says")) == reports.REPORT_KINDS | {"note", "list"}
    assert all(f"`{kind}`" in section(PROTOCOL, "What the leader sends to a worker's program") for kind in FOR_AGENTS)
    assert first_cells(section(PROTOCOL, "What the operator says")) == commands._RULES.keys()
    assert all(f"`{outcome}`" in section(PROTOCOL, "What a worker says") for outcome in e.Outcome)


def test_the_files_of_an_attempt_are_those_that_are_documented() -> None:
    attempt = paths.RunDir(Path("/r")).attempt("t", 1)
    properties = [name for name, value in vars(paths.AttemptDir).items() if isinstance(value, property)]
    files = {getattr(attempt, name).name for name in properties}
    assert {name.rstrip("/") for name in first_cells(section(PROTOCOL, "The files of an attempt"))} == files


def test_the_environment_that_is_passed_on_is_documented() -> None:
    text = section(PROTOCOL, "The agent's environment").split("Nothing else")[0]
    assert re.findall(r"`([A-Z_]+)`", text) == list(PASSED)


def test_the_exit_codes_are_documented() -> None:
    codes = re.findall(r"^\| ([0-9]+) \|", section(PROTOCOL, "Exit codes"), re.MULTILINE)
    assert sorted(map(int, codes)) == sorted(value for name, value in vars(errors).items() if name.startswith("EXIT_"))


@pytest.mark.slow
def test_other_objects_have_the_keys_that_are_documented(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    (repo / "tasks.yaml").write_text("tasks: [{id: a, command: echo b >b}]")
    assert main(["start", "--workers", "1", "--executor", "process", "--task-file", "tasks.yaml"]) == 0
    rows = re.findall(r"^\| `swarm (.*)` \| (.*) \|$", section(PROTOCOL, "Other objects"), re.MULTILINE)
    assert len(rows) >= 9
    for line, keys in rows:
        capsys.readouterr()
        assert main(line.replace("TASK", "a").replace("FILE", "tasks.yaml").split()) == 0
        printed = json.loads(capsys.readouterr().out.splitlines()[0])
        assert set(re.findall(r"`([a-z_]+)`", keys)) <= printed.keys(), line
