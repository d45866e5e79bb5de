"""A repository with a long linear history in which everything odd happens that git can hold, made by git fast-import.

Deterministic: the same length gives the same commits.  Knows git's own tools only.
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FILE, PROGRAM, LINK, GITLINK = b"100644", b"100755", b"120000", b"160000"
AUTHOR = b"Odd <odd@example.invalid>"

ODD_NAMES = (
    b"with space", b" leading space", b"trailing space ", b"tab\there", b'quo"ted', b"apo'strophe", b"back\\slash",
    b"new\nline", b"-leading-dash", b"--", b"$(touch x)", b"`touch y`", b"a;b && c | d > e", b"*", b"[a-z]?",
    b":(top)x", b"!x", b"#hash", b"~", b"@{-1}", b"HEAD", b"x b/x", b"caf\xe9-latin1",
    "größe/日本語/😀".encode(), b"\x01\x7f", b"l" * 200, b"README", b"readme", b"index.lock", b"sub/.swarm/note",
    b"deep/" + b"d/" * 30 + b"file", b'"', b"a\r", b"con.txt",
)  # fmt: skip

ODD_SUBJECTS = (
    b"plain", b"- a list?", b'"quoted" \'twice\'', b"{flow: [map]}", b"key: value # comment", b"%directive", b"null",
    b"", b"*alias &anchor !tag", "größe 日本語 😀 \u2028 \x85".encode(), b"\xff\xfe not utf-8",
    b"tab\tand \x1b[31mred\x1b[0m", b"long " * 400, b"---", b"'", b'"', b"\\", b"<<<<<<< HEAD", b"100", b"~",
    b"\xc2\xa0",
)  # fmt: skip


@dataclass
class History:
    """A stream for git fast-import, and the files as they are after its last commit."""

    files: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    """Path to mode and content."""
    length: int = 0
    _stream: list[bytes] = field(default_factory=list)
    _changes: list[bytes] = field(default_factory=list)

    def put(self, path: bytes, data: bytes, mode: bytes = FILE) -> None:
        """Have a file, link (`data`: its target) or gitlink (`data`: a commit id), in place of whatever is there."""
        for other in [other for other in self.files if other.startswith(path + b"/") or path.startswith(other + b"/")]:
            self.drop(other)
        self.files[path] = mode, data
        if mode == GITLINK:
            self._changes.append(b"M %s %s %s\n" % (mode, data, _quoted(path)))
        else:
            self._changes.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, _quoted(path), len(data), data))

    def drop(self, path: bytes) -> None:
        """Delete a file."""
        del self.files[path]
        self._changes.append(b"D %s\n" % _quoted(path))

    def move(self, old: bytes, new: bytes) -> None:
        """Rename a file."""
        mode, data = self.files[old]
        self.drop(old)
        self.put(new, data, mode)

    def commit(self, subject: bytes = b"") -> None:
        """Commit what was changed since the last one."""
        message = subject or ODD_SUBJECTS[self.length % len(ODD_SUBJECTS)]
        self._stream.append(b"commit refs/heads/main\ncommitter %s %d +0000\n" % (AUTHOR, 1_700_000_000 + self.length))
        self._stream.append(b"data %d\n%s\n" % (len(message), message))
        self._stream += [*self._changes, b"\n"]
        self._changes.clear()
        self.length += 1

    def write(self, repository: Path) -> None:
        """Make the repository with this history on `main`, checked out."""
        repository.mkdir(parents=True)
        for command, stream in (
            (["init", "--quiet", "--initial-branch=main"], b""),
            (["fast-import", "--quiet"], b"".join(self._stream)),
            (["reset", "--quiet", "--hard"], b""),
        ):
            subprocess.run(["git", "-C", str(repository), *command], input=stream, check=True)


def _quoted(path: bytes) -> bytes:
    for plain, escaped in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n"), (b"\r", b"\\r")):
        path = path.replace(plain, escaped)
    return b'"%s"' % path


def odd_history(length: int) -> History:
    """A first commit and `length` more: first one of each oddity, then whatever chance brings."""
    chance = random.Random(length)
    history = History()
    for number in range(40):
        history.put(b"src/module_%d.py" % number, _lines(chance, 30))
    history.put(b"same/one", b"the same\n" * 20)
    history.commit(b"start")
    for story in (_names, _kinds, _file_or_directory, _line_ends, _ignored, _twins):
        story(history, chance)
    assert history.length <= length
    while history.length <= length:
        _ordinary(history, chance)
    return history


def _lines(chance: random.Random, count: int) -> bytes:
    return b"".join(b"%d some line of text\n" % chance.randrange(10**6) for _ in range(count))


def _names(history: History, chance: random.Random) -> None:
    """Every odd name is added alone, then changed, renamed and deleted in company."""
    for name in ODD_NAMES:
        history.put(name, b"in " + name + b"\n")
        history.commit()
    for name in ODD_NAMES[::3]:
        history.put(name, b"again\n" + _lines(chance, 3), PROGRAM)
    history.commit()
    for name in ODD_NAMES[1::3]:
        history.move(name, b"moved/" + name)
    history.commit()
    for name in ODD_NAMES[2::6]:
        history.drop(name)
    history.commit()


def _kinds(history: History, chance: random.Random) -> None:
    """Binary files, modes, links, gitlinks, empty files, missing newlines, empty commits."""
    binary = chance.randbytes(200_000)
    history.put(b"image.bin", binary)
    history.commit()
    history.put(b"image.bin", binary[:70_000] + b"\0changed" + binary[70_000:])
    history.put(b"text-to-binary", b"text\n")
    history.commit()
    history.put(b"text-to-binary", bytes(range(256)))
    history.put(b"empty", b"")
    history.commit()
    history.put(b"empty", b"", PROGRAM)  # the mode alone
    history.put(b"no-newline", b"the end")
    history.commit()
    history.commit(b"nothing at all")
    history.put(b"no-newline", b"the end\n")
    history.put(b"src/module_0.py", history.files[b"src/module_0.py"][1], PROGRAM)
    history.commit()
    for target in (b"src/module_1.py", b"nowhere/at all", b"src", b"/etc/hostname", b"../../outside"):
        history.put(b"link", target, LINK)
        history.commit()
    history.put(b"link", b"a file now\n")
    history.put(b"src/module_1.py", b"module_2.py", LINK)
    history.commit()
    history.put(b"link", b"link", LINK)  # leads to itself
    history.put(b"src/module_1.py", _lines(chance, 5))
    history.commit()
    for commit in (b"1" * 40, b"2" * 40):
        history.put(b"vendor/sub module", commit, GITLINK)
        history.commit()
    history.put(b"vendor/other", b"3" * 40, GITLINK)
    history.drop(b"vendor/sub module")
    history.commit()
    history.drop(b"vendor/other")
    history.commit()


def _file_or_directory(history: History, chance: random.Random) -> None:
    """The same name as a file, a directory and a link, in turn; two files that change places."""
    for number in range(3):
        history.put(b"turn/%d/leaf" % number, _lines(chance, 2))
        history.commit()
    history.put(b"turn", b"a file\n")
    history.commit()
    history.put(b"turn/back/again", b"a directory\n")
    history.commit()
    history.put(b"turn", b"src", LINK)
    history.commit()
    history.put(b"turn/x", b"once more\n")
    history.commit()
    one, other = history.files[b"src/module_5.py"], history.files[b"src/module_6.py"]
    history.put(b"src/module_5.py", other[1], other[0])
    history.put(b"src/module_6.py", one[1], one[0])
    history.commit()
    for name in [name for name in history.files if name.startswith(b"src/module_1")]:
        history.move(name, name.replace(b"src/", b"lib/inner/"))
    history.commit()


def _line_ends(history: History, chance: random.Random) -> None:
    """Files that break the rules of .gitattributes, before the rules, under them and after them."""
    for name, data in ((b"crlf.txt", b"a\r\nb\r\n"), (b"lf.txt", b"a\nb\n"), (b"mixed.txt", b"a\r\nb\nc\rd")):
        history.put(b"ends/" + name, data)
        history.commit()
    history.put(b"ends/id.c", b"$Id: written by hand $\n")
    history.commit()
    rules = (
        b"*.txt text\n*.c ident\n*.utf16 working-tree-encoding=UTF-16\n*.py merge=union\n*.bin filter=nowhere -diff\n"
    )
    # Together: where git meets a file of an encoding that it can't read, it refuses to add anything at all.
    history.put(b"ends/wide.utf16", b"weit\n")
    history.put(b"ends/.gitattributes", rules)
    history.commit()
    for number in range(4):  # beside files that break the rules and are not touched
        history.put(b"ends/new%d.txt" % number, b"x\r\ny\n" * (number + 1))
        history.commit()
    history.put(b"ends/lf.txt", b"a\nB\nc\n")
    history.commit()
    history.put(b"ends/.gitattributes", rules.replace(b"text", b"text eol=crlf"))
    history.commit()
    history.put(b"ends/crlf.txt", b"a\r\nb\r\nmore\r\n")
    history.put(b"ends/id.c", b"$Id$\nint x;\n")
    history.commit()
    history.put(b"ends/mixed.txt", b"a\nb\nc\n")  # put right at last
    history.commit()
    history.put(b".gitattributes", b"* text=auto\n*.py eol=crlf\n")
    history.commit()
    history.drop(b"ends/.gitattributes")
    history.drop(b"ends/wide.utf16")
    history.commit()
    history.put(b".gitattributes", b"* -text\n")
    history.commit()


def _ignored(history: History, chance: random.Random) -> None:
    """Tracked files that .gitignore names."""
    history.put(b"build/out.o", b"\0\1")
    history.put(b"build/keep.o", b"\0\2")
    history.commit()
    history.put(b".gitignore", b"build/\n*.o\n/secret\n")
    history.commit()
    history.put(b"build/out.o", b"\0\3")
    history.put(b"build/forced.o", b"\0\4")
    history.commit()
    history.drop(b"build/out.o")
    history.put(b"secret", b"in the history all the same\n")
    history.commit()
    history.drop(b"secret")
    history.commit()


def _twins(history: History, chance: random.Random) -> None:
    """Equal files come and go in different commits, which looks like renames and is none."""
    same = history.files[b"same/one"]
    for number in range(4):
        history.put(b"same/copy %d" % number, same[1])
        history.commit()
    history.drop(b"same/one")
    history.commit()
    history.move(b"same/copy 0", b"elsewhere/copy")
    history.commit()
    history.drop(b"same/copy 1")
    history.put(b"same/copy 2", same[1] + b"one more\n")
    history.commit()


def _ordinary(history: History, chance: random.Random) -> None:
    """What most commits do: a few files edited, one added, moved or deleted now and then."""
    names = sorted(name for name, (mode, _) in history.files.items() if mode in (FILE, PROGRAM))
    for name in chance.sample(names, chance.choice((1, 1, 1, 2, 3))):
        what = chance.random()
        mode, data = history.files[name]
        if what < 0.6:
            history.put(name, data + _lines(chance, 2), mode)
        elif what < 0.75:
            history.put(b"new/%d/file %d" % (chance.randrange(5), history.length), _lines(chance, 10))
        elif what < 0.85 and b"moved" not in name:
            history.move(name, b"moved/%d/%s" % (history.length, name.rpartition(b"/")[2]))
        elif what < 0.93:
            history.drop(name)
        else:
            history.put(name, data, PROGRAM if mode == FILE else FILE)
    history.commit()
