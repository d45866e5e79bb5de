"""Kinds of agents that do good work (most of them) and something beside it that agents are known to do.

Each leaves marks as the kinds of actor.py do.  Three further facts stand in the ledger here: `kept KEY WORD` (must be
somewhere, but need not be in what is merged), `undone KEY WORD` (somebody else's, taken out on purpose by this work),
and `asks KEY` / `heard KEY` (a person is waited for).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from hand import LEDGER, TASK, left, mark, put

SWARM = (sys.executable, "-P", "-m", "swarm")

VEILED = """
import signal, time
for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(sig, signal.SIG_IGN)
time.sleep(900)
"""


def git(*args: str, check: bool = True) -> str:
    """git as an agent would call it: it finds its repository by itself."""
    done = subprocess.run(["git", *args], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        print(done.stderr, flush=True)
        raise SystemExit(5)
    return done.stdout.strip()


def swarm(*args: str) -> int:
    """A verb of the tool; what it answers is ours to print."""
    done = subprocess.run([*SWARM, *args], stdin=subprocess.DEVNULL, check=False)
    return done.returncode


def write(name: str = "") -> None:
    """The plain good work: one new file with a mark."""
    word = mark()
    put(f"out/{TASK}{name}.txt", f"{word}\n")
    left(word)


def kept(word: str) -> None:
    """This mark has to be somewhere in the end."""
    LEDGER.note("kept", word)


def veiled() -> int:
    """A process left behind: its parent gone, in a session of its own, with an empty environment, deaf."""
    _leave_behind(close=False)
    write()
    return 0


def severed() -> int:
    """The same with every descriptor closed: once its worker's program was killed, nothing is left to know it by but
    a sandbox."""
    _leave_behind(close=True)
    write()
    return 0


def _leave_behind(*, close: bool) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            if close:
                os.closerange(0, 4096)
            name = "severed" if close else "veiled"
            os.execve(sys.executable, [sys.executable, "-S", "-E", "-c", VEILED, name, str(LEDGER.path)], {})
        os._exit(0)
    os.wait()


def deaf() -> int:
    """Good work of somebody who hears neither TERM nor HUP."""
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(sig, signal.SIG_IGN)
    write()
    return 0


def nested() -> int:
    """A whole repository inside the worktree."""
    word = mark()
    put(f"deps/{TASK}/inner.txt", f"{word}\n")
    git("init", "--quiet", f"deps/{TASK}")
    git("-C", f"deps/{TASK}", "add", "--all")
    git("-C", f"deps/{TASK}", "commit", "--quiet", "--message", "inner")
    kept(word)
    write()
    return 0


def deletes() -> int:
    """Takes the files of the others away."""
    mine = mark()
    for path in [*Path("out").glob("*.txt")]:
        words = [word for word in path.read_text().split() if word.startswith("mark-")]
        path.unlink()
        for word in words:
            LEDGER.note("undone", word)
    put(f"out/{TASK}.txt", f"{mine}\n")
    left(mine)
    return 0


def modes() -> int:
    """Executable files, read-only ones, a directory in which nothing may be made, a link to elsewhere."""
    write()
    put(f"modes/{TASK}/a", "a\n")
    put(f"modes/{TASK}/b", "b\n")
    os.chmod(f"modes/{TASK}/a", 0o755)
    os.chmod(f"modes/{TASK}/b", 0o400)
    os.symlink("/etc", f"modes/{TASK}/link")
    os.chmod(f"modes/{TASK}", 0o555)
    return 0


def stashes() -> int:
    """Puts one change away and makes another."""
    word = mark()
    put("shared.txt", f"{word}\n", append=True)
    git("stash", "push", "--quiet")
    kept(word)
    write()
    return 0


def switches() -> int:
    """Works on a branch of its own."""
    git("checkout", "--quiet", "-B", f"other-{TASK}")
    write("-1")
    git("add", "--all")
    git("commit", "--quiet", "--message", "elsewhere")
    write("-2")
    return 0


def detaches() -> int:
    """Works on no branch at all."""
    git("checkout", "--quiet", "--detach")
    write("-1")
    git("add", "--all")
    git("commit", "--quiet", "--message", "nowhere")
    write("-2")
    return 0


def resets() -> int:
    """Goes back by one commit first; what was there is somebody else's."""
    git("reset", "--quiet", "--hard", "HEAD~1", check=False)
    write()
    return 0


def collects() -> int:
    """Tidies up a repository that it takes for its own."""
    write()
    git("worktree", "prune", check=False)
    git("gc", "--quiet", "--prune=now", check=False)
    return 0


def locks() -> int:
    """Leaves what a killed git leaves."""
    write("-1")
    git("add", "--all")
    git("commit", "--quiet", "--message", "one")
    write("-2")
    own, branch = git("rev-parse", "--absolute-git-dir"), git("symbolic-ref", "HEAD")
    common = git("rev-parse", "--path-format=absolute", "--git-common-dir")
    for lock in (f"{own}/index.lock", f"{own}/HEAD.lock", f"{common}/{branch}.lock"):
        Path(lock).touch()
    return 0


def signs() -> int:
    """Commits under a name of its own, and writes it into the configuration."""
    git("config", "user.name", "Somebody Else", check=False)
    git("config", "user.email", "else@example.invalid", check=False)
    write("-1")
    git("add", "--all")
    git("-c", "user.name=Else", "commit", "--quiet", "--author", "Else <e@example.invalid>", "--message", "mine")
    write("-2")
    return 0


def chats() -> int:
    """A word to everybody, to one worker and to the operator."""
    for whom, text in (("all", "hello all"), ("worker-1", "hello you"), ("operator", f"{TASK} is at it")):
        swarm("send", whom, text)
    write()
    return 0


def asks() -> int:
    """Goes on once a person has answered."""
    LEDGER.note("asks")
    if swarm("ask", f"may {TASK} go on?") != 0:
        return 4
    LEDGER.note("heard")
    write()
    return 0


def says_done() -> int:
    """Its word counts for more than its exit status."""
    write()
    swarm("done", "all is well")
    return 9


def gives_up() -> int:
    """The same the other way round."""
    write()
    swarm("fail", "it can't be done")
    return 0


def uproots() -> int:
    """Makes a repository of its own of the worktree."""
    Path(".git").unlink(missing_ok=True)
    write("-1")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "all new")
    write("-2")
    return 0


def unlinks() -> int:
    """Takes the worktree's link to its repository away, and the door with it."""
    write()
    Path(".git").unlink(missing_ok=True)
    shutil.rmtree(".swarm", ignore_errors=True)
    return 0


def wipes() -> int:
    """Nothing is left of the tree but what it wrote itself: no gate lets that through."""
    for path in Path().iterdir():
        if path.name not in (".git", ".swarm"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    write()
    return 0


def evicts() -> int:
    """Clears its worker's mail directory away, whoever needs it."""
    write()
    shutil.rmtree(os.environ["SWARM_MAIL"], ignore_errors=True)
    return 0


def forgets() -> int:
    """Removes the directory of its own attempt."""
    write()
    shutil.rmtree(os.environ["SWARM_ATTEMPT_DIR"], ignore_errors=True)
    return 0


KINDS = (
    veiled, severed, deaf, nested, deletes, modes, stashes, switches, detaches, resets, collects, locks, signs, chats,
    asks, says_done, gives_up, uproots, unlinks, wipes, evicts, forgets,
)  # fmt: skip
