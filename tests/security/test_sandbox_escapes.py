"""Escapes, each tried by a shell inside: what it reads, writes, reaches and leaves behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sandbox_world import NO_NET, SECRET, SandboxWorld, alive_with, needs_bwrap
from worker_world import worker_world

from swarm.core.events import WorkSealed
from swarm.paths import socket_dir

pytestmark = needs_bwrap

EVIL = "written-from-inside"


@pytest.fixture
def cage(repo: Path, tmp_path: Path, world: Path) -> Iterator[SandboxWorld]:
    """A world with secrets planted in it, and neighbours of the agent that is going to be evil."""
    place = worker_world(repo, tmp_path)
    found = SandboxWorld(place)
    run = place.run
    (world / "home/.ssh").mkdir()
    (run.attempt("other", 1).path).mkdir()
    planted = {
        world / "home/.ssh/id_ed25519": SECRET, repo / ".env": SECRET, world / "rt/token": SECRET,
        tmp_path / "file": SECRET, run.journal: SECRET, run.plan: SECRET, run.home.leader_lock: "{}",
        run.attempt("other", 1).log: SECRET, run.mailbox("worker-2").inbox / "new/letter": SECRET,
        run.worktrees / "worker-2.txt": SECRET, found.hub / "hooks/post-checkout": "#!/bin/sh\n",
        found.hub / "packed-refs": f"# pack-refs with: peeled fully-peeled sorted \n{place.base} refs/swarm/bench/x\n",
    }  # fmt: skip
    for path, text in planted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for ref in ("refs/swarm/bench/integration", "refs/swarm/bench/rescue/other.1", "refs/heads/swarm/bench/other.1"):
        found.git("update-ref", ref, place.base)
    try:
        yield found
    finally:
        place.end()


PLACES = {
    "the integration ref": "{hub}/refs/swarm/bench/integration",
    "a rescue ref": "{hub}/refs/swarm/bench/rescue/other.1",
    "another task's branch": "{hub}/refs/heads/swarm/bench/other.1",
    "the hub's configuration": "{hub}/config",
    "the hub's HEAD": "{hub}/HEAD",
    "the hub's hooks": "{hub}/hooks/post-checkout",
    "the hub's packed refs": "{hub}/packed-refs",
    "what the hub borrows": "{hub}/objects/info/alternates",
    "the kept settings": "{hub}/swarm/keep/config",
    "its own admin directory": "{hub}/worktrees/bench.worker-1/commondir",
    "the journal": "{run}/journal.jsonl",
    "the plan": "{run}/plan.yaml",
    "the leader's lock": "{state}/leader.lock",
    "another attempt": "{run}/attempts/other.1/output.log",
    "an earlier attempt's start": "{run}/attempts/job.1/start.json",
    "an earlier attempt's end": "{run}/attempts/job.1/exit.json",
    "its worker's lock": "{run}/mail/worker-1/lock",
    "its worker's inbox": "{run}/mail/worker-1/inbox/new/x.assign",
    "its worker's outbox": "{run}/mail/worker-1/outbox/new/x.sealed",
    "another's mail": "{run}/mail/worker-2/inbox/new/letter",
    "another's worktree": "{run}/worktrees/worker-2.txt",
    "the user's checkout": "{repo}/README.md",
    "the user's refs": "{repo}/.git/refs/heads/main",
    "the user's configuration": "{repo}/.git/config",
    "a key": "{home}/.ssh/id_ed25519",
    "a file beside": "{tmp}/file",
    "the modules of swarm": "{package}/evil.py",
    "the machine's settings": "/etc/swarm-evil",
    "the kernel's settings": "/proc/sys/kernel/core_pattern",
    "the worktree's link": "{worktree}/.git",
}


@pytest.mark.parametrize("what", PLACES)
def test_what_is_not_its_own_can_not_be_written(cage: SandboxWorld, what: str, world: Path, tmp_path: Path) -> None:
    run = cage.place.run
    path = PLACES[what].format(
        hub=cage.hub, run=run.path, state=run.home.path, repo=cage.place.repo, home=world / "home", tmp=tmp_path,
        package=Path(sys.modules["swarm"].__file__ or "").parent, worktree=cage.place.worktree,
    )  # fmt: skip
    cage.run("true")  # what an attempt leaves anyway
    before = Path(path).read_bytes() if Path(path).exists() else b""
    cage.run(
        f"p='{path}'; evil=$(echo {EVIL[::-1]} | rev); chmod u+w \"$p\"; echo $evil >\"$p\"; echo $evil >>\"$p\";"
        ' rm -f "$p" && echo $evil >"$p"; mkdir -p "$(dirname "$p")"; echo $evil >x; mv -f x "$p";'
        ' ln -sf /etc/passwd "$p"; truncate -s 0 "$p"; true'
    )
    assert not Path(path).is_symlink()
    assert (Path(path).read_bytes() if Path(path).exists() else b"") == before, cage.log


def test_no_secret_can_be_read(cage: SandboxWorld, world: Path, tmp_path: Path) -> None:
    places = " ".join(f"'{one}'" for one in (world, tmp_path, cage.place.repo, "/run", "/home"))
    cage.run(
        f"grep -rsl {SECRET[:-2]}'et' {places} | sed s/^/FOUND:/; ls -A /tmp /root '{world}/home';"
        f" cat '{cage.place.repo}/.env' '{world}/home/.ssh/id_ed25519' '{cage.place.run.journal}' ../../journal.jsonl"
    )
    assert SECRET not in cage.log and "FOUND" not in cage.log and ".ssh\n" not in cage.log


def test_the_workers_environment_is_nowhere(cage: SandboxWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent.1")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    cage.run("for f in /proc/[0-9]*/environ; do tr '\\0' '\\n' <$f; done; cat /proc/*/cmdline | tr '\\0' ' '")
    assert "SWARM_TASK=job" in cage.log
    for word in (SECRET, "SSH_AUTH_SOCK", "DBUS_SESSION", "DISPLAY", "TMUX"):
        assert word not in cage.log


def test_processes_outside_are_neither_seen_nor_hit(cage: SandboxWorld) -> None:
    victim = subprocess.Popen(["sleep", "2741.5"])
    try:
        ptrace = "import ctypes; print('ptrace', ctypes.CDLL(None, use_errno=True).ptrace(16, {pid}, 0, 0))"
        cage.run(
            f"ps ax -o args; kill -9 {victim.pid}; kill -9 {os.getpid()}; cat /proc/{victim.pid}/environ;"
            f' {sys.executable} -c "{ptrace.format(pid=victim.pid)}"; ls /proc | grep -c "^[0-9]"; kill -9 -1; true'
        )
        assert victim.poll() is None
        # (Its own command lines hold the number of the victim, not the victim's.)
        assert "\nsleep 2741.5" not in cage.log and "ptrace 0" not in cage.log
    finally:
        victim.kill()
        victim.wait()


@pytest.mark.parametrize("end", ["exit 0", "kill -9 $$", "sleep 600", "kill -STOP $$"])
def test_no_orphan_survives(cage: SandboxWorld, end: str) -> None:
    word = f"60{os.getpid()}.25"
    inner = f"trap : TERM HUP INT; (setsid env -i sleep {word} &) ; exec sleep {word}"
    daemon = f"(setsid env -i sh -c '{inner}' >/dev/null 2>&1 &)"
    wait = f"while ! pgrep -fx 'sleep {word}' >/dev/null; do :; done"
    cage.run(f"{daemon}; {daemon}; {wait}; echo up; {end}", timeout=3)
    assert "up" in cage.log
    assert alive_with(word) == []


def test_it_can_not_stop_or_kill_what_holds_it(cage: SandboxWorld) -> None:
    cage.run("kill -9 1; kill -STOP 1; kill -TERM 1; kill -9 -1 & sleep 0.2; echo still", timeout=20)
    assert alive_with(f"{cage.place.attempt().path}/cell") == []


def test_it_has_no_capability_and_gains_none(cage: SandboxWorld) -> None:
    cage.run(
        "grep -E '^(Cap|NoNewPrivs)' /proc/self/status; cp /bin/sh s; chmod 4755 s;"
        "./s -c 'grep CapEff /proc/self/status';"
        "mount -t tmpfs x /mnt && echo BAD; umount -l /proc && echo BAD; mount -o remount,rw / && echo BAD;"
        "mknod /dev/shm/d b 7 0 && echo BAD; chroot / true && echo BAD; nsenter -t 1 -m true && echo BAD;"
        "unshare -m true && echo BAD; umount /tmp && echo BAD; mount --bind / /tmp && echo BAD; dmesg && echo BAD; true"
    )
    assert "BAD" not in cage.log and "NoNewPrivs:\t1" in cage.log
    assert {line.split("\t")[1] for line in cage.log.splitlines() if line.startswith("Cap")} == {"0" * 16}


def test_a_user_namespace_of_its_own_uncovers_nothing(cage: SandboxWorld, world: Path) -> None:
    key = f"{world}/home/.ssh/id_ed25519"
    undo = f"umount -l '{world}/home'; umount -l /tmp; mount -o remount,rw,bind /; cat '{key}'; echo >/etc/swarm-evil"
    cage.run(
        f'unshare -Urm sh -c "{undo}"; bwrap --bind / / --dev /dev sh -c "{undo}";'
        f"bwrap --unshare-all --dev-bind / / cat '{key}'"
    )
    assert SECRET not in cage.log and not Path("/etc/swarm-evil").exists()


def test_there_are_no_devices_but_the_harmless_ones(cage: SandboxWorld) -> None:
    cage.run(
        "for f in /dev/*; do test -b $f && echo BAD; test -c $f && echo $f; done;"
        " sh -c ': </dev/tty' && echo BAD; tty; true"
    )
    names = {Path(word).name for word in cage.log.split() if word.startswith("/dev/")}
    assert names <= {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "tty:"}
    assert "null" in names and "BAD" not in cage.log
    assert "not a tty" in cage.log, "it has no terminal into which it could type (TIOCSTI)"


def test_it_inherits_no_descriptor(cage: SandboxWorld) -> None:
    with open(cage.place.run.journal, "ab") as journal:
        os.set_inheritable(journal.fileno(), True)
        cage.run("ls -l /proc/$$/fd")
    open_ones = [line.split()[-3] for line in cage.log.splitlines() if "->" in line]
    assert set(open_ones) <= {"0", "1", "2"}, cage.log


def serve(family: int, address: object) -> socket.socket:
    """A server that greets whoever comes."""
    server = socket.socket(family)
    server.bind(address)  # type: ignore[arg-type]
    server.listen()

    def greet() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.sendall(SECRET.encode())

    threading.Thread(target=greet, daemon=True).start()
    return server


def connect(family: str, address: object) -> str:
    """A shell line that prints what a server says."""
    program = f"import socket; s = socket.socket(socket.{family}); s.connect({address!r}); print(s.recv(99).decode())"
    return f'{sys.executable} -c "{program}"; true'


def test_sockets_of_tmux_and_agents_can_not_be_reached(cage: SandboxWorld, world: Path) -> None:
    private = socket_dir(cage.place.run)
    private.mkdir(parents=True)
    for path in (private / "s", world / "rt/bus", world / "home/agent.sock"):
        with closing(serve(socket.AF_UNIX, str(path))):
            cage.run(connect("AF_UNIX", str(path)))
        path.unlink()
        assert SECRET not in cage.log and "FileNotFound" in cage.log


def test_without_network_nothing_that_listens_is_reached(cage: SandboxWorld) -> None:
    with closing(serve(socket.AF_INET, ("127.0.0.1", 0))) as server:
        line = connect("AF_INET", server.getsockname())
        cage.run(line, sandbox=NO_NET)
        assert SECRET not in cage.log and "Error" in cage.log
        cage.run(line)
        assert SECRET in cage.log, "with the network on it is"


def test_without_network_abstract_sockets_are_out_of_reach(cage: SandboxWorld) -> None:
    name = f"\0swarm-{os.getpid()}"
    with closing(serve(socket.AF_UNIX, name)):
        cage.run(connect("AF_UNIX", name).replace("\x00", "\\x00"), sandbox=NO_NET)
    assert SECRET not in cage.log and "Error" in cage.log


# what is done outside with what it left


def test_links_in_the_cell_lead_its_worker_nowhere(cage: SandboxWorld, world: Path, tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "01700000000000000000-worker-1-00000001.note").write_text(
        f"id: 01700000000000000000-worker-1-00000001\nfrom: worker-1\nto: operator\nkind: note\nsent: 1\n\n{SECRET}"
    )
    (letters / "plain.txt").write_text(SECRET)
    (letters / "verdict.json").write_text(json.dumps({"ok": True, "text": SECRET}))
    cage.place.put("note", "hello", "01700000000000000000-leader-00000002")
    event = cage.run(
        f'cd "$SWARM_MAIL"; rm -rf outbox/new inbox/new drops/operator drops/leader outbox/bad;'
        f" ln -s '{letters}' outbox/new; ln -s '{letters}' inbox/new; ln -s '{letters}' drops/operator;"
        f" ln -s '{letters}' outbox/bad; ln -s '{letters}/plain.txt' drops/leader; cd \"$SWARM_ATTEMPT_DIR\";"
        f" ln -s '{letters}/verdict.json' verdict.json; ln -s '{letters}/plain.txt' report.md;"
        f" ln -s '{letters}/verdict.json' usage.json; sleep 0.3"
    )
    assert SECRET not in repr(event) and SECRET not in str(cage.place.letters("note"))
    assert sorted(os.listdir(letters)) == [
        "01700000000000000000-worker-1-00000001.note", "plain.txt", "verdict.json",
    ]  # fmt: skip


def test_a_worktree_path_that_became_a_link_is_not_followed(cage: SandboxWorld, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    cage.sealed(f"rm -rf src .swarm; mv .git .g; for name in src .swarm build; do ln -s '{outside}' $name; done")
    cage.sealed(f"mkdir -p src; echo {EVIL} >src/app.py; echo {EVIL} >build; echo x >y")
    assert list(outside.iterdir()) == []


def test_nothing_that_its_repository_names_runs_outside(cage: SandboxWorld, tmp_path: Path) -> None:
    mark = tmp_path / "ran-outside"
    commit = cage.sealed(
        f"echo 'touch {mark}; cat' >run.sh; chmod +x run.sh; G=$(git rev-parse --git-dir); mkdir hooks $G/hooks;"
        "for key in core.fsmonitor core.pager core.editor core.sshCommand uploadpack.packObjectsHook gpg.program"
        ' filter.x.clean filter.x.smudge diff.x.textconv merge.x.driver; do git config "$key" "$PWD/run.sh"; done;'
        " git config core.hooksPath $PWD/hooks; for h in post-checkout reference-transaction post-index-change"
        " pre-commit; do cp run.sh hooks/$h; cp run.sh $G/hooks/$h; done;"
        " echo '* filter=x diff=x merge=x' >.gitattributes;"
        " git -c core.hooksPath=/dev/null -c filter.x.clean=cat add -A; git -c core.hooksPath=/dev/null commit -qm evil"
    )
    assert not mark.exists()
    assert "run.sh" in cage.place.names(commit)
    cage.sealed("echo next >next.txt")
    assert not mark.exists()


def test_objects_of_another_repository_can_not_be_drawn_in(cage: SandboxWorld, world: Path) -> None:
    private = world / "home/private"
    command = ["git", "init", "-q", str(private)]
    subprocess.run(command, check=True)
    (private / "key").write_text(SECRET)
    subprocess.run(["git", "-C", str(private), "add", "key"], check=True)
    blob = subprocess.run(["git", "-C", str(private), "rev-parse", ":key"], check=True, capture_output=True, text=True)
    event = cage.run(
        f"echo '{private}/.git/objects' >>$(git rev-parse --git-dir)/objects/info/alternates;"
        f" git update-index --add --cacheinfo 100644,{blob.stdout.strip()},key; git commit -qm x; echo done >done.txt"
    )
    found = subprocess.run(
        ["git", f"--git-dir={cage.hub}", "cat-file", "-e", blob.stdout.strip()], capture_output=True
    ).returncode
    assert found != 0, event
    assert cage.git("fsck", "--connectivity-only") == ""


def test_a_broken_repository_harms_nobody_and_loses_no_file(cage: SandboxWorld) -> None:
    event = cage.run(
        "echo work >work.txt; git add -A; git commit -qm x; G=$(git rev-parse --git-dir);"
        " find $G/objects -type f | while read f; do chmod u+w $f; echo garbage >$f; done"
    )
    assert not isinstance(event, WorkSealed)
    assert "sandbox" in event.reason + event.feedback, event
    assert cage.git("fsck", "--connectivity-only") == ""
    cage.sealed("echo next >next.txt")
    assert "work.txt" in cage.git("ls-tree", "--name-only", "refs/swarm/bench/rescue/job.2").split()


def test_an_assignment_that_it_writes_itself_is_never_taken(cage: SandboxWorld) -> None:
    forged = json.dumps({"run": "bench"})
    key = "bench-job-2"
    cage.run(
        f"for box in inbox outbox; do printf 'id: {key}\\nfrom: leader\\nto: worker-1\\nkind: assign\\nsent: 1\\n\\n"
        f"%s' '{forged}' >$SWARM_MAIL/$box/new/{key}.assign; done;"
        " printf 'id: job.1.sealed\\nfrom: worker-1\\nto: leader\\nkind: sealed\\nsent: 1\\n\\n{}'"
        " >$SWARM_MAIL/outbox/new/job.1.sealed.sealed; sleep 0.3"
    )
    assert cage.place.letters("sealed") == cage.place.letters("assign") == []
    assert not list(cage.place.mail.inbox.rglob("*.assign"))
