"""Everything in a work tree as one tree, without disturbing its index; and the repositories that hide inside it.

Knows nothing of branches, refs or tasks.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarm.files import content, free_name
from swarm.git.command import Git, GitFailed, join0, oid, parts0
from swarm.git.index import read_index
from swarm.paths import DOOR

NOT_THE_DOOR = f":(exclude,top,literal){DOOR}"
"""A pathspec for everything except our own directory in the checkout."""

_TAGGED = re.compile(rb"(?:\A|\0)[^H]")
"""An entry of `ls-files -v -z` that is not plainly cached."""


_CONVERTING = ("text", "eol", "crlf", "ident", "filter", "working-tree-encoding")
"""The attributes that make a file differ from what is committed of it."""


@dataclass(frozen=True, slots=True)
class Nested:
    """Repositories inside a work tree, as paths from its top.

    `whole`: directories that are repositories of their own and nothing else.  `inner`: a `.git` in a directory whose
    other files belong to the work tree.  `submodules`: checked out by git itself; their data is outside the work tree.
    """

    whole: tuple[str, ...]
    inner: tuple[str, ...]
    submodules: tuple[str, ...]

    @property
    def foreign(self) -> tuple[str, ...]:
        """Directories that must not be added: git would record a link to a commit that nobody has, or look inside."""
        return self.whole + self.submodules


@contextmanager
def copied_index(git: Git) -> Iterator[dict[str, str]]:
    """An environment in which git uses a copy of the index; where it is missing or damaged, one made from HEAD."""
    with tempfile.TemporaryDirectory(prefix="swarm-index-", dir=git.git_dir, ignore_cleanup_errors=True) as scratch:
        env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        usable = (git.git_dir / "index").is_file()
        if usable:
            # With its time: git trusts a file's stat only if it is older than the index, so a copy that looks younger
            # would hide a change of equal length made in the second in which the index was written.
            shutil.copy2(git.git_dir / "index", Path(scratch) / "index")
        if not usable or git.run("ls-files", "--cached", env=env, ok=(0, 128)).code:
            (Path(scratch) / "index").unlink(missing_ok=True)
            git.run("read-tree", "HEAD", env=env, ok=(0, 128))
        yield env


def hidden(git: Git, env: Mapping[str, str] | None = None) -> tuple[list[str], list[str]]:
    """Paths whose changes git was told not to look at: (assume-unchanged, skip-worktree).  GitFailed: damaged index."""
    found = read_index(git.git_dir / "index") if env is None else None
    if found is not None and not found.hides:
        return [], []
    raw = git.run("ls-files", "-v", "-z", env=env).out
    if not _TAGGED.search(raw):  # nearly always, and 50,000 lines need no look one by one
        return [], []
    entries = [(line[0], line[2:]) for line in parts0(raw)]
    return [path for tag, path in entries if tag.islower()], [path for tag, path in entries if tag in "Ss"]


def unhide(git: Git, assumed: Sequence[str], skipped: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Let git look at these paths again."""
    for flag, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            git.run("update-index", flag, "-z", "--stdin", input=join0(paths), env=env)


def stage_all(git: Git, leave: Iterable[str], env: Mapping[str, str] | None = None) -> None:
    """Bring the index to what is in the work tree: new, changed and deleted files, except the door and `leave`."""
    pathspecs = [f":(exclude,top,literal){path}" for path in (*leave, *_untouched(git, env))]
    from_input = ("--pathspec-from-file=-", "--pathspec-file-nul") if pathspecs else ()
    git.run("add", "-A", *from_input, input=join0(pathspecs), env=env)
    # Afterwards and not as a pathspec: `add` fails on one that names an ignored path, as the door usually is.
    git.run("rm", "-r", "-q", "--cached", "--ignore-unmatch", "--", f":(top,literal){DOOR}", env=env)


def _untouched(git: Git, env: Mapping[str, str] | None) -> list[str]:
    """Files that git calls modified although they are just as a checkout of the index writes them.

    Their committed form breaks the rules of .gitattributes (line ends, `ident`, an encoding).  Added again they would
    become a change that nobody made, in every branch at once, or git could not even read them.
    """
    entries = iter(git.lines0("diff-files", "-z", "--diff-filter=M", "--ignore-submodules=all", env=env))
    modified = [path for entry, path in zip(entries, entries, strict=True) if _is_file(*entry.split(" ")[:2])]
    converted = _converted(git, modified, env)
    if not converted:
        return []
    assert git.work_tree
    with tempfile.TemporaryDirectory(prefix="swarm-files-", dir=git.git_dir, ignore_cleanup_errors=True) as scratch:
        names = join0(converted)
        git.run("checkout-index", "-q", "-f", "-z", "--stdin", f"--prefix={scratch}/", input=names, env=env)
        return [path for path in converted if content(Path(scratch) / path) == content(git.work_tree / path)]


def _is_file(before: str, after: str) -> bool:
    """Modes in a raw diff: the same regular file, not a link, and not one that became executable."""
    return before.removeprefix(":") == after and after.startswith("100")


def _converted(git: Git, paths: Sequence[str], env: Mapping[str, str] | None) -> list[str]:
    """Those of these paths that .gitattributes has git convert on their way in and out."""
    if not paths:
        return []
    done = git.run("check-attr", "-z", "--stdin", *_CONVERTING, input=join0(paths), env=env)
    fields = iter(parts0(done.out))
    values = zip(fields, fields, fields, strict=True)
    return list(dict.fromkeys(path for path, _, value in values if value not in ("unspecified", "unset")))


def staged(git: Git, env: Mapping[str, str] | None = None) -> str | None:
    """The index as a tree; None where it can't be one, because it holds conflicts."""
    done = git.run("write-tree", ok=(0, 128), env=env)
    return oid(done.out.decode().strip()) if done.code == 0 else None


def snapshot(git: Git, leave: Iterable[str], env: Mapping[str, str]) -> str:
    """Everything that is not ignored, as a tree.  `env` is that of `copied_index`.

    Hidden changes count too; a file that a sparse checkout left out is not a deletion.
    """
    assumed, skipped = hidden(git, env)
    assert git.work_tree
    present = [path for path in skipped if os.path.lexists(git.work_tree / path)]
    unhide(git, assumed, present, env)
    stage_all(git, leave, env)
    tree = staged(git, env)
    if tree is None:
        raise GitFailed(("write-tree",), 128, "the copied index could not be written as a tree")
    return tree


def nested(git: Git, env: Mapping[str, str] | None = None) -> Nested:
    """The repositories inside the work tree, except in ignored directories."""
    assert git.work_tree
    links: set[str] = set()
    files: list[str] = []
    for line in git.lines0("ls-files", "-s", "-z", env=env):
        mode, _, rest = line.partition(" ")
        path = rest.partition("\t")[2]
        if mode == "160000":
            links.add(path)
        else:
            files.append(path)
    others = git.lines0("ls-files", "-o", "-z", "--exclude-standard", "--", NOT_THE_DOOR, env=env)
    files += [path for path in others if not path.endswith("/")]
    filled = [path for path in sorted(links) if os.path.lexists(git.work_tree / path / ".git")]
    submodules = tuple(path for path in filled if _is_submodule(git, path))
    whole = [path.rstrip("/") for path in others if path.endswith("/")]
    whole += [path for path in filled if path not in submodules]
    inner = [path for path in sorted(directories(files)) if os.path.lexists(git.work_tree / path / ".git")]
    return Nested(tuple(whole), tuple(f"{path}/.git" for path in inner), submodules)


def _is_submodule(git: Git, path: str) -> bool:
    assert git.work_tree
    link = content(git.work_tree / path / ".git") or b""
    target = git.work_tree / path / os.fsdecode(link.removeprefix(b"gitdir: ").strip())
    return link.startswith(b"gitdir: ") and Path(os.path.realpath(target)).is_relative_to(git.git_dir / "modules")


def directories(files: Iterable[str]) -> set[str]:
    """All directories above these files, without the top."""
    found: set[str] = set()
    for path in files:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def move_out(work_tree: Path, paths: Iterable[str], rescued: Path) -> None:
    """Move these paths of the work tree to the same names under `rescued`."""
    for path in paths:
        target = free_name(rescued / path)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(work_tree / path, target)
