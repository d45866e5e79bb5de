"""What has to be true after a trial, whatever happened in it.  Each oracle returns its violations, in words.

Knows the stage, git and files; not the product's modules.  `ORACLES` is the table; the name in it is what a report and
the mutants speak of.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from footprint import changes, picture
from gate import trouble
from scenario import MERGED, outcomes
from stage import OURS, SECRETS, Stage

Oracle = Callable[[Stage], list[str]]

FINAL = frozenset({"merged", "failed", "skipped", "cancelled"})
MARK = re.compile(rb"mark-[a-z0-9_-]+\.\d+-[0-9a-f]{16}")


def final_states(stage: Stage) -> list[str]:
    """Each task ended as the model says."""
    seen = stage.status()
    if seen is None:
        return ["there is no run"]
    found = {task["id"]: task["status"] for task in seen["tasks"]}
    wrong = [
        f"{task} is {found.get(task)}, should be {end}: {_reason(seen, task)}"
        for task, end in outcomes(stage.scenario).items()
        if found.get(task) != end
    ]
    state = [] if seen["state"] == "finished" else [f"the run is {seen['state']}: {seen.get('reason')}"]
    return state + wrong


def _reason(seen: dict[str, object], task: str) -> object:
    tasks = seen["tasks"]
    assert isinstance(tasks, list)
    return next((one["reason"] for one in tasks if one["id"] == task), "")


def one_start(stage: Stage) -> list[str]:
    """No attempt's agent was started twice."""
    starts = [words[1] for words in stage.facts("start")]
    return [f"{key} was started {starts.count(key)} times" for key in sorted(set(starts)) if starts.count(key) > 1]


def tip_holds_what_merged(stage: Stage) -> list[str]:
    """The tip has every mark of the attempts that merged, and no mark of any other."""
    seen = stage.status()
    if seen is None or seen["integration"] is None:
        return ["there is no tip"] if MERGED in outcomes(stage.scenario).values() else []
    merged = {f"{task['id']}.{task['attempt']}" for task in seen["tasks"] if task["status"] == MERGED}
    made: dict[str, set[str]] = {}
    for _, key, word in stage.facts("mark"):
        made.setdefault(key, set()).add(word)
    undone = {word for _, key, word in stage.facts("undone") if key in merged}
    tip = {word.decode() for word in MARK.findall(contents(stage, stage.hub, seen["integration"]))}
    wrong = []
    for key, words in made.items():
        if key in merged and words - tip - undone:
            wrong.append(f"{key} is merged, but {sorted(words - tip - undone)} are not in the tip")
        if key not in merged and words & tip:
            wrong.append(f"{key} is not what was merged, but {sorted(words & tip)} are in the tip")
    return wrong


def contents(stage: Stage, repository: Path, *tips: str) -> bytes:
    """All files of some commits' trees, one after the other."""
    found: set[str] = set()
    for tip in tips:
        lines = stage.git(repository, "ls-tree", "-r", "-z", tip).split("\0")
        found.update(line.split()[2] for line in lines if line and line.split()[1] == "blob")
    return _blobs(stage, repository, found)


def _blobs(stage: Stage, repository: Path, ids: set[str]) -> bytes:
    asked = "\n".join(sorted(ids)) + "\n"
    done = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch"], input=asked.encode(), env=stage.env, capture_output=True
    )
    return done.stdout


STRANGER = "the trial's stranger"
"""Stands in the reflog beside a value of the integration ref that the trial itself put there."""

REFLOG = re.compile(rb"[0-9a-f]{40,64} ([0-9a-f]{40,64}) ")


def landed_values(stage: Stage) -> list[str]:
    """Every value that the tool ever put into the integration ref, oldest first, by its reflog.

    git flushes the ref and not the log of it: a line that a power loss has torn is passed over, as git does.
    """
    log = stage.hub / "logs" / "refs" / "swarm" / stage.scenario.name / "integration"
    lines = log.read_bytes().splitlines() if log.exists() else []
    own = (line for line in lines if not line.endswith(STRANGER.encode()))
    return [entry[1].decode() for line in own if (entry := REFLOG.match(line))]


def every_value_was_green(stage: Stage) -> list[str]:
    """Each value of the integration ref is rebuilt and judged again, and a gate had said green to exactly that tree."""
    judged = {stage_tree(stage, words[1]) for words in stage.facts("gate") if words[2] == "green"}
    wrong = []
    for value in dict.fromkeys(landed_values(stage)):
        if set(value) == {"0"}:
            wrong.append("the integration ref was deleted")
            continue
        with tempfile.TemporaryDirectory(dir=stage.root) as place:
            tree = Path(place)
            stage.git(stage.hub, "--work-tree", place, "read-tree", value, env={"GIT_INDEX_FILE": f"{place}.index"})
            stage.git(
                stage.hub, "--work-tree", place, "checkout-index", "--all", env={"GIT_INDEX_FILE": f"{place}.index"}
            )
            wrong += [f"the integration ref was at {value[:10]}: {what}" for what in trouble(tree)]
        if value not in stage.foreign and stage_tree(stage, value) not in judged:
            wrong.append(f"the integration ref was at {value[:10]}, whose tree no gate has found green")
    return wrong


def stage_tree(stage: Stage, commit: str) -> str:
    """The tree of a commit, or nothing where the hub has it no more (a gate's own candidate may be gone)."""
    return stage.git(stage.hub, "rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}", check=False)


def integration_only_grew(stage: Stage) -> list[str]:
    """Each value has the one before among its ancestors."""
    values = landed_values(stage)
    wrong = []
    for before, after in pairwise(values):
        done = subprocess.run(
            ["git", "-C", str(stage.hub), "merge-base", "--is-ancestor", before, after],
            env=stage.env, capture_output=True,
        )  # fmt: skip
        if done.returncode != 0:
            wrong.append(f"the integration ref went from {before[:10]} to {after[:10]}, which has lost it")
    return wrong


def nothing_lost(stage: Stage) -> list[str]:
    """Every mark that any agent wrote is in an object that a ref reaches, in a worktree, or was moved aside."""
    wanted = {words[2] for what in ("mark", "kept") for words in stage.facts(what)} - stage.thrown_away
    for repository in (stage.hub, stage.repo):
        # All entries of the stash: git lists them to its user, and lets none of them expire.
        stash = stage.git(repository, "rev-list", "--walk-reflogs", "refs/stash", "--", check=False).splitlines()
        listed = stage.git(repository, "rev-list", "--all", *stash, "--objects", check=False).splitlines()
        held = {line.split()[0] for line in listed}
        wanted -= {word.decode() for word in MARK.findall(_blobs(stage, repository, held))}
    if wanted:
        for path in _files(stage.run / "worktrees", stage.run / "attempts", stage.hub / "swarm", stage.home / "kept"):
            wanted -= {word.decode() for word in MARK.findall(path.read_bytes())}
    return [f"{word} is nowhere any more" for word in sorted(wanted)]


def messages_once(stage: Stage) -> list[str]:
    """Every word that an agent sent was taken once, and lies once in the mailbox that it was sent to."""
    wrong = []
    sent = stage.facts("sent")
    log = stage.swarm("log", "--json").out if sent else ""
    taken = [line for line in log.splitlines() if "MessageAccepted" in line]
    for _, key, to, word in sent:
        times = sum(word in line for line in taken)
        if times != 1:
            wrong.append(f"{key} sent {word} to {to}, and it was taken {times} times")
        boxes = (stage.run / "mail" / to / "inbox" / name for name in ("new", "cur", "done"))
        letters = [
            path for box in boxes if box.is_dir() for path in box.iterdir() if word.encode() in path.read_bytes()
        ]
        if len(letters) != 1:
            wrong.append(f"{key} sent {word} to {to}, where it lies {len(letters)} times")
    return wrong


def _files(*roots: Path) -> Iterator[Path]:
    for root in roots:
        for directory, _, names in os.walk(root):
            for name in names:
                path = Path(directory, name)
                if path.is_file() and not path.is_symlink() and path.name != "output.log":
                    yield path


def checkout_untouched(stage: Stage) -> list[str]:
    """The user's checkout and .git are what they were before, but for what is ours."""
    found = changes(
        stage.before, picture(stage.repo), may_appear=OURS, may_change=r".*/\.git/(objects|refs|logs)(/[^/]*)?"
    )
    hooks = [str(path) for path in stage.root.rglob("hook-ran")]
    return found[:10] + [f"the user's hook ran in {path}" for path in hooks]


def repositories_sound(stage: Stage) -> list[str]:
    """fsck, gc, fetch and worktree list succeed in both repositories."""
    wrong = []
    other = stage.root / "repo"
    for repository, source in ((stage.hub, other), (stage.repo, stage.hub)):
        asked = (
            ("fsck", "--strict", "--no-dangling"), ("worktree", "list"),
            ("fetch", "--quiet", "--dry-run", str(source), "HEAD" if source == other else "refs/swarm/*:refs/x/*"),
            ("gc", "--quiet"),
        )  # fmt: skip
        for args in asked:
            done = subprocess.run(
                ["git", "-C", str(repository), *args], env=stage.env, capture_output=True, text=True, timeout=120
            )
            if done.returncode != 0 or "missing" in done.stdout:
                said = f"{done.returncode} {done.stderr[-300:]}{done.stdout[-200:]}"
                wrong.append(f"git {' '.join(args)} in {repository.name}: {said}")
    return wrong


def nobody_left(stage: Stage) -> list[str]:
    """No process of ours is alive, and no lock is held."""
    left = {pid: _command(pid) for pid in stage.pids()}
    wrong = [
        f"{pid} is still alive: {command}"
        for pid, command in left.items()
        if not (stage.workers_died and " severed " in command)
    ]
    home = stage.home
    for lock in [
        home / "leader.lock",
        home / "hub.lock",
        *stage.run.glob("mail/*/lock"),
        *stage.run.glob("attempts/*/lock"),
    ]:
        if lock.exists() and _is_held(lock):
            wrong.append(f"{lock.relative_to(home)} is held")
    return wrong


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:500]
    except OSError:
        return "(gone)"


def _is_held(lock: Path) -> bool:
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def innocents_alive(stage: Stage) -> list[str]:
    """Processes that are none of ours, whatever they are called and whatever our records say, were left alone."""
    return [f"the innocent {one.pid} is dead: {one.args!r}" for one in stage.innocents if one.poll() is not None]


def secrets_nowhere(stage: Stage) -> list[str]:
    """What was planted in the leader's environment stands in no file of ours."""
    wanted = {name: value.encode() for name, value in SECRETS.items()}
    wrong = []
    for directory, _, names in os.walk(stage.root):
        for name in names:
            path = Path(directory, name)
            if path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            wrong += [
                f"{secret} stands in {path.relative_to(stage.root)}"
                for secret, value in wanted.items()
                if value in data
            ]
    return wrong


def resume_changes_nothing(stage: Stage) -> list[str]:
    """Taken up once more, a run that has ended stays as it is, and no agent is started."""
    before, starts = _kept(stage), len(stage.facts("start"))
    said = stage.swarm("resume")
    after = _kept(stage)
    wrong = (
        [f"resume of a run that has ended exits with {said.code}: {said.err[-200:]}"] if said.code not in (0, 3) else []
    )
    wrong += [
        f"a second resume changed {key}: {before.get(key)} → {after.get(key)}"
        for key in after
        if before.get(key) != after[key]
    ]
    if len(stage.facts("start")) != starts:
        wrong.append("a second resume started an agent")
    return wrong


def _kept(stage: Stage) -> dict[str, object]:
    seen = stage.status() or {}
    kept = {key: seen.get(key) for key in ("state", "integration", "counts", "messages")}
    kept["tasks"] = json.dumps(seen.get("tasks"))
    kept["refs"] = stage.git(stage.hub, "for-each-ref")
    kept["theirs"] = stage.git(stage.repo, "for-each-ref")
    return kept


def nothing_in_silence(stage: Stage) -> list[str]:
    """Every task that is not merged has a reason, and where something can be done about it, what to type."""
    seen = stage.status()
    if seen is None:
        return []
    return [
        f"{task['id']} is {task['status']} without a reason"
        for task in seen["tasks"]
        if task["status"] != MERGED and not task["reason"]
    ]


def nothing_unforeseen(stage: Stage) -> list[str]:
    """No program of ours ended by what nobody had thought of: no report of a bug was written, no traceback printed."""
    wrong = [f"a bug was reported: {path.read_text()[-1500:]}" for path in stage.root.rglob("bug-*.txt")]
    told = [*(stage.root / "out").glob("leader-*"), *stage.run.glob("leader.log"), *stage.run.glob("mail/*/worker.log")]
    for path in told:
        data = path.read_bytes()
        if OUR_FRAME.search(data):
            wrong.append(f"a traceback in {path.name}: {data[-1500:].decode(errors='replace')}")
    return wrong


OUR_FRAME = re.compile(rb'File "[^"]*/(swarm|board|inbox)/[^"]*\.py", line')
"""A line of a traceback that leads into the product.  Agents have tracebacks of their own, and so has a Python that is
interrupted before the program begins."""


ORACLES: dict[str, Oracle] = {
    "final-states": final_states,
    "one-start": one_start,
    "tip-holds-what-merged": tip_holds_what_merged,
    "every-value-was-green": every_value_was_green,
    "integration-only-grew": integration_only_grew,
    "nothing-lost": nothing_lost,
    "messages-once": messages_once,
    "checkout-untouched": checkout_untouched,
    "nobody-left": nobody_left,
    "innocents-alive": innocents_alive,
    "nothing-in-silence": nothing_in_silence,
    "nothing-unforeseen": nothing_unforeseen,
    "resume-changes-nothing": resume_changes_nothing,
    "repositories-sound": repositories_sound,
    "secrets-nowhere": secrets_nowhere,
}
"""In the order in which they are asked: those that change something (gc) come late."""


def violations(
    stage: Stage, *, without: frozenset[str] = frozenset(), also: Mapping[str, Oracle] | None = None
) -> dict[str, list[str]]:
    """What all oracles have to object, by their names; nothing at all after a good trial.  `also`: further ones."""
    found = {}
    for name, oracle in {**ORACLES, **(also or {})}.items():
        if name in without:
            continue
        try:
            wrong = oracle(stage)
        except Exception as error:  # noqa: BLE001 (an oracle that can't look is a violation, told with the others)
            wrong = [f"it could not be looked at: {type(error).__name__}: {error}"]
        if wrong:
            found[name] = wrong
    return found
