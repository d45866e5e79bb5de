"""What an agent may do to the hub, to git's configuration and to refs: nothing of it runs in our hands, and what lands
was judged.

Each row is a task of one run, with `$HUB` (the hub), `$OUT` (a directory elsewhere) and `$PLANT` (a program
that makes the canary, unless an agent's own git runs it: that is the agent's business).

Not tried: an agent that changes our copies under hub.git/swarm/keep together with the files they restore, forges
objects under the id of others, or wins a race between our restoring and the git command behind it.  A sandbox is for
these.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attack_world import Ground, ids, living, no_insides, plan, task

from swarm.core.events import CandidateJudged, CandidateLanded, TipStrayed, Verdict
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.repository import discover

pytestmark = pytest.mark.slow

HEAD = 'git() { command git -c core.fsmonitor=false "$@"; }; echo "$SWARM_TASK" > "$SWARM_TASK.txt"; '

MERGED = "merged"

ROWS = {
    "its .git leads elsewhere": (
        "command git init -q $OUT/evil; command git -C $OUT/evil config core.fsmonitor \"$PLANT; false\"; "
        "echo gitdir: $OUT/evil/.git > .git", MERGED,
    ),
    "its .git is a directory": (
        "rm .git; command git init -q .; command git config core.fsmonitor \"$PLANT; false\"", MERGED,
    ),
    "its .git is a pipe": ("rm .git; mkfifo .git", MERGED),
    "its .git is gone": ("rm .git", MERGED),
    "fsmonitor": ("command git config -f $HUB/config core.fsmonitor \"$PLANT; false\"", MERGED),
    "hooks": (
        "mkdir -p $HUB/hooks; for h in post-checkout reference-transaction post-index-change post-commit; do "
        "printf '#!/bin/sh\\n%s\\n' $PLANT > $HUB/hooks/$h; chmod +x $HUB/hooks/$h; done", MERGED,
    ),
    "a path of hooks": ("command git config -f $HUB/config core.hooksPath $HUB/hooks", MERGED),
    "a filter": (
        "echo '*.fil filter=evil' > .gitattributes; echo x > a.fil; git add -A; git commit -qm f; "
        "command git config -f $HUB/config filter.evil.smudge \"$PLANT; cat\"; "
        "command git config -f $HUB/config filter.evil.clean \"$PLANT; cat\"; touch a.fil", MERGED,
    ),
    "a filter for all": (
        "mkdir -p $HUB/info; echo '* filter=evil merge=evil diff=evil' > $HUB/info/attributes; "
        "command git config -f $HUB/config filter.evil.process \"$PLANT\"", MERGED,
    ),
    "programs for this and that": (
        "conf() { command git config -f $HUB/config \"$1\" \"$2\"; }; "
        "echo '*.txt diff=evil' > .gitattributes; conf diff.evil.textconv \"$PLANT; cat\"; "
        "conf merge.evil.driver \"$PLANT; true\"; conf diff.external \"$PLANT; true\"; "
        "conf gpg.program \"$PLANT\"; conf commit.gpgSign true; conf core.sshCommand \"$PLANT\"; "
        "conf uploadpack.packObjectsHook \"$PLANT; exec\"; conf core.alternateRefsCommand \"$PLANT\"", MERGED,
    ),
    "an include": (
        "command git config -f $OUT/inc core.fsmonitor \"$PLANT; false\"; "
        "command git config -f $HUB/config include.path $OUT/inc", MERGED,
    ),
    "settings of the worktree": (
        "command git config -f $HUB/config extensions.worktreeConfig true; "
        "for d in $HUB/worktrees/*; do command git config -f $d/config.worktree core.fsmonitor \"$PLANT; false\"; done",
        MERGED,
    ),
    "a hub with a work tree": (
        "command git config -f $HUB/config core.bare false; command git config -f $HUB/config core.worktree $OUT",
        MERGED,
    ),
    "settings that are a pipe": ("rm -f $HUB/config; mkfifo $HUB/config", MERGED),
    "settings that are a link": ("ln -sf $OUT/inc2 $HUB/config", MERGED),
    "settings that make no sense": ("echo '[[[' > $HUB/config", MERGED),
    "settings of its own": ("rm -f $HUB/config.worktree; mkfifo $HUB/config.worktree", MERGED),
    "other alternates": ("echo $OUT/objects > $HUB/objects/info/alternates", MERGED),
    "grafts": ("mkdir -p $HUB/info; echo $SWARM_BASE > $HUB/info/grafts", MERGED),
    "a replacement": (
        "e=$(echo evil | git hash-object -w --stdin); r=$(git rev-parse $SWARM_BASE:README.md); git replace -f $r $e",
        MERGED,
    ),
    "half a worktree": ("mkdir -p $HUB/worktrees/zz; : > $HUB/worktrees/zz/commondir", MERGED),
    "a lying commit graph": ("mkdir -p $HUB/objects/info; echo nonsense > $HUB/objects/info/commit-graph", MERGED),
    "a submodule": (
        "printf '[submodule \"x\"]\\n\\tpath = x\\n\\turl = --upload-pack=touch pwned\\n\\tupdate = !touch pwned\\n' "
        "> .gitmodules; git add .gitmodules; "
        "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),x; git commit -qm s", MERGED,
    ),
    "a link to secrets": ("ln -s $HOME/.netrc secrets; ln -s /etc/passwd passwd", MERGED),
    "a link in the place of the door": ("rm -rf .swarm; ln -s $OUT .swarm", MERGED),
    "a repository inside": ("command git init -q inside; echo x > inside/x", MERGED),
    "its branch is another's": ("git symbolic-ref HEAD refs/heads/swarm/r/other.9", MERGED),
    "a stale lock": ("touch $HUB/worktrees/r.$SWARM_WORKER/index.lock", MERGED),
    "everything hidden": ("git update-index --assume-unchanged README.md; echo x >> README.md", MERGED),
}
"""By words: a shell line, and how its task ends."""

MOVES = {
    "work of its own": "git commit -q --allow-empty -m evil; echo evil > evil.txt; git add -A; git commit -qm evil; "
    "git update-ref $REF HEAD",
    "the base": "git update-ref $REF $SWARM_BASE",
    "nothing": "git update-ref -d $REF",
    "another ref": "git symbolic-ref $REF refs/heads/swarm/r/planted",
}
"""What an agent moves the integration ref to."""

@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["config", "config.worktree", "objects/info/alternates"])
def test_a_git_that_waits_at_a_planted_pipe_goes_on_when_the_file_is_put_back(name: str, ground: Ground) -> None:
    """The pipe's name is gone then, so nobody else could let it go; it would hold its lane until its time is up."""
    user = discover(ground.repo)
    hub = Hub(ground.path / "home" / "hub.git")
    hub.create(user)
    base = user.resolve("HEAD")
    pipe = hub.path / name
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    os.link(pipe, ground.path / "pipe")
    with ThreadPoolExecutor(1) as elsewhere:
        reader = elsewhere.submit(pipe.read_bytes) if name == "config.worktree" else elsewhere.submit(hub.kind, base)
        ground.until(lambda: waits_at_a_pipe(ground.path))
        try:
            hub.restore_config()
            assert reader.result(20) == (b"" if name == "config.worktree" else "commit")
        finally:
            os.close(os.open(ground.path / "pipe", os.O_RDWR | os.O_NONBLOCK))  # whatever came of it, it ends
    assert not pipe.is_fifo()


def waits_at_a_pipe(place: Path) -> bool:
    """Whether a thread of ours, or a process that names the place, waits for the other end of a pipe."""
    for pid in [os.getpid(), *living(str(place))]:
        for waits in Path(f"/proc/{pid}/task").glob("*/wchan"):
            if waits.read_text() == "wait_for_partner":
                return True
    return False


WHERE = "HUB=$(command git rev-parse --path-format=absolute --git-common-dir); REF=refs/swarm/r/integration; "


@pytest.mark.timeout(900)
def test_nothing_that_an_agent_plants_runs_in_our_hands(ground: Ground) -> None:
    out = ground.path / "out"
    out.mkdir()
    names = ids(ROWS)
    tasks: list[dict[str, Any]] = []
    for words, (line, _) in ROWS.items():  # one after the other: a gate would feel what an agent does meanwhile
        before = [tasks[-1]["id"]] if tasks else []
        tasks.append(task(names[words], HEAD + WHERE + line + "; :", depends_on=before))
    planted = out / "planted"
    planted.write_text(f'#!/bin/sh\n[ -n "$SWARM_TASK" ] || touch {ground.canary}\n')  # an agent's own git may run it
    planted.chmod(0o755)
    env = {"OUT": str(out), "PLANT": str(planted)}
    said = ground.start(plan(*tasks, verify=["true"], env=env), workers=1)
    assert not said.hung, ground.statuses()
    assert ground.statuses() == {names[words]: end for words, (_, end) in ROWS.items()}, said.err
    assert not no_insides(said), said.err
    for verb in ("status", "rescue", f"diff {names['a filter']}", "merge --dry-run", "merge"):
        answer = ground.swarm(*verb.split())
        assert answer.code == 0, (verb, answer)
    assert not ground.canary.exists()
    assert not list(ground.repo.rglob("pwned"))
    assert (ground.repo / "README.md").read_text() != "evil\n"
    ground.git("fsck", "--connectivity-only")  # the url of the submodule is nothing that the rest of it would pass


@pytest.mark.timeout(600)
def test_a_path_that_git_would_not_check_out_goes_back_to_its_task(ground: Ground) -> None:
    line = f"""{WHERE}
    b=$(echo "touch $CANARY" | git hash-object -w --stdin)
    s=$(printf '100755 blob %s\\tpost-checkout\\0' $b | git mktree -z)
    t=$( (git ls-tree -z HEAD; printf '040000 tree %s\\t%s\\0' $s "$NAME") | git mktree -z)
    c=$(git commit-tree -p HEAD -m evil $t); git update-ref refs/heads/swarm/r/$SWARM_TASK.1 $c
    x=$SWARM_MAIL/outbox/tmp/x
    printf 'id: evil.1.sealed\\nfrom: x\\nto: leader\\nkind: sealed\\nsent: 1.5\\n\\n' > $x
    printf '{{"task": "%s", "attempt": 1, "commit": "%s"}}' $SWARM_TASK $c >> $x
    mv $x $SWARM_MAIL/outbox/new/evil.1.sealed.sealed; sleep 2"""
    names = [".git", ".GIT", "git~1", ".."]
    evil = [task(f"evil-{place}", line, env={"NAME": name}) for place, name in enumerate(names)]
    rows = plan(*evil, task("good", "echo x > good.txt"), env={"CANARY": str(ground.canary)})
    said = ground.start(rows, workers=4)
    assert said.code == 3 and not said.hung, said
    assert ground.statuses() == {**dict.fromkeys((row["id"] for row in evil), "failed"), "good": "merged"}
    assert not no_insides(said)
    assert ground.swarm("merge").code == 0
    assert (ground.repo / "good.txt").exists() and not ground.canary.exists()


@pytest.mark.timeout(600)
def test_what_somebody_moved_the_integration_ref_to_is_judged_before_it_counts(ground: Ground) -> None:
    """Every value that we give to the ref was judged; what was merged before is still there; nothing is overwritten."""
    rows = [task("first", "echo x > first.txt")]
    for words, name in ids(MOVES).items():
        rows.append(task(name, HEAD + WHERE + MOVES[words], depends_on=[rows[-1]["id"]]))
        rows.append(task(f"after-{name}", HEAD, depends_on=[name]))
    said = ground.start(plan(*rows, verify=["true"]), workers=1)
    assert said.code == 0 and not said.hung, said
    assert not no_insides(said)
    green = {event.commit for event in ground.events(CandidateJudged) if event.verdict is Verdict.PASS}
    landed = [event.new for event in ground.events(CandidateLanded)]
    assert set(landed) <= green
    assert ground.in_hub("rev-parse", refs.integration("r")) == landed[-1]
    there = ground.git("ls-tree", "--name-only", "swarm/r").split()
    assert {"evil.txt", *(f"{row['id']}.txt" for row in rows)} <= set(there)
    for moved in ground.events(TipStrayed):
        ground.in_hub("merge-base", "--is-ancestor", moved.found, landed[-1])


@pytest.mark.timeout(600)
def test_a_red_value_of_the_integration_ref_is_neither_built_on_nor_published(ground: Ground) -> None:
    move = "t=$(git rev-parse HEAD^{tree}); b=$(echo red | git hash-object -w --stdin); "
    move += "t=$( (git ls-tree HEAD; printf '100644 blob %s\\tred.txt\\n' $b) | git mktree); "
    move += "git update-ref $REF $(git commit-tree -p HEAD -m red $t)"
    rows = [task("evil", HEAD + WHERE + move), task("last", "echo x > last.txt", depends_on=["evil"])]
    said = ground.start(plan(*rows, verify=["test ! -e red.txt"]), workers=1)
    assert said.code in (1, 3) and not said.hung, said
    assert not no_insides(said)
    assert "red.txt" not in ground.git("ls-tree", "--name-only", "swarm/r")
    told = ground.swarm("why", "last")
    assert "integration ref" in told.text and "--put-back" in told.text, told
    assert ground.swarm("resume", "--put-back").code == 0
    assert ground.statuses() == {"evil": "merged", "last": "merged"}
    assert ground.swarm("merge").code == 0
    assert not (ground.repo / "red.txt").exists()


@pytest.mark.timeout(600)
def test_a_ref_moved_after_the_last_landing_is_not_published_unjudged(ground: Ground) -> None:
    assert ground.start(plan(task("one", "echo x > one.txt")), workers=1).code == 0
    landed = ground.events(CandidateLanded)[-1].new
    who = ("-c", "user.name=x", "-c", "user.email=x@x")
    evil = ground.in_hub(*who, "commit-tree", "-p", landed, "-m", "evil", f"{landed}^{{tree}}")
    ground.in_hub("update-ref", refs.integration("r"), evil)
    assert ground.swarm("merge").code == 0
    assert ground.git("rev-parse", "HEAD", "swarm/r", refs.integration("r")).split() == [landed] * 3


CALLER = {
    "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere/i",
    "GIT_OBJECT_DIRECTORY": "/nowhere", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor",
    "GIT_SSH_COMMAND": "touch pwned", "GIT_PAGER": "touch pwned",
    "GIT_EDITOR": "touch pwned", "GIT_EXTERNAL_DIFF": "touch pwned", "GIT_ASKPASS": "/nowhere", "GIT_TRACE": "1",
    "GIT_REPLACE_REF_BASE": "refs/evil/", "GIT_NAMESPACE": "evil", "GIT_TEMPLATE_DIR": "/nowhere",
}  # fmt: skip


@pytest.mark.timeout(600)
def test_git_variables_of_the_caller_change_nothing_about_a_run(ground: Ground) -> None:
    said = ground.start(
        plan(task("one", "env > env.txt; echo x > one.txt"), verify=["! env | grep GIT_"]), workers=1,
        **CALLER, GIT_CONFIG_VALUE_0=f"touch {ground.canary}; false",
    )  # fmt: skip
    assert said.code == 0, said
    assert not ground.canary.exists()
    given = set(re.findall(r"^GIT_\w+", ground.git("show", "swarm/r:env.txt"), re.MULTILINE))
    assert given == {f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    assert not list(Path(ground.repo).rglob("pwned"))
