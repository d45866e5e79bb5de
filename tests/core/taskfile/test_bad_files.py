"""Every kind of bad task file, and exactly what a person is told: place, what is wrong, what to write."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from swarm.core.taskfile import PlanError, parse

FILES: dict[str, tuple[bytes, str]] = {
    "empty file": (
        b"",
        "t.yaml: the file is empty; swarm init writes an example",
    ),
    "only comments": (
        b"# nothing yet\n\n",
        "t.yaml: the file is empty; swarm init writes an example",
    ),
    "only a document mark": (
        b"---\n",
        "t.yaml:2:1: expected a map with the key tasks, found nothing; write at least: tasks: [{id: first, prompt: …}]",
    ),
    "a list where a map belongs": (
        b"- id: a\n  prompt: x\n",
        "t.yaml:1:1: expected a map with the key tasks, found a list; put the list under tasks:",
    ),
    "text where a map belongs": (
        b"hello\n",
        "t.yaml:1:1: expected a map with the key tasks, found 'hello'; write at least: tasks: [{id: first, prompt: …}]",
    ),
    "no tasks": (
        b"version: 1\n",
        "t.yaml:1:1: the key tasks is missing; write at least: tasks: [{id: first, prompt: …}]",
    ),
    "an empty list of tasks": (
        b"tasks: []\n",
        "t.yaml:1:1: tasks: there is no task; add at least one: {id: first, prompt: …}",
    ),
    "tasks without a value": (
        b"tasks:\n",
        "t.yaml:1:1: tasks: expected a list of tasks, or a map from id to task, found nothing",
    ),
    "tasks as text": (
        b"tasks: build it\n",
        "t.yaml:1:1: tasks: expected a list of tasks, or a map from id to task, found 'build it'",
    ),
    "a task as text": (
        b"tasks:\n  - build it\n",
        "t.yaml:2:5: tasks[0]: expected a map (id, title, prompt …), found 'build it'",
    ),
    "a map of tasks with a list in it": (
        b"tasks:\n  a: [x]\n",
        "t.yaml:2:3: tasks.a: expected a map (id, title, prompt …), found a list",
    ),
    "two documents": (
        b"tasks: [{id: a, prompt: x}]\n---\ntasks: []\n",
        "t.yaml:2:1: a second YAML document begins here; keep one, without the line ---",
    ),
    "text after the document": (
        b"tasks: [{id: a, prompt: x}]\n...\nfoo: bar\n",
        "t.yaml:3:1: only one YAML document without directives may stand in a task file; take the rest away",
    ),
    "a directive": (
        b"%YAML 3.0\n---\ntasks: []\n",
        "t.yaml:1:1: only one YAML document without directives may stand in a task file; take the rest away",
    ),
    "latin-1": (
        "tasks:\n  - id: a\n    prompt: caf\u00e9\n".encode("latin-1"),
        "t.yaml:3:16: the byte 0xe9 is not UTF-8; save the file as UTF-8",
    ),
    "utf-16": (
        "tasks: []\n".encode("utf-16"),
        "t.yaml: this is UTF-16 or UTF-32; save it as UTF-8",
    ),
    "utf-16 without a mark": (
        "tasks: []\n".encode("utf-16-le"),
        "t.yaml: this is UTF-16 or UTF-32; save it as UTF-8",
    ),
    "a NUL": (
        b"tasks:\n  - id: a\n    prompt: x\0y\n",
        "t.yaml:3:14: the control character U+0000 may not stand in a task file; take it away",
    ),
    "an escape code": (
        b"tasks:\n  - id: a\n    prompt: \x1b[31mred\n",
        "t.yaml:3:13: the control character U+001B may not stand in a task file; take it away",
    ),
    "a NUL by escape": (
        b'tasks:\n  - id: a\n    prompt: "x\\0y"\n',
        "t.yaml:3:13: a NUL or half a surrogate pair may not stand in text; take the escape away",
    ),
    "a tab": (
        b"tasks:\n\t- id: a\n",
        "t.yaml:2:1: a tab stands in the indentation; indent with spaces only",
    ),
    "a tab deeper": (
        b"tasks:\n  - id: a\n\t  prompt: x\n",
        "t.yaml:3:1: a tab stands in the indentation; indent with spaces only",
    ),
    "an at sign": (
        b"tasks:\n  - id: a\n    prompt: @alice do it\n",
        "t.yaml:3:13: text may not begin with @ here; put the whole text in quotes",
    ),
    "a backquote": (
        b"tasks:\n  - id: a\n    prompt: `make`\n",
        "t.yaml:3:13: text may not begin with ` here; put the whole text in quotes",
    ),
    "a colon in plain text": (
        b"tasks:\n  - id: a\n    prompt: fix this: now\n",
        "t.yaml:3:21: a ': ' stands inside plain text, or the line above is not a key; put the whole text in "
        "quotes, or align this key with its neighbours",
    ),
    "a wrong indentation": (
        b"tasks:\n  - id: a\n      prompt: x\n",
        "t.yaml:3:13: a ': ' stands inside plain text, or the line above is not a key; put the whole text in "
        "quotes, or align this key with its neighbours",
    ),
    "an outdented key": (
        b"tasks:\n  - id: a\n   prompt: x\n",
        "t.yaml:3:4: this does not fit what stands above it; align it with its neighbours, and put text with "
        "quotes or colons wholly in quotes",
    ),
    "a line without a colon": (
        b"version: 1\ntasks\n",
        "t.yaml:2:1: this line is neither `key: value` nor part of the text above; add the colon, or indent it",
    ),
    "an open quote": (
        b'tasks:\n  - id: a\n    prompt: "do it\n',
        "t.yaml:3:13: the quote that opens here is never closed; close it",
    ),
    "an open bracket": (
        b"tasks:\n  - id: a\n    prompt: x\n    files: [src\n  - id: b\n",
        "t.yaml:4:12: the [ that opens here is not closed, or a comma is missing; write ]",
    ),
    "an open brace": (
        b"tasks: [{id: a, prompt: x]\n",
        "t.yaml:1:9: the { that opens here is not closed, or a comma is missing; write }",
    ),
    "a bad escape": (
        b'tasks:\n  - id: a\n    prompt: "\\d+"\n',
        "t.yaml:3:14: a \\ in double quotes begins an escape that YAML does not have; use single quotes, or write \\\\",
    ),
    "a glob without quotes": (
        b"tasks:\n  - id: a\n    prompt: x\n    files: *.py\n",
        "t.yaml:4:12: text may not begin with * here; put the whole text in quotes",
    ),
    "a glob without quotes in a list": (
        b"tasks:\n  - id: a\n    prompt: x\n    files: [**/a.py]\n",
        "t.yaml:4:13: text may not begin with * here; put the whole text in quotes",
    ),
    "an unknown alias": (
        b"tasks:\n  - id: a\n    prompt: x\n    files: *py\n",
        "t.yaml:4:12: no &py stands before this alias; put text that begins with * in quotes",
    ),
    "a template": (
        b"tasks:\n  - id: a\n    prompt: {{ x }}\n",
        "t.yaml:3:5: tasks[0] (a).prompt: expected text, found a map\n"
        "t.yaml:3:14: a key has to be text; put it in quotes ({{ and [ begin YAML's own maps and lists)",
    ),
    "a map as key": (
        b"tasks:\n  - id: a\n    prompt: x\n    ? [a]\n    : b\n",
        "t.yaml:4:7: a key has to be text; put it in quotes ({{ and [ begin YAML's own maps and lists)",
    ),
    "a python tag": (
        b"tasks: !!python/object/apply:os.system ['touch pwned']\n",
        "t.yaml:1:8: the tag '!!python/object/apply:os.system' is not allowed; take the tag away\n"
        "t.yaml:1:41: tasks[0]: expected a map (id, title, prompt …), found 'touch pwned'",
    ),
    "a custom tag": (
        b"tasks:\n  - id: !secret a\n    prompt: x\n",
        "t.yaml:2:9: the tag '!secret' is not allowed; take the tag away",
    ),
    "a tag with a handle": (
        b"tasks:\n  - id: !e!x a\n",
        "t.yaml:2:9: tags (!name) are not allowed; take the tag away",
    ),
    "a duplicate key": (
        b"tasks:\n  - id: a\n    prompt: x\n    prompt: y\n",
        "t.yaml:4:5: the key 'prompt' stands here a second time (first in line 3); take one of them away",
    ),
    "a duplicate key at the top": (
        b'tasks: [{id: a, prompt: x}]\nversion: 1\n"tasks": [{id: b, prompt: x}]\n',
        "t.yaml:3:1: the key 'tasks' stands here a second time (first in line 1); take one of them away",
    ),
    "a duplicate id": (
        b"tasks:\n  - {id: a, prompt: x}\n  - {id: a, prompt: y}\n",
        "t.yaml:3:6: tasks[1] (a).id: the id 'a' is taken by tasks[0] (a); give each task its own",
    ),
    "a duplicate id in a map": (
        b"tasks:\n  a: {prompt: x}\n  a: {prompt: y}\n",
        "t.yaml:3:3: the key 'a' stands here a second time (first in line 2); take one of them away",
    ),
    "ids that differ in case": (
        b"tasks:\n  - {id: main, prompt: x}\n  - {id: Main, prompt: y}\n",
        "t.yaml:3:6: tasks[1] (Main).id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'Main'; write e.g. main\n"
        "t.yaml:3:6: tasks[1] (Main).id: the id 'Main' is taken by tasks[0] (main), which differs in case only; "
        "give each task its own",
    ),
    "an id in the map and below": (
        b"tasks:\n  a: {id: b, prompt: x}\n",
        "t.yaml:2:7: tasks.a.id: in a map of tasks the key is the id; take it away",
    ),
    "no id": (
        b"tasks:\n  - prompt: x\n",
        "t.yaml:2:5: tasks[0]: the key id is missing; write e.g. id: build-api",
    ),
    "id no": (
        b"tasks: [{id: no, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (no).id: expected an id, and other readers of YAML take this for something else, "
        "found no; write it in quotes: 'no'",
    ),
    "id 010": (
        b"tasks: [{id: 010, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (010).id: expected an id, and other readers of YAML take this for something else, "
        "found 010; write it in quotes: '010'",
    ),
    "id 1:30": (
        b"tasks: [{id: 1:30, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found 1:30; "
        "write e.g. 1-30",
    ),
    "id date": (
        b"tasks: [{id: 2024-01-01, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (2024-01-01).id: expected an id, and other readers of YAML take this for something "
        "else, found 2024-01-01; write it in quotes: '2024-01-01'",
    ),
    "id 1e3": (
        b"tasks: [{id: 1e3, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (1e3).id: expected an id, and other readers of YAML take this for something else, "
        "found 1e3; write it in quotes: '1e3'",
    ),
    "id null": (
        b"tasks: [{id: null, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "nothing; write e.g. build-api (null needs quotes to be a name)",
    ),
    "id ~": (
        b"tasks: [{id: ~, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "nothing; write e.g. build-api (null needs quotes to be a name)",
    ),
    "id true": (
        b"tasks: [{id: true, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id, and other readers of YAML take this for something else, found "
        "true; write it in quotes: 'true'",
    ),
    "id 1.5": (
        b"tasks: [{id: 1.5, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found 1.5; "
        "write e.g. 1-5",
    ),
    "id list": (
        b"tasks: [{id: [a], prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found a list; "
        "write e.g. build-api",
    ),
    "id ../x": (
        b"tasks: [{id: ../x, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found '../x'; "
        "write e.g. x",
    ),
    "id -rf": (
        b"tasks: [{id: -rf, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (-rf).id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'-rf'; write e.g. rf",
    ),
    "id a;b": (
        b"tasks: [{id: a;b, prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found 'a;b'; "
        "write e.g. a-b",
    ),
    "id $(x)": (
        b"tasks: [{id: $(x), prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found '$(x)'; "
        "write e.g. x",
    ),
    "id HEAD": (
        b"tasks: [{id: HEAD, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (HEAD).id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'HEAD'; write e.g. head",
    ),
    "id of 300 letters": (
        b"tasks: [{id: " + b"a" * 300 + b", prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…'; write e.g. "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ),
    "id with a newline": (
        b'tasks: [{id: "a\\n", prompt: x}]\n',
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found 'a\\n'; "
        "write e.g. a",
    ),
    "id in other letters": (
        "tasks: [{id: задача, prompt: x}]\n".encode(),
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'задача'; write e.g. build-api",
    ),
    "id empty": (
        b"tasks: [{id: '', prompt: x}]\n",
        "t.yaml:1:10: tasks[0].id: expected an id (lower-case letters, digits, - and _, at most 63), found ''; "
        "write e.g. build-api",
    ),
    "id no as key": (
        b"tasks: {no: {prompt: x}}\n",
        "t.yaml:1:9: tasks.no: expected an id, and other readers of YAML take this for something else, found no; "
        "write it in quotes: 'no'",
    ),
    "id leader": (
        b"tasks: [{id: leader, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (leader).id: 'leader' is an address of every run's inbox; take another id",
    ),
    "id worker-1": (
        b"tasks: [{id: worker-1, prompt: x}]\n",
        "t.yaml:1:10: tasks[0] (worker-1).id: 'worker-1' is the name of a worker, and a message to it would have "
        "two readers; take another id",
    ),
    "an unknown dependency": (
        b"tasks:\n  - {id: schema, prompt: x}\n  - {id: api, prompt: x, needs: [shema]}\n",
        "t.yaml:3:34: tasks[1] (api).needs[0]: there is no task 'shema'; did you mean schema?",
    ),
    "an unknown dependency like nothing": (
        b"tasks:\n  - {id: schema, prompt: x}\n  - {id: api, prompt: x, needs: zzz}\n",
        "t.yaml:3:26: tasks[1] (api).needs: there is no task 'zzz'; add it, or take this away",
    ),
    "two dependencies in one text": (
        b"tasks:\n  - {id: a, prompt: x}\n  - {id: b, prompt: x}\n  - id: c\n    prompt: x\n    depends_on: a, b\n",
        "t.yaml:6:5: tasks[2] (c).depends_on: there is no task 'a, b'; write several as a list: [one, two]",
    ),
    "a dependency that is a map": (
        b"tasks:\n  - {id: a, prompt: x, depends_on: {b: c}}\n",
        "t.yaml:2:24: tasks[0] (a).depends_on: expected text or a list of texts, found a map",
    ),
    "a dependency that is nothing": (
        b"tasks:\n  - {id: a, prompt: x, depends_on: [null]}\n",
        "t.yaml:2:37: tasks[0] (a).depends_on[0]: expected the id of a task, found nothing",
    ),
    "a self-dependency": (
        b"tasks:\n  - {id: a, prompt: x, depends_on: [a]}\n",
        "t.yaml:2:37: tasks[0] (a).depends_on[0]: the task depends on itself; take this away",
    ),
    "a cycle": (
        b"tasks:\n  - {id: a, prompt: x, depends_on: [c]}\n  - {id: b, prompt: x, depends_on: [a]}\n"
        b"  - {id: c, prompt: x, depends_on: [b]}\n",
        "t.yaml:2:37: tasks[0] (a).depends_on[0]: a cycle, each waits for the next: a -> c -> b -> a; take one of "
        "these dependencies away",
    ),
    "two cycles": (
        b"tasks:\n  a: {prompt: x, needs: b}\n  b: {prompt: x, needs: a}\n  c: {prompt: x, needs: d}\n"
        b"  d: {prompt: x, needs: c}\n",
        "t.yaml:2:18: tasks.a.needs: a cycle, each waits for the next: a -> b -> a; take one of these dependencies "
        "away\n"
        "t.yaml:4:18: tasks.c.needs: a cycle, each waits for the next: c -> d -> c; take one of these dependencies "
        "away",
    ),
    "two names for dependencies": (
        b"tasks:\n  - {id: a, prompt: x}\n  - id: b\n    prompt: x\n    depends_on: [a]\n    needs: [a]\n",
        "t.yaml:6:5: tasks[1] (b).needs: depends_on and needs mean the same; keep one",
    ),
    "two names for the prompt": (
        b"tasks:\n  - id: a\n    prompt: x\n    description: y\n",
        "t.yaml:4:5: tasks[0] (a).description: prompt and description mean the same; keep one",
    ),
    "two names for files": (
        b"tasks:\n  - id: a\n    prompt: x\n    files: [a]\n    touches: [b]\n",
        "t.yaml:5:5: tasks[0] (a).touches: files and touches mean the same; keep one",
    ),
    "nothing to do": (
        b"tasks:\n  - id: a\n    title: A\n",
        "t.yaml:2:5: tasks[0] (a): there is nothing to do; write prompt: what the agent is told, or command: a "
        "shell line",
    ),
    "an empty prompt": (
        b"tasks:\n  - id: a\n    prompt: '  '\n",
        "t.yaml:3:5: tasks[0] (a).prompt: the text is empty; write it, or take the key away",
    ),
    "a prompt that is a number": (
        b"tasks:\n  - id: a\n    prompt: 42\n",
        "t.yaml:3:5: tasks[0] (a).prompt: expected text, found 42; write it in quotes: '42'",
    ),
    "a prompt that is a list": (
        b"tasks:\n  - id: a\n    prompt: [x]\n",
        "t.yaml:3:5: tasks[0] (a).prompt: expected text, found a list",
    ),
    "a command and an agent": (
        b"tasks:\n  - {id: a, command: make, agent: claude}\n",
        "t.yaml:2:28: tasks[0] (a).agent: a task with a command has no agent; keep one",
    ),
    "the agent command without one": (
        b"tasks:\n  - {id: a, prompt: x, agent: command}\n",
        "t.yaml:2:24: tasks[0] (a).agent: the agent command needs a command; write e.g. command: make docs",
    ),
    "a command that is true": (
        b"tasks:\n  - {id: a, command: true}\n",
        "t.yaml:2:13: tasks[0] (a).command: expected text, found true; write it in quotes: 'true'",
    ),
    "an unknown key": (
        b"tasks:\n  - id: a\n    promt: x\n",
        "t.yaml:3:5: tasks[0] (a).promt: unknown key 'promt'; did you mean prompt?",
    ),
    "an unknown key at the top": (
        b"verfy: pytest\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: verfy: unknown key 'verfy'; did you mean verify?",
    ),
    "an unknown key like nothing": (
        b"tasks: [{id: a, prompt: x}]\nlimits: {zzz: 1}\n",
        "t.yaml:2:10: limits.zzz: unknown key 'zzz'; known here: budget, idle, retries, run_budget, timeout, "
        "verify_timeout",
    ),
    "a limit at the top": (
        b"timeout: 5m\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: timeout: unknown key 'timeout'; write it under limits",
    ),
    "a task's key at the top": (
        b"prompt: x\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: prompt: unknown key 'prompt'; it belongs to a task",
    ),
    "a key of the run in a task": (
        b"tasks: [{id: a, prompt: x, gates: 2}]\n",
        "t.yaml:1:28: tasks[0] (a).gates: unknown key 'gates'; it belongs at the top of the file",
    ),
    "an unknown key in setup": (
        b"setup: {cpoy: [.env]}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:9: setup.cpoy: unknown key 'cpoy'; did you mean copy?",
    ),
    "an unknown key with escape codes": (
        b'tasks: [{id: a, prompt: x, "\\e[31mred": 1}]\n',
        "t.yaml:1:28: tasks[0] (a).'\\x1b[31mred': unknown key '\\x1b[31mred'; known here: account, agent, "
        "allow, budget, command, depends_on, env, expects, files, id, idle, limits, mode, model, on_failure, "
        "permissions, priority, prompt, prompt_file, retries, review, role, sandbox, secrets, skills, timeout, title, "
        "verify",
    ),
    "a limit in two places": (
        b"tasks:\n  - id: a\n    prompt: x\n    timeout: 5m\n    limits: {timeout: 6m}\n",
        "t.yaml:4:5: tasks[0] (a).timeout: timeout stands here and under limits; keep one",
    ),
    "a duration without a unit": (
        b"limits: {timeout: 30}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.timeout: expected a duration with its unit, found 30; write e.g. 30s or 30m",
    ),
    "a duration in words": (
        b"tasks:\n  - {id: api, prompt: x, timeout: soon}\n",
        "t.yaml:2:26: tasks[0] (api).timeout: expected a duration, found 'soon'; write e.g. 90s, 30m or 1h30m",
    ),
    "a clock as duration": (
        b"tasks:\n  - {id: api, prompt: x, timeout: 1:30}\n",
        "t.yaml:2:26: tasks[0] (api).timeout: expected a duration, found 1:30; write e.g. 90s, 30m or 1h30m",
    ),
    "a negative duration": (
        b"limits: {timeout: -5m}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.timeout: expected a duration, found '-5m'; write e.g. 90s, 30m or 1h30m",
    ),
    "a duration NaN": (
        b"limits: {timeout: .nan}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.timeout: expected a duration, found .nan; write e.g. 90s, 30m or 1h30m",
    ),
    "a budget NaN": (
        b"limits: {budget: .nan}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.budget: expected an amount of money, found .nan; write e.g. 5 USD",
    ),
    "a budget without end": (
        b"limits: {run_budget: .inf}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.run_budget: expected an amount of money, found .inf; write e.g. 5 USD",
    ),
    "a negative budget": (
        b"limits: {budget: -5}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.budget: expected an amount of money, found -5; write e.g. 5 USD",
    ),
    "a foreign budget": (
        b"limits: {budget: 5 EUR}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.budget: expected an amount in USD, the only currency here, found '5 EUR'; write e.g. "
        "5 USD",
    ),
    "a budget of zero": (
        b"limits: {budget: 0}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.budget: expected an amount above zero and at most 1000000 USD, found 0; write e.g. 5 USD",
    ),
    "negative retries": (
        b"limits: {retries: -1}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.retries: expected a whole number from 0 to 100, found -1",
    ),
    "too many retries": (
        b"limits: {retries: 1000}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.retries: expected a whole number from 0 to 100, found 1000",
    ),
    "half a retry": (
        b"limits: {retries: 1.5}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.retries: expected a whole number from 0 to 100, found 1.5",
    ),
    "retries NaN": (
        b"tasks: [{id: a, prompt: x, retries: .nan}]\n",
        "t.yaml:1:28: tasks[0] (a).retries: expected a whole number from 0 to 100, found .nan",
    ),
    "octal retries": (
        b"tasks: [{id: a, prompt: x, retries: 010}]\n",
        "t.yaml:1:28: tasks[0] (a).retries: expected a whole number from 0 to 100, found 010",
    ),
    "retries as text": (
        b"tasks: [{id: a, prompt: x, retries: many}]\n",
        "t.yaml:1:28: tasks[0] (a).retries: expected a whole number from 0 to 100, found 'many'",
    ),
    "retries without end": (
        b"tasks: [{id: a, prompt: x, retries: " + b"9" * 5000 + b"}]\n",
        "t.yaml:1:28: tasks[0] (a).retries: expected a whole number from 0 to 100, found "
        "'99999999999999999999999999999999999999999999999…'",
    ),
    "verify_timeout none": (
        b"limits: {verify_timeout: none}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: limits.verify_timeout: expected a duration, found 'none'; write e.g. 90s, 30m or 1h30m",
    ),
    "limits as a list": (
        b"limits: [timeout]\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: limits: expected a map (timeout, idle, retries …), found a list",
    ),
    "gates zero": (
        b"gates: 0\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: gates: expected a whole number from 1 to 64, found 0",
    ),
    "gates true": (
        b"gates: true\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: gates: expected a whole number from 1 to 64, found true",
    ),
    "a wrong choice": (
        b"tasks: [{id: a, prompt: x, expects: comits}]\n",
        "t.yaml:1:28: tasks[0] (a).expects: expected commits, report or any, found 'comits'; did you mean commits?",
    ),
    "a wrong policy": (
        b"merge: yes\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: merge: expected auto or manual, found yes",
    ),
    "a wrong priority": (
        b"tasks: [{id: a, prompt: x, priority: hihg}]\n",
        "t.yaml:1:28: tasks[0] (a).priority: expected low, normal, high, urgent or a whole number from -1000 to "
        "1000, found 'hihg'; did you mean high?",
    ),
    "a wrong review": (
        b"tasks: [{id: a, prompt: x, review: reviewer}]\n",
        "t.yaml:1:28: tasks[0] (a).review: expected true, human or a map (role, rounds), found 'reviewer'; write "
        "e.g. {role: reviewer, rounds: 2}",
    ),
    "a wrong review key": (
        b"tasks: [{id: a, prompt: x, review: {rol: x}}]\n",
        "t.yaml:1:37: tasks[0] (a).review.rol: unknown key 'rol'; did you mean role?",
    ),
    "too many rounds": (
        b"tasks: [{id: a, prompt: x, review: {rounds: 99}}]\n",
        "t.yaml:1:37: tasks[0] (a).review.rounds: expected a whole number from 1 to 10, found 99",
    ),
    "verify true": (
        b"verify: true\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: verify: expected text, found true; write it in quotes: 'true'",
    ),
    "an empty verify": (
        b"verify: ['']\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:10: verify[0]: the text is empty; write it, or take the key away",
    ),
    "verify as a map": (
        b"verify: {run: x}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: verify: expected text or a list of texts, found a map",
    ),
    "env as a list": (
        b"env: [A=1]\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: env: expected a map, found a list",
    ),
    "a bad env name": (
        b"env: {a-b: x}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:7: env.a-b: expected the name of an environment variable (letters, digits and _), found 'a-b'; "
        "write e.g. API_URL",
    ),
    "an env name of ours": (
        b"env: {SWARM_RUN: x}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:7: env.SWARM_RUN: names that begin with SWARM_ are set by swarm itself, found 'SWARM_RUN'; take "
        "another name",
    ),
    "an env value true": (
        b"env: {DEBUG: true}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:7: env.DEBUG: expected text or a number, found true; write it in quotes: 'true'",
    ),
    "an env value null": (
        b"env: {DEBUG: }\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:7: env.DEBUG: expected text or a number, found nothing; write '' for empty text",
    ),
    "an env value list": (
        b"tasks: [{id: a, prompt: x, env: {A: [1]}}]\n",
        "t.yaml:1:34: tasks[0] (a).env.A: expected text or a number, found a list",
    ),
    "a path outside": (
        b"tasks: [{id: a, prompt: x, files: [../other]}]\n",
        "t.yaml:1:36: tasks[0] (a).files[0]: expected a path inside the repository, without .. and .git, found "
        "'../other'; write it as seen from the root of the repository, e.g. src/api/** or .env",
    ),
    "an absolute path": (
        b"setup: {copy: [/etc/passwd]}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:16: setup.copy[0]: expected a path relative to the repository, found '/etc/passwd'; write it as "
        "seen from the root of the repository, e.g. src/api/** or .env",
    ),
    "a path in the home": (
        b"setup: {symlink: ~/.ssh}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:9: setup.symlink: expected a path relative to the repository, found '~/.ssh'; write it as seen "
        "from the root of the repository, e.g. src/api/** or .env",
    ),
    "a path into .git": (
        b"setup: {copy: .git/config}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:9: setup.copy: expected a path inside the repository, without .. and .git, found '.git/config'; "
        "write it as seen from the root of the repository, e.g. src/api/** or .env",
    ),
    "the whole repository": (
        b"setup: {copy: .}\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:9: setup.copy: expected a path below the root of the repository, found '.'; write it as seen "
        "from the root of the repository, e.g. src/api/** or .env",
    ),
    "a model that is an option": (
        b"model: --dangerously\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: model: expected a name without spaces that does not begin with -, found '--dangerously'",
    ),
    "a base that is an option": (
        b"base: --upload-pack=x\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: base: expected a name without spaces that does not begin with -, found '--upload-pack=x'",
    ),
    "version 2": (
        b"version: 2\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: version: this version of swarm reads task files of version 1, found 2; write version: 1",
    ),
    "version as text": (
        b"version: '1'\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: version: this version of swarm reads task files of version 1, found '1'; write version: 1",
    ),
    "a name with spaces": (
        b"name: My Plan\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: name: expected an id (lower-case letters, digits, - and _, at most 63), found 'My Plan'; "
        "write e.g. my-plan",
    ),
    "workers zero": (
        b"workers: 0\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: workers: expected a number of workers from 1 to 1000 or a list, found 0; write e.g. 4, or "
        "[{name: backend, count: 2}]",
    ),
    "workers as text": (
        b"workers: many\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:1: workers: expected a number of workers from 1 to 1000 or a list, found 'many'; write e.g. 4, "
        "or [{name: backend, count: 2}]",
    ),
    "a worker as text": (
        b"workers: [backend]\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:11: workers[0]: expected a map (name, count, skills …), found 'backend'",
    ),
    "a worker without a name": (
        b"workers: [{count: 2}]\ntasks: [{id: a, prompt: x}]\n",
        "t.yaml:1:11: workers[0]: the key name is missing; write e.g. name: backend",
    ),
    "two equal workers": (
        b"workers: [{name: a-1}, {name: a, count: 2}]\ntasks: [{id: b, prompt: x}]\n",
        "t.yaml:1:25: workers[1] (a).name: a second worker would be called 'a-1'; take another name",
    ),
    "a worker with a long name": (
        b"workers: [{name: " + b"a" * 63 + b", count: 2}]\ntasks: [{id: b, prompt: x}]\n",
        "t.yaml:1:12: workers[0] (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa).name: the "
        "worker 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…' would have a name longer than 63; shorten it",
    ),
    "a worker called leader": (
        b"workers: [{name: leader}]\ntasks: [{id: b, prompt: x}]\n",
        "t.yaml:1:12: workers[0] (leader).name: 'leader' is an address of every run's inbox; take another name",
    ),
    "a task called like a worker": (
        b"workers: [{name: api}]\ntasks: [{id: api, prompt: x}]\n",
        "t.yaml:2:10: tasks[0] (api).id: 'api' is the name of a worker, and a message to it would have two "
        "readers; take another id",
    ),
    "a skill that no worker has": (
        b"workers: [{name: w, skills: [python, sql]}]\ntasks: [{id: a, prompt: x, skills: [pyhton]}]\n",
        "t.yaml:2:28: tasks[0] (a).skills: no worker has 'pyhton'; the workers have python, sql",
    ),
    "skills and plain workers": (
        b"workers: 2\ntasks: [{id: a, prompt: x, skills: [python]}]\n",
        "t.yaml:2:28: tasks[0] (a).skills: no worker has 'python'; write workers: [{name: …, skills: […]}]",
    ),
    "deep nesting": (
        b"[" * 100_000,
        "t.yaml:1:33: lists and maps are nested more than 32 deep; flatten the file",
    ),
    "deep nesting in blocks": (
        b"- " * 1000 + b"x",
        "t.yaml:1:65: lists and maps are nested more than 32 deep; flatten the file",
    ),
    "an alias bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in range(98, 108)),
        "t.yaml:6:11: the aliases would make the file too large when written out; use fewer",
    ),
    "a chain of aliases": (
        b"x-0: &x0 [a]\n"
        + b"".join(b"x-%d: &x%d [*x%d]\n" % (n, n, n - 1) for n in range(1, 60))
        + b"tasks: [{id: a, prompt: x}]\n",
        "t.yaml:32:13: with this alias maps are nested more than 32 deep; flatten the file",
    ),
    "an alias inside itself": (
        b"tasks: &a [*a]\n",
        "t.yaml:1:12: no &a stands before this alias; put text that begins with * in quotes",
    ),
    "a merge of text": (
        b"x-a: &a text\ntasks: [{<<: *a, id: a, prompt: x}]\n",
        "t.yaml:2:10: << takes the alias of a map; write e.g. <<: *defaults",
    ),
    "too large": (
        b"# " + b"x" * 5_000_000,
        "t.yaml: the file is larger than 5 MB; move long prompts to files and name them with prompt_file",
    ),
    "an env name and a map": (
        b"tasks: [{id: a, prompt: x, env: {1A: x, B: {}}}]\n",
        "t.yaml:1:34: tasks[0] (a).env.1A: expected the name of an environment variable (letters, digits and _), "
        "found '1A'; write e.g. API_URL\n"
        "t.yaml:1:41: tasks[0] (a).env.B: expected text or a number, found a map",
    ),
    "a title over a list": (
        b"tasks: [{id: a, prompt: x, title: [a]}]\n",
        "t.yaml:1:28: tasks[0] (a).title: expected text, found a list",
    ),
    "a wrong key beside a wrong value and an unknown task": (
        b"verfy: [make]\ntasks:\n  - id: api\n    prompt: x\n    timeout: 30\n    needs: [db]\n"
        b"  - {id: DB, prompt: y}\n",
        "t.yaml:1:1: verfy: unknown key 'verfy'; did you mean verify?\n"
        "t.yaml:5:5: tasks[0] (api).timeout: expected a duration with its unit, found 30; write e.g. 30s or 30m\n"
        "t.yaml:6:13: tasks[0] (api).needs[0]: there is no task 'db'; add it, or take this away\n"
        "t.yaml:7:6: tasks[1] (DB).id: expected an id (lower-case letters, digits, - and _, at most 63), found "
        "'DB'; write e.g. db",
    ),
    "a problem in a merged map": (
        b"x-all: &all\n  timeout: soon\ntasks:\n  - {<<: *all, id: a, prompt: x}\n",
        "t.yaml:2:3: tasks[0] (a).timeout: expected a duration, found 'soon'; write e.g. 90s, 30m or 1h30m",
    ),
}


def told(data: bytes, loader: type[Any] = yaml.CSafeLoader) -> str:
    with pytest.raises(PlanError) as caught:
        parse(data, "t.yaml", loader=loader)
    return caught.value.message


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_told_with_its_place_and_a_way_out(name: str) -> None:
    data, message = FILES[name]
    assert told(data) == message


SMALL = [name for name, (data, _) in FILES.items() if len(data) < 10_000]


@pytest.mark.parametrize("name", SMALL)
def test_the_parser_in_python_says_the_same(name: str) -> None:
    data, message = FILES[name]
    assert told(data, yaml.SafeLoader) == message


def test_the_hint_is_the_next_command() -> None:
    with pytest.raises(PlanError) as caught:
        parse(b"", "my tasks.yaml")
    assert caught.value.hint == "mend the file, then type: swarm check 'my tasks.yaml'"


def test_a_file_name_can_not_write_to_the_terminal() -> None:
    with pytest.raises(PlanError) as caught:
        parse(b"", "\x1b[31m.yaml")
    assert caught.value.message == "\\x1b[31m.yaml: the file is empty; swarm init writes an example"


def test_twenty_problems_are_shown_and_all_are_held() -> None:
    data = "tasks:\n" + "".join(f"  - {{id: t{number}, prompt: x, timeout: 5}}\n" for number in range(30))
    with pytest.raises(PlanError) as caught:
        parse(data.encode())
    lines = caught.value.message.split("\n")
    assert len(caught.value.problems) == 30
    assert len(lines) == 21
    assert lines[-1] == "and 10 more"


def test_a_problem_has_its_parts() -> None:
    with pytest.raises(PlanError) as caught:
        parse(b"tasks:\n  - {id: api, prompt: x, limits: {timeout: 5}}\n")
    problem = caught.value.problems[0]
    assert (problem.line, problem.column, problem.where) == (2, 35, "tasks[0] (api).limits.timeout")
    assert (problem.seen, problem.hint) == ("5", "write e.g. 5s or 5m")
