"""What a task costs beside the git that it can't do without: `python benchmarks/tasks.py [--small] [ROW…]`.

Tasks of one shell line, which writes one file, go the whole way: claimed, their worktree switched, the line run,
sealed, merged, landed, published; no gate.  Beside each run, in turns with it, a bare loop of the same: for each task
the switch of a worktree, the shell, status, add, commit, then merge-tree, commit-tree and update-ref, in a bare
repository that fsyncs as ours does.  Where a run has several workers, so many threads share the loop, each with a
worktree of its own.

    chain       each task waits for the one before it; one worker
    fan         no task waits for any; four workers
    layered     ten layers, three upstreams each; four workers
    growth      the first tasks of a plan of 10,000 beside those of a plan of 100

A run is timed from its first claim to its last landing: what starting costs is not in it.  Counts of processes are of
those that our own programs start by name, those of a fetch excepted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from swarm.core import events as e
from swarm.journal import Reader

FILES = 20
MOST_TIMES, MOST_GROWTH = 1.5, 1.2
WHO = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ALONE = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

Graph = dict[str, list[str]]
"""Upstreams by task."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured in turns, and how often."""

    title: str
    graph: Graph
    workers: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Line:
    """Milliseconds a task, in each round, of a run and of what stands beside it; git processes a task."""

    title: str
    tasks: int
    beside: str
    run: list[float]
    limit: list[float]
    gits: float
    most: float

    @property
    def times(self) -> float:
        return statistics.median(self.run) / statistics.median(self.limit)


def rows(small: bool) -> dict[str, Row]:
    """The rows that have a bare loop beside them."""
    long, wide, deep = (20, 40, 4) if small else (100, 1000, 10)
    chain = {f"t{n}": [f"t{n - 1}"] if n else [] for n in range(long)}
    fan: Graph = {f"t{n}": [] for n in range(wide)}
    layer = wide // deep
    layered = {
        f"t{n}": [f"t{(n // layer - 1) * layer + (n + step) % layer}" for step in range(3)] if n >= layer else []
        for n in range(wide)
    }
    rounds = 1 if small else 3
    return {
        "chain": Row(f"chain of {long}, one worker", chain, 1, rounds),
        "fan": Row(f"fan of {wide}, four workers", fan, 4, rounds),
        "layered": Row(f"layered, {wide} tasks with {sum(map(len, layered.values()))} edges", layered, 4, rounds),
    }


def git(where: Path, *args: str) -> str:
    """git as the bare loop runs it."""
    return subprocess.run(
        ["git", *args], cwd=where, env=ALONE, stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True
    ).stdout.strip()


def repository(top: Path) -> Path:
    """A user's repository of a few files."""
    (top / "src").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main", ".")
    for number in range(FILES):
        (top / "src" / f"f{number}").write_text(f"{number}\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "start")
    return top


class Loop:
    """The bare loop: threads that do the same git operations, and nothing else."""

    def __init__(self, top: Path, graph: Graph, workers: int) -> None:
        self.hub, self.graph = top / "hub.git", graph
        git(top, "clone", "-q", "--bare", str(repository(top / "repo")), str(self.hub))
        for setting in ("core.fsync=all", "gc.auto=0", "maintenance.auto=false"):
            git(self.hub, "config", *setting.split("="))
        self.tip = git(self.hub, "rev-parse", "HEAD")
        git(self.hub, "update-ref", "refs/swarm/integration", self.tip)
        self.trees = [top / f"tree-{number}" for number in range(workers)]
        for tree in self.trees:
            git(self.hub, "worktree", "add", "-q", "--detach", str(tree))
        self.landing = threading.Lock()
        self.left = list(reversed(graph))
        self.done: set[str] = set()
        self.moved = threading.Condition()

    def measure(self) -> float:
        """Milliseconds a task."""
        threads = [threading.Thread(target=self.work, args=(tree,)) for tree in self.trees]
        before = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - before) * 1000 / len(self.graph)

    def work(self, tree: Path) -> None:
        while True:
            with self.moved:
                if not self.left:
                    return
                name = self.left.pop()
                self.moved.wait_for(lambda name=name: self.done.issuperset(self.graph[name]))
            self.carry_out(name, tree)
            with self.moved:
                self.done.add(name)
                self.moved.notify_all()

    def carry_out(self, name: str, tree: Path) -> None:
        git(tree, "checkout", "-q", "-f", "-B", name, self.tip)
        subprocess.run(["/bin/sh", "-c", f"echo {name} > {name}"], cwd=tree, stdin=subprocess.DEVNULL, check=True)
        git(tree, "status", "--porcelain")
        git(tree, "add", "-A")
        git(tree, "commit", "-q", "-m", name)
        head = (self.hub / "refs" / "heads" / name).read_text().strip()
        with self.landing:
            made = git(self.hub, "merge-tree", "--write-tree", self.tip, head)
            new = git(self.hub, "commit-tree", made, "-p", self.tip, "-p", head, "-m", f"merge {name}")
            git(self.hub, "update-ref", "refs/swarm/integration", new, self.tip)
            self.tip = new


class Run:
    """A run of swarm on a plan."""

    def __init__(self, top: Path, graph: Graph, workers: int, count: bool = False) -> None:
        self.top, self.graph, self.workers = top, graph, workers
        self.repo = repository(top / "repo")
        tasks = [{"id": name, "command": f"echo {name} > {name}", "depends_on": above} for name, above in graph.items()]
        (top / "tasks.yaml").write_text(json.dumps({"version": 1, "name": "bench", "tasks": tasks}))
        home = {"HOME": str(top), "XDG_STATE_HOME": str(top / "state"), "XDG_RUNTIME_DIR": str(top)}
        self.env = {"PATH": os.environ["PATH"], **home}
        self.log = top / "gits"
        if count:
            self._count()

    def _count(self) -> None:
        """Put in front of git what writes a line for each call."""
        front = self.top / "front"
        front.mkdir()
        other = f'case "$*" in *" fetch "*|*upload-pack*) ;; *) echo >>{self.log};; esac'
        (front / "git").write_text(f'#!/bin/sh\n{other}\nexec {shutil.which("git")} "$@"\n')
        (front / "git").chmod(0o755)
        self.env["PATH"] = f"{front}:{self.env['PATH']}"

    def start(self) -> subprocess.Popen[bytes]:
        words = ("start", "--executor", "process", "--workers", str(self.workers), "--task-file")
        return subprocess.Popen(
            [sys.executable, "-m", "swarm", *words, str(self.top / "tasks.yaml")], cwd=self.repo, env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def entries(self) -> list[e.Entry]:
        found = next((self.top / "state").glob("swarm/*/runs/bench/journal.jsonl"), None)
        return Reader(found).read() if found else []

    def landings(self) -> Iterator[tuple[float, int]]:
        """When something landed, and how many tasks had by then; the first is the moment of the first claim."""
        formed: dict[int, int] = {}
        landed = 0
        for entry in self.entries():
            for event in entry.events:
                if isinstance(event, e.TaskClaimed) and not formed.get(-1):
                    formed[-1] = 1
                    yield entry.mono, 0
                elif isinstance(event, e.CandidateFormed):
                    formed[event.candidate] = len(event.members)
                elif isinstance(event, e.CandidateLanded):
                    landed += formed.get(event.candidate, 0)
                    if landed:
                        yield entry.mono, landed

    def measure(self) -> float:
        """Milliseconds a task, of the whole run."""
        code = self.start().wait()
        times = list(self.landings())
        if code or times[-1][1] != len(self.graph):
            raise SystemExit(f"the run in {self.top} ended with {code}, {times[-1][1]} tasks landed")
        return (times[-1][0] - times[0][0]) * 1000 / len(self.graph)

    def measure_first(self, count: int) -> float:
        """Milliseconds a task, of the first `count`; then the run is stopped."""
        leader = self.start()
        while sum(1 for _ in self.landings()) <= count and leader.poll() is None:
            time.sleep(0.5)  # a look costs as much as the journal is long
        leader.send_signal(signal.SIGTERM)
        leader.wait()
        times = list(self.landings())
        stop = [sys.executable, "-m", "swarm", "stop"]
        subprocess.run(stop, cwd=self.repo, env=self.env, capture_output=True, check=True)
        at, landed = next(one for one in times if one[1] >= count) if times[-1][1] >= count else times[-1]
        return (at - times[0][0]) * 1000 / landed


def compared(row: Row, scratch: Path) -> Line:
    """A row's runs and loops in turns; one more run, slowed down by it, counts the processes."""
    run, limit = [], []
    for number in range(row.rounds):
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            limit.append(Loop(Path(place), row.graph, row.workers).measure())
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            run.append(Run(Path(place), row.graph, row.workers).measure())
        print(f"{row.title}: round {number + 1}: {run[-1]:.1f} ms, {limit[-1]:.1f} ms", file=sys.stderr)
    few = dict(list(row.graph.items())[:50])
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        counting = Run(Path(place), few, row.workers, count=True)
        counting.measure()
        gits = len(counting.log.read_text().splitlines()) / len(few)
    return Line(row.title, len(row.graph), "bare loop", run, limit, gits, MOST_TIMES)


def growth(small: bool, scratch: Path) -> Line:
    """The first tasks of a large plan, and a small one."""
    large, few, rounds = (1_000, 20, 1) if small else (10_000, 100, 3)
    run, limit = [], []
    for _ in range(rounds):
        for count, found in ((few, limit), (large, run)):
            with tempfile.TemporaryDirectory(dir=scratch) as place:
                graph: Graph = {f"t{n}": [] for n in range(count)}
                found.append(Run(Path(place), graph, 4).measure_first(few * 9 // 10))
    return Line(f"fan, a task of {large:,}", large, f"a task of {few}", run, limit, 0.0, MOST_GROWTH)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ms ({min(values):.1f} to {max(values):.1f})"


def markdown(lines: list[Line]) -> str:
    """A table for docs/performance.md."""
    said = ["| | a task | beside it | times | to reach | git processes a task |", "|---|---|---|---|---|---|"]
    for line in lines:
        gits = f"{line.gits:.1f}" if line.gits else ""
        said.append(
            f"| {line.title} | {spread(line.run)} | {line.beside}: {spread(line.limit)} | {line.times:.2f} "
            f"| {line.most} | {gits} |"
        )
    return "\n".join(said)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python benchmarks/tasks.py", description="What a task costs.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="some of: chain, fan, layered, growth")
    parser.add_argument("--small", action="store_true", help="a quick look, with few tasks and one round")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args(argv)
    known = rows(options.small)
    unknown = set(options.rows) - {*known, "growth"}
    if unknown:
        parser.error(f"there is no row {sorted(unknown)[0]!r}")
    lines = []
    with tempfile.TemporaryDirectory(prefix="swarm-tasks-") as scratch:
        for name in options.rows or [*known, "growth"]:
            place = Path(scratch)
            lines.append(compared(known[name], place) if name in known else growth(options.small, place))
    machine = {"python": platform.python_version(), "git": git(Path.cwd(), "version"), "cores": os.cpu_count()}
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": [asdict(line) for line in lines]}, indent=1))
    print(markdown(lines))
    print(f"\n{machine['git']}, Python {machine['python']}, {machine['cores']} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
