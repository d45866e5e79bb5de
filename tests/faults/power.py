"""The campaign of power losses: state and repository on an ext4 of their own, which loses what was not flushed.

The disk is shut down in mid-run by the ioctl that file system tests use: nothing more reaches it, not even the log in
memory.  All processes are killed, the disk is mounted again and replays its log, the boot has another name, and the run
is taken up.  What a verb had acknowledged has to be there, both repositories have to be sound, and the run has to end
as the model says.

What ext4 does not show: every fsync commits the one log of the whole file system, so a directory that nobody fsynced is
durable with the next fsync of anything else.  A rename that is not followed by any fsync at all is lost for certain;
one that is followed by a stranger's is not.  `commit=300` keeps the log's own pace out of it.  Torn sectors and
reordered writes below the file system's log are not shown either.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import struct
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from enclosure import DISKS
from footprint import picture
from moments import lines_of, wait_for_lines
from scenario import Scenario, random_scenario, small
from stage import Stage
from trial import Trial

SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)."""
NO_LOG_FLUSH = 2
"""What was not on the disk is lost, the log in memory included."""

BAD_REFS = 8
"""git fsck's exit code for refs alone, the HEADs of worktrees among them; objects are 1 and 2, packs 4."""

BOOT_ID = "/proc/sys/kernel/random/boot_id"

OPTIONS = {
    "ordered": "data=ordered,commit=300",
    "writeback": "data=writeback,commit=300,noauto_da_alloc",
    "nodelalloc": "data=ordered,commit=300,nodelalloc",
    "noauto": "data=ordered,commit=300,noauto_da_alloc",
}
"""Mount options by the names that trials bear."""


@dataclass
class Disk:
    """An ext4 on a loop device, with the stage's state and repository on it."""

    stage: Stage
    options: str
    boots: int = 0

    @property
    def image(self) -> Path:
        """The file that is the disk."""
        return self.stage.root / "disk.img"

    @property
    def place(self) -> Path:
        """Where it is mounted as a whole."""
        return self.stage.root / "disk"

    def make(self) -> None:
        """Move state and repository onto a new disk."""
        with self.image.open("wb") as file:
            file.truncate(256 << 20)
        _call("mkfs.ext4", "-q", str(self.image))
        self.place.mkdir()
        _call("mount", "-o", f"loop,{self.options}", str(self.image), str(self.place))
        for one in (self.stage.state, self.stage.repo):
            _call("cp", "--archive", str(one), str(self.place))
        _call("sync", "--file-system", str(self.place))
        self._bind()
        self.stage.before = picture(self.stage.repo)
        self.stage.undo.append(self._put_away)
        self.new_boot()

    def _bind(self) -> None:
        for one in (self.stage.state, self.stage.repo):
            _call("mount", "--bind", str(self.place / one.name), str(one))

    def new_boot(self) -> None:
        """Another boot of this machine, by its name."""
        self.boots += 1
        name = self.stage.root / f"boot-{self.boots}"
        name.write_text(f"{self.boots:08d}-0000-4000-8000-000000000000\n")
        _call("mount", "--bind", str(name), BOOT_ID)
        self.stage.undo.append(lambda: _call("umount", BOOT_ID))

    def lose_power(self) -> None:
        """From now on nothing reaches the disk; all processes die; the machine comes up again."""
        descriptor = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(descriptor)
        self.stage.note("the power is gone")
        _kill_all(self.stage)
        self._unmount()
        _call("mount", "-o", f"loop,{self.options}", str(self.image), str(self.place))
        self._bind()
        self.new_boot()
        self.stage.note("the machine is up again")

    def _unmount(self) -> None:
        for one in (self.stage.state, self.stage.repo, self.place):
            for _ in range(200):
                done = subprocess.run(["umount", str(one)], capture_output=True, text=True)
                if done.returncode == 0:
                    break
                time.sleep(0.05)  # the last process that had something open is being taken down
            else:
                raise RuntimeError(f"{one} could not be unmounted: {done.stderr} {self.stage.pids()}")

    def _put_away(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._unmount()


def _call(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")


def _kill_all(stage: Stage) -> None:
    """The machine is off: nobody of ours is alive."""
    patience = time.monotonic() + 30
    while (left := stage.pids()) and time.monotonic() < patience:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for leader in stage.leaders:
            leader.poll()
        time.sleep(0.02)


@dataclass
class Witness:
    """Somebody outside who writes down what the tool has acknowledged.

    What `status` shows counts once a later look shows a greater number: by then what it showed had been flushed, as the
    leader writes nothing more to its journal before that.
    """

    stage: Stage
    sent: list[str] = field(default_factory=list)
    sure: dict[str, Any] = field(default_factory=dict)
    _seen: dict[str, Any] = field(default_factory=dict)
    _over: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Look, and send, until `end`."""
        self._threads = [Thread(target=self._look), Thread(target=self._send)]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Stop looking: whatever is answered from now on does not count."""
        self._over.set()

    def wait(self) -> None:
        """Until nobody looks any more."""
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                seen = self.stage.status()
            except (OSError, subprocess.SubprocessError):
                continue
            if self._over.is_set() or seen is None:
                continue
            if self._seen and seen["seq"] > self._seen["seq"]:
                self.sure = self._seen
            if not self._seen or seen["seq"] > self._seen["seq"]:
                self._seen = seen

    def _send(self) -> None:
        number = 0
        while not self._over.is_set():
            if self.stage.has_run():
                text = f"word-{number}"
                said = self.stage.swarm("send", "last" if number % 2 else "operator", text)
                if said.code == 0 and not self._over.is_set():
                    self.sent.append(text)
                number += 1
            self._over.wait(0.15)

    def objections(self) -> list[str]:
        """What was acknowledged and is not there now."""
        now = self.stage.status()
        if now is None:
            return ["the run is gone"] if self.sure else []
        wrong = [] if now["seq"] >= self.sure.get("seq", 0) else [f"seq {now['seq']} after {self.sure['seq']}"]
        was = {task["id"]: task for task in self.sure.get("tasks", ())}
        for task in now["tasks"]:
            before = was.get(task["id"], {})
            if before.get("status") == "merged" and task["status"] != "merged":
                wrong.append(f"{task['id']} was merged, and is {task['status']}")
            if _is_sealed(before) and before["attempt"] == task["attempt"] and before["commit"] != task["commit"]:
                wrong.append(f"{task['id']} was sealed at {before['commit']}, and is at {task['commit']}")
        tip = self.sure.get("integration")
        if tip and not _is_ancestor(self.stage, tip, now["integration"]):
            wrong.append(f"the tip was {tip[:10]}, and is {now['integration']}")
        return wrong + self._unheard()

    def _unheard(self) -> list[str]:
        """Messages that were taken and stand in no journal and no box."""
        held = (self.stage.run / "journal.jsonl").read_bytes()
        held += b"".join(path.read_bytes() for path in self.stage.run.glob("mail/*/*/*/*") if path.is_file())
        return [f"{text} was sent, and is nowhere" for text in self.sent if not _stands(text, held)]


def _is_sealed(task: Mapping[str, Any]) -> bool:
    """Whether the work of its present attempt is in a commit; until then the one shown may be of an earlier one."""
    return task.get("status") in ("sealed", "verifying", "review", "merged") and bool(task["commit"])


def _stands(text: str, held: bytes) -> bool:
    return any(text.encode() + end in held for end in (b'"', b"\n", b"\\")) or held.endswith(text.encode())


def _is_ancestor(stage: Stage, old: str, new: str | None) -> bool:
    if new is None:
        return False
    done = subprocess.run(["git", "-C", str(stage.hub), "merge-base", "--is-ancestor", old, new], env=stage.env,
                          capture_output=True)  # fmt: skip
    return done.returncode == 0


def _forget_what_was_not_sealed(stage: Stage, witness: Witness) -> None:
    """Files that an agent wrote and nobody had sealed yet were only in memory: nobody promised those.

    Their marks are taken out of the ledger, save for attempts that were known to be sealed.
    """
    known = {
        f"{task['id']}.{number}"
        for task in witness.sure.get("tasks", ())
        for number in range(1, task["attempt"] + _is_sealed(task))
    }
    lines = stage.ledger.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("mark ") or line.split()[1] in known]
    stage.ledger.write_text("".join(f"{line}\n" for line in kept))
    stage.note(f"{len(lines) - len(kept)} marks were in memory only")


def _lost(mount: str, times: int) -> Any:
    def disturb(stage: Stage, chance: random.Random) -> None:
        disk = Disk(stage, OPTIONS[mount])
        disk.make()
        for _ in range(times):
            witness = Witness(stage)
            witness.begin()
            before = lines_of(stage)
            leader = stage.take_up()
            wait_for_lines(stage, leader, before + chance.randint(0, 9 * len(stage.scenario.jobs)))
            time.sleep(chance.choice((0.0, 0.0, 0.01, 0.05, 0.2)))
            stage.note(f"at line {lines_of(stage)}")
            witness.end()
            disk.lose_power()
            witness.wait()
            _check(stage, witness)
            if stage.has_run() and stage.is_over():
                break

    return disturb


def _check(stage: Stage, witness: Witness) -> None:
    stage.note(f"acknowledged: seq {witness.sure.get('seq')}, {len(witness.sent)} messages {witness.sent[-3:]}")
    _forget_what_was_not_sealed(stage, witness)
    wrong = witness.objections() + _unsound(stage)
    if wrong:
        raise RuntimeError("after the power loss: " + "; ".join(wrong))


def _unsound(stage: Stage) -> list[str]:
    """What fsck says of both repositories straight after the loss, before anything was mended.

    Of the hub's refs it says nothing here: git flushes no file of `worktree add`, and a half-made admin directory of
    ours is mended when the run is taken up; the oracles ask again at the end.
    """
    wrong = []
    places = [stage.repo, *(stage.state / "swarm").glob("*-*/hub.git")]
    for place in places:
        done = subprocess.run(["git", "-C", str(place), "fsck", "--strict", "--no-dangling"], env=stage.env,
                              capture_output=True, text=True)  # fmt: skip
        half_made = place.name == "hub.git" and done.returncode == BAD_REFS
        if done.returncode != 0 and not half_made:
            wrong.append(f"git fsck in {place.name}: {done.returncode} {done.stderr.strip()[-400:]}")
    return wrong


def _scenario(number: int) -> Any:
    executor = "tmux" if number % 5 == 4 else "process"

    def make(chance: random.Random) -> Scenario:
        return small("power", executor) if number // 4 % 2 == 0 else random_scenario("power", chance, executor)

    return make


def _trial(mount: str, number: int) -> Trial:
    return Trial(
        f"power/{mount}-{number}", _scenario(number), _lost(mount, 1 + number % 3), restarts=4,
        enclosure=DISKS,
    )  # fmt: skip


def fast() -> list[Trial]:
    """One loss."""
    return [_trial("writeback", 0)]


def whole(first: int) -> list[Trial]:
    """Forty trials with one, two or three losses each, over all mount options."""
    mounts = sorted(OPTIONS)
    return [_trial(mounts[number % len(mounts)], number) for number in range(first, first + 40)]
