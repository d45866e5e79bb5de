"""What an agent may do to the files of its own attempt and to its own mail: the run goes on, and each row ends as said.

Each row is a task of one run.  Its shell line has A (the directory of its attempt), M (its worker's mail), OUT (a
directory outside everything of ours) and STRANGER (a process that is nobody's business).

Not tried: an agent that goes on doing this from a process that outlives its attempt (it is ended by its marks; one that
sheds them is for a sandbox), races of microseconds between a look of ours and the act behind it, and an agent that
takes away the record of its start and kills its worker's program again and again: it is begun again each time, until
the worker is given up after ten programs.
"""

from __future__ import annotations

import subprocess

import pytest
from attack_world import Ground, ids, no_insides, plan, task

from swarm.core.events import AttemptEnded

pytestmark = pytest.mark.slow

HEAD = 'A=$SWARM_ATTEMPT_DIR; M=$SWARM_MAIL; echo "$SWARM_TASK" > "$SWARM_TASK.txt"; '
"""In front of every row: names, and a piece of honest work."""

SAYS_WELL = "merged"
SAYS_ILL = "failed"

FIRST = 'if [ ! -e $OUT/$SWARM_TASK.met ]; then touch $OUT/$SWARM_TASK.met; '
DIE = "kill -9 $PPID; sleep 5; fi"
"""The worker's program is killed: the next one finds what was planted."""

ROWS = {
    # what it says of itself
    "verdict is a link": ("ln -s /etc/passwd $A/verdict.json", SAYS_WELL),
    "verdict is a pipe": ("mkfifo $A/verdict.json", SAYS_WELL),
    "verdict is a directory": ("mkdir $A/verdict.json", SAYS_WELL),
    "verdict of a terabyte": ("truncate -s 1T $A/verdict.json", SAYS_WELL),
    "verdict that is deep": ("head -c 900000 /dev/zero | tr '\\0' '[' > $A/verdict.json", SAYS_WELL),
    "verdict of another type": ("""echo '{"ok": "yes", "text": 5}' > $A/verdict.json""", SAYS_WELL),
    "verdict with half a character": ("""echo '{"ok": false, "text": "\\ud800"}' > $A/verdict.json""", SAYS_ILL),
    "verdict that drives a terminal": (
        """printf '{"ok": false, "text": "\\\\u001b]52;c;aGk=\\\\u0007\\\\u001b[2Jx"}' > $A/verdict.json""", SAYS_ILL,
    ),
    "verdict of a million letters": (
        """(printf '{"ok": false, "text": "'; head -c 900000 /dev/zero | tr '\\0' x; printf '"}') > $A/verdict.json""",
        SAYS_ILL,
    ),
    "report is a link": ("ln -s /etc/passwd $A/report.md", SAYS_WELL),
    "report is a pipe": ("mkfifo $A/report.md", SAYS_WELL),
    "report of a terabyte": ("truncate -s 1T $A/report.md", SAYS_WELL),
    "report that is not text": ("printf '\\377\\376\\000\\033]0;x\\007' > $A/report.md", SAYS_WELL),
    "usage is a pipe": ("mkfifo $A/usage.json", SAYS_WELL),
    "usage of true and nothing": ("""echo '{"usd": true, "input_tokens": null}' > $A/usage.json""", SAYS_WELL),
    "usage beyond numbers": ("""echo '{"usd": 1e9999, "input_tokens": -1}' > $A/usage.json""", SAYS_WELL),
    # our own records
    "start is taken away": ("rm $A/start.json", SAYS_WELL),
    "start becomes a pipe": ("rm $A/start.json; mkfifo $A/start.json", SAYS_WELL),
    "exit is written first": ("""echo '{"code": "x", "ended": 7}' > $A/exit.json""", SAYS_WELL),
    "exit is a pipe": ("mkfifo $A/exit.json", SAYS_WELL),
    "exit is a directory": ("mkdir $A/exit.json", SAYS_WELL),
    "exit is a link": ("ln -s $OUT/kept $A/exit.json", SAYS_WELL),
    "lock is taken away": ("rm $A/lock", SAYS_WELL),
    "lock becomes a pipe": ("rm $A/lock; mkfifo $A/lock", SAYS_WELL),
    "log is taken away": ("rm $A/output.log; echo x", SAYS_WELL),
    "log becomes a pipe": ("rm $A/output.log; mkfifo $A/output.log; echo x", SAYS_WELL),
    "log becomes a link": ("ln -sf /etc/passwd $A/output.log; echo x", SAYS_WELL),
    "log becomes a directory": ("rm $A/output.log; mkdir $A/output.log; echo x", SAYS_WELL),
    "log of a terabyte": ("truncate -s 1T $A/output.log", SAYS_ILL),
    "agent is a pipe": ("sleep 0.1; rm -f $A/agent.json; mkfifo $A/agent.json", SAYS_WELL),
    "attempt is taken away": ("rm -rf $A", SAYS_WELL),
    "attempt becomes a file": ("rm -rf $A; touch $A", SAYS_WELL),
    "attempt becomes a pipe": ("rm -rf $A; mkfifo $A", SAYS_WELL),
    "attempt becomes a link": ("rm -rf $A; ln -s $OUT $A", SAYS_WELL),
    "attempt becomes a link to nowhere": ("rm -rf $A; ln -s $OUT/none/none $A", SAYS_WELL),
    # found by the program after one that was killed
    "killed with an exit of words": (
        FIRST + """echo '{"code": "x", "ended": "exited"}' > $A/exit.json; """ + DIE, SAYS_WELL,
    ),
    "killed with an endless exit": (FIRST + """echo '{"code": 1e999}' > $A/exit.json; """ + DIE, SAYS_WELL),
    "killed with start a pipe": (FIRST + "rm $A/start.json; mkfifo $A/start.json; " + DIE, SAYS_WELL),
    "killed with a lock that is a pipe": (FIRST + "rm $A/lock; mkfifo $A/lock; " + DIE, SAYS_WELL),
    "killed with an attempt that is a file": (FIRST + "rm -rf $A; touch $A; " + DIE, SAYS_WELL),
    "killed with agent naming a stranger": (
        FIRST + "while [ ! -e $A/agent.json ]; do sleep 0.02; done; "
        "S=$(awk '{print $22}' /proc/$STRANGER/stat); "
        """printf '{"pid": %s, "start": %s, "boot": "%s"}' $STRANGER $S $(cat /proc/sys/kernel/random/boot_id)"""
        " > $A/agent.json; " + DIE, SAYS_WELL,
    ),
    # the attempt after this one
    "next log is a pipe": (FIRST + "mkdir ${A%1}2; mkfifo ${A%1}2/output.log; exit 1; fi", SAYS_WELL),
    "next lock is a directory": (FIRST + "mkdir -p ${A%1}2/lock; exit 1; fi", SAYS_WELL),
    "next lock is a link": (FIRST + "mkdir -p ${A%1}2; ln -s $OUT/kept ${A%1}2/lock; exit 1; fi", SAYS_WELL),
    "next prompt is a link": (FIRST + "mkdir ${A%1}2; ln -s $OUT/kept ${A%1}2/prompt.md; exit 1; fi", SAYS_WELL),
    "next attempt is a file": (FIRST + "touch ${A%1}2; exit 1; fi", SAYS_WELL),
    "next attempt is a link": (FIRST + "ln -s $OUT ${A%1}2; exit 1; fi", SAYS_WELL),
    "next rescued is a link": (
        FIRST + "mkdir ${A%1}2; ln -s $OUT ${A%1}2/rescued; git init -q deep; exit 1; fi", SAYS_WELL,
    ),
}
"""By words: a shell line, and how its task ends."""

MAIL = {
    "outbox is taken away": ("rm -rf $M/outbox; :", SAYS_WELL),
    "outbox becomes a file": ("rm -rf $M/outbox; touch $M/outbox", SAYS_WELL),
    "outbox becomes a link": ("rm -rf $M/outbox; ln -s $OUT $M/outbox", SAYS_WELL),
    "what is sent becomes a link": ("rm -rf $M/outbox/new; ln -s $OUT $M/outbox/new", SAYS_WELL),
    "what is sent becomes a pipe": ("rm -rf $M/outbox/new; mkfifo $M/outbox/new; :", SAYS_WELL),
    "what is done becomes a file": ("rm -rf $M/outbox/done; touch $M/outbox/done", SAYS_WELL),
    "what is bad becomes a file": (
        "rm -rf $M/outbox/bad; touch $M/outbox/bad; echo x > $M/outbox/new/1-x.sealed", SAYS_WELL,
    ),
    "drafts are taken away": ("rm -rf $M/outbox/tmp", SAYS_WELL),
    "inbox is taken away": ("rm -rf $M/inbox; :", SAYS_WELL),
    "inbox becomes a link": ("rm -rf $M/inbox; ln -s $OUT $M/inbox", SAYS_WELL),
    "what came becomes a link": ("rm -rf $M/inbox/new; ln -s $OUT $M/inbox/new", SAYS_WELL),
    "what was taken becomes a file": ("rm -rf $M/inbox/done; touch $M/inbox/done", SAYS_WELL),
    "drops are taken away": ("rm -rf $M/drops", SAYS_WELL),
    "drops become a link": ("rm -rf $M/drops; ln -s $OUT $M/drops", SAYS_WELL),
    "drops become a pipe": ("rm -rf $M/drops; mkfifo $M/drops; :", SAYS_WELL),
    "drops for nobody": ("mkdir \"$M/drops/No Body\"; echo x > \"$M/drops/No Body/x\"; sleep 0.3", SAYS_WELL),
    "setup stamp is a pipe": ("rm -f $M/setup.done; mkfifo $M/setup.done", SAYS_WELL),
    "setup stamp is a link": ("rm -f $M/setup.done; ln -s $OUT/kept $M/setup.done", SAYS_WELL),
    "setup stamp is a directory": ("rm -f $M/setup.done; mkdir $M/setup.done", SAYS_WELL),
    "worker lock is taken away": ("rm $M/lock", SAYS_WELL),
    "worker lock becomes a pipe": ("rm $M/lock; mkfifo $M/lock; :", SAYS_WELL),
    "worker lock becomes a directory": ("rm $M/lock; mkdir $M/lock; :", SAYS_WELL),
    "worker lock names a stranger": ("""printf '{"pid": %s}' $STRANGER > $M/lock""", SAYS_WELL),
    "displaced is a link": ("ln -s $OUT $M/displaced; rm -rf .swarm; mkdir .swarm; touch .swarm/inbox", SAYS_WELL),
    "mail is taken away": ("rm -rf $M; :", SAYS_WELL),
    "killed with its mail taken away": (FIRST + "rm -rf $M; rm -rf $M; " + DIE, SAYS_WELL),
    "mail is taken away again and again": ("for n in $(seq 60); do rm -rf $M/inbox $M/outbox; done; :", SAYS_WELL),
    "mail becomes a link": ("mv $M $OUT/$SWARM_TASK; ln -s $OUT/$SWARM_TASK $M; :", SAYS_WELL),
}
"""The same for its worker's mail."""

REACH = {
    "gate log is a pipe": ("for n in $(seq 20); do mkfifo $M/../../gates/$n.log 2>&-; done; :", SAYS_WELL),
    "live note is a directory": ("rm -f $M/../../live/r-$SWARM_TASK-1; mkdir $M/../../live/r-$SWARM_TASK-1", SAYS_WELL),
    "live note of words": ("echo '[[' > $M/../../live/r-$SWARM_TASK-1", SAYS_WELL),
    "gates become a file": ("rm -rf $M/../../gates; touch $M/../../gates", SAYS_WELL),
    "landing becomes a link": ("rm -rf $M/../../landing; ln -s $OUT $M/../../landing", SAYS_WELL),
}
"""The same for what is not its own but lies within reach.  One after the other, so that each hurts only itself."""


def survive(ground: Ground, rows: dict[str, tuple[str, str]], workers: int, *, chained: bool) -> None:
    """One run of all rows: each ends as its table says, nothing outside was touched, nobody showed a traceback."""
    out = ground.path / "out"
    out.mkdir()
    (out / "kept").write_text("kept\n")
    names = ids(rows)
    assert len(set(names.values())) == len(rows)
    tasks = []
    for words, (line, _) in rows.items():
        more = {"depends_on": [tasks[-1]["id"]]} if chained and tasks else {}
        tasks.append(task(names[words], HEAD + line, **more))
    stranger = subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
    try:
        env = {"OUT": str(out), "STRANGER": str(stranger.pid)}
        said = ground.start(plan(*tasks, verify=["true"], env=env, limits={"retries": 1}), workers)
        assert stranger.poll() is None, "a stranger was killed"
    finally:
        stranger.kill()
        stranger.wait()
    assert not said.hung, ground.statuses()
    wanted = {names[words]: end for words, (_, end) in rows.items()}
    why = [(event.task, event.reason) for event in ground.events(AttemptEnded) if wanted[event.task] == SAYS_WELL]
    assert ground.statuses() == wanted, why
    assert not no_insides(said), said.err
    assert not list((ground.world / "state").rglob("bug-*")), "a program of ours met a bug"
    assert (out / "kept").read_text() == "kept\n"
    left = {path.name for path in out.iterdir() if path.is_file() and path.suffix != ".met"}
    assert left == {"kept"}, "something of ours was written elsewhere"


@pytest.mark.timeout(900)
def test_what_an_agent_does_to_its_own_files_hurts_nobody_else(ground: Ground) -> None:
    survive(ground, ROWS, 2, chained=False)


@pytest.mark.timeout(900)
def test_what_an_agent_does_to_its_own_mail_hurts_nobody_else(ground: Ground) -> None:
    survive(ground, MAIL, 2, chained=False)


@pytest.mark.timeout(900)
def test_what_an_agent_does_to_files_within_its_reach_stops_nobody(ground: Ground) -> None:
    survive(ground, REACH, 1, chained=True)
