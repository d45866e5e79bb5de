"""The box: what moves where, who wins, and what a hostile file does not do."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from inbox.maildir import Maildir, Malformed, Rejected, Unsafe
from inbox.message import MAX_BYTES, SELF, UNKNOWN, Message, encode, file_name

Make = Callable[..., Message]


def texts(box: Maildir, kinds: set[str] | None = None) -> list[str]:
    return [message.text for _, message in box.receive(kinds)]


def why(box: Maildir, name: str) -> str:
    return (box.bad / f"{name}.why").read_text()


def drop(box: Maildir, name: str, data: str | bytes) -> None:
    """A dropped file that has stood still for long."""
    path = box.new / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (1, 1))


def said(script: str, box: Maildir, through: tuple[str, ...] = ()) -> str:
    """What a child says that runs the script with the box's path as its argument."""
    root = Path(__file__).resolve().parents[2]
    command = [*through, sys.executable, "-c", script, str(box.path)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def not_almighty() -> tuple[str, ...]:
    """What to put before a command so that permissions hold for it: root reads everything unless it gives that up."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv to stop being almighty")
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


# making a box


def test_a_box_is_for_its_owner_alone(box: Maildir) -> None:
    box.create()
    assert box.exists()
    for directory in (box.path, box.tmp, box.new, box.cur, box.done, box.bad):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_a_box_is_not_made_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "new").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotADirectoryError):
        Maildir(tmp_path / "box").create()


# the way of a message


def test_a_message_goes_from_new_to_cur_to_done(box: Maildir, make: Make) -> None:
    message = make()
    path = box.send(message)
    name = file_name(message)
    assert path == box.new / name
    assert box.unread() == [name]
    assert box.read(name) == message
    assert box.claim(name)
    assert (box.unread(), box.claimed()) == ([], [name])
    assert box.read(name) == message
    assert box.acknowledge(name)
    assert (box.claimed(), box.finished()) == ([], [name])
    assert box.read(name) == message
    assert list(box.tmp.iterdir()) == []


def test_messages_come_in_the_order_in_which_they_were_sent(box: Maildir, make: Make) -> None:
    sent = [make(text=str(number), sender=f"worker-{number % 3}") for number in range(50)]
    for message in reversed(sent):
        box.send(message)
    assert [message for _, message in box.receive()] == sent


def test_only_the_kinds_asked_for_come_and_others_are_not_opened(box: Maildir, make: Make) -> None:
    box.send(make("do it", kind="assign"))
    box.send(make("hello", kind="note"))
    os.mkfifo(box.new / file_name(make(kind="report")))
    assert texts(box, {"assign"}) == ["do it"]
    assert texts(box, {"note"}) == ["hello"]
    assert texts(box, {"stop"}) == []
    assert os.listdir(box.bad) == []


def test_names_passed_over_are_not_given_again(box: Maildir, make: Make) -> None:
    first, second = make(), make()
    box.send(first)
    box.send(second)
    assert [message for _, message in box.receive(passing_over={file_name(first)})] == [second]


def test_a_message_with_an_id_of_the_senders_own_making_is_received(box: Maildir) -> None:
    message = Message("run-api-1", "leader", "worker-1", "assign", "body", 5.0)
    box.send(message)
    assert list(box.receive({"assign"})) == [("run-api-1.assign", message)]
    assert list(box.receive()) == [("run-api-1.assign", message)]


@pytest.mark.parametrize("moved", [(), ("claim",), ("claim", "acknowledge"), ("acknowledge",)])
def test_sending_the_same_message_again_does_nothing_wherever_it_is(
    box: Maildir, make: Make, moved: tuple[str, ...]
) -> None:
    message = make()
    box.send(message)
    for step in moved:
        getattr(box, step)(file_name(message))
    before = (box.unread(), box.claimed(), box.finished())
    assert box.send(message).exists()
    assert (box.unread(), box.claimed(), box.finished()) == before


def test_acknowledging_is_safe_to_repeat(box: Maildir, make: Make) -> None:
    message = make()
    box.send(message)
    assert box.acknowledge(file_name(message))
    assert not box.acknowledge(file_name(message))
    assert box.finished() == [file_name(message)]


def test_a_claim_can_be_given_back(box: Maildir, make: Make) -> None:
    message = make()
    box.send(message)
    assert not box.release(file_name(message))
    assert box.claim(file_name(message))
    assert not box.claim(file_name(message))
    assert box.release(file_name(message))
    assert texts(box) == ["hi"]


def test_of_several_readers_exactly_one_wins_each_message(box: Maildir, make: Make) -> None:
    for _ in range(200):
        box.send(make())
    start = threading.Barrier(4)
    won: list[list[str]] = [[], [], [], []]

    def reader(mine: list[str]) -> None:
        start.wait()
        mine.extend(name for name in box.unread() if Maildir(box.path).claim(name))

    threads = [threading.Thread(target=reader, args=(mine,)) for mine in won]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(name for mine in won for name in mine) == box.claimed()
    assert len(box.claimed()) == 200


def test_thousands_of_messages_are_all_received_in_order(box: Maildir, make: Make) -> None:
    sent = [make(text=str(number)) for number in range(3000)]
    for message in sent:
        (box.new / file_name(message)).write_bytes(encode(message))
    assert [message for _, message in box.receive()] == sent


@pytest.mark.parametrize("name", ["../x.note", "a/b.note", "", ".", "..", "a\0b"])
def test_a_name_never_leads_out_of_the_box(box: Maildir, name: str) -> None:
    for act in (box.read, box.claim, box.release, box.acknowledge, lambda name: box.reject(name, "x")):
        with pytest.raises(Malformed):
            act(name)


def test_a_missing_message_is_told_apart_from_a_bad_one(box: Maildir) -> None:
    with pytest.raises(FileNotFoundError):
        box.read("1-a.note")


# what is set aside


def hostile(box: Maildir, name: str) -> dict[str, Callable[[], object]]:
    """Ways to put something under that name into `new/`, by the word that its `.why` must hold."""
    path = box.new / name

    def linked() -> None:
        (box.path / "other").write_text("x")
        os.link(box.path / "other", path)

    def sparse() -> None:
        with open(path, "wb") as file:
            file.truncate(1 << 40)

    return {
        "pipe": lambda: os.mkfifo(path),
        "symbolic link": lambda: path.symlink_to("/dev/zero"),
        f"{1 << 40} bytes": sparse,
        "directory": path.mkdir,
        "socket": lambda: os.mknod(path, 0o600 | stat.S_IFSOCK),
        "2 hard links": linked,
        "307200 bytes": lambda: path.write_bytes(b"x" * 300 * 1024),
    }


@pytest.mark.parametrize("word", list(hostile(Maildir("x"), "x")))
@pytest.mark.parametrize("stamped", [True, False])
def test_a_hostile_file_is_set_aside_and_the_rest_is_received(
    box: Maildir, make: Make, word: str, stamped: bool
) -> None:
    name = file_name(make()) if stamped else "x.note"
    hostile(box, name)[word]()
    message = make("still here")
    box.send(message)
    assert list(box.receive()) == [(file_name(message), message)]
    assert word in why(box, name)
    assert os.path.lexists(box.bad / name)
    assert box.unread() == [file_name(message)]


@pytest.mark.parametrize("name", ["00000000000000000001-worker-1-00000001.note", "x.note"])
def test_a_device_is_set_aside(box: Maildir, name: str) -> None:
    try:
        os.mknod(box.new / name, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert texts(box) == []
    assert "device" in why(box, name)


def test_somebody_elses_file_is_set_aside(box: Maildir, make: Make) -> None:
    message = make()
    name = file_name(message)
    (box.new / name).write_bytes(encode(message))
    try:
        os.chown(box.new / name, 12345, 12345)
    except PermissionError:
        pytest.skip("only root gives files away")
    assert texts(box) == []
    assert "uid 12345" in why(box, name)


def test_a_file_that_may_not_be_read_is_set_aside(box: Maildir, make: Make) -> None:
    name = file_name(make())
    (box.new / name).write_bytes(b"secret")
    (box.new / name).chmod(0)
    script = "import sys; from inbox.maildir import Maildir; print(list(Maildir(sys.argv[1]).receive()))"
    assert said(script, box, through=not_almighty()) == "[]\n"
    assert "not readable" in why(box, name)


@pytest.mark.parametrize("name", ["00000000000000000001-worker-1-00000001.note", "x.note"])
def test_a_directory_that_may_not_be_written_is_set_aside(box: Maildir, name: str) -> None:
    (box.new / name).mkdir(mode=0o500)
    script = "import sys; from inbox.maildir import Maildir; print(list(Maildir(sys.argv[1]).receive()))"
    assert said(script, box, through=not_almighty()) == "[]\n"
    assert "directory" in why(box, name)


def test_a_stamped_file_that_is_no_message_is_set_aside(box: Maildir, make: Make) -> None:
    empty, torn, renamed = (file_name(make()) for _ in range(3))
    (box.new / empty).touch()
    (box.new / torn).write_bytes(encode(make())[:30])
    (box.new / renamed).write_bytes(encode(make()))
    assert texts(box) == []
    assert "no empty line" in why(box, empty)
    assert "no empty line" in why(box, torn)
    assert "the headers say" in why(box, renamed)


def test_a_name_in_bad_is_never_overwritten(box: Maildir) -> None:
    for number in range(3):
        (box.new / "x").write_text(str(number))
        place = box.reject("x", f"reason {number}")
        assert place is not None
        assert place.read_text() == str(number)
    assert sorted(os.listdir(box.bad)) == ["x", "x.1", "x.1.why", "x.2", "x.2.why", "x.why"]
    assert (box.bad / "x.2.why").read_text() == "reason 2\n"
    assert box.reject("x", "gone") is None


def test_a_claimed_message_can_be_rejected(box: Maildir, make: Make) -> None:
    message = make()
    name = file_name(message)
    box.send(message)
    box.claim(name)
    assert box.reject(name, "not for me") == box.bad / name
    assert box.claimed() == []


def test_a_name_of_full_length_can_be_set_aside(box: Maildir) -> None:
    os.mkfifo(box.new / ("n" * 255))
    assert texts(box) == []
    assert box.unread() == []
    assert len(os.listdir(box.bad)) == 2


def test_a_box_that_ran_out_of_descriptors_blames_no_file(box: Maildir, make: Make) -> None:
    box.send(make())
    script = """
import os, resource, sys
from inbox.maildir import Maildir
box = Maildir(sys.argv[1])
names = box.unread()
resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
try:
    while True:
        os.open("/dev/null", os.O_RDONLY)
except OSError:
    pass
try:
    box.read(names[0])
except OSError as error:
    print(error.strerror)
"""
    assert said(script, box) == "Too many open files\n"
    assert len(texts(box)) == 1


# dropped files


def test_a_dropped_file_becomes_a_note_from_nobody_in_particular(box: Maildir) -> None:
    drop(box, "note.txt", "hello\n")
    ((name, message),) = box.receive()
    assert (message.sender, message.to, message.kind, message.text) == (UNKNOWN, SELF, "note", "hello")
    assert box.unread() == [name] == [file_name(message)]
    assert box.claim(name) and box.acknowledge(name)
    assert texts(box) == []


def test_a_file_dropped_this_moment_waits_until_it_has_settled(box: Maildir, until: Callable[..., None]) -> None:
    subprocess.run(["sh", "-c", "echo hi > note.txt; echo ho >> note.txt"], cwd=box.new, check=True)
    until(lambda: texts(box) or not box.unsettled)
    assert texts(box) == ["hi\nho"]


def test_a_dropped_file_may_have_the_name_of_another_kind(box: Maildir) -> None:
    drop(box, "x.assign", "I only look like one\n")
    assert texts(box, {"assign"}) == []
    assert texts(box, {"note"}) == ["I only look like one"]


def test_a_message_written_by_a_shell_is_taken_with_its_sender(box: Maildir) -> None:
    script = "printf 'id: m1\\nfrom: worker-1\\nto: all\\nkind: note\\nsent: %s\\n\\nby hand' $(date +%s) > tmp/m1"
    subprocess.run(["sh", "-c", f"{script} && mv tmp/m1 new/m1.note"], cwd=box.path, check=True)
    ((name, message),) = box.receive()
    assert (name, message.sender, message.text) == ("m1.note", "worker-1", "by hand")


def test_a_dropped_file_is_one_message_for_many_readers(box: Maildir, until: Callable[..., None]) -> None:
    readers = [Maildir(box.path) for _ in range(4)]
    acknowledged: list[str] = []
    ended = threading.Event()

    def reader(own: Maildir) -> None:
        while not ended.is_set():
            for name, message in own.receive():
                if own.claim(name):
                    own.acknowledge(name)
                    acknowledged.append(message.text)

    threads = [threading.Thread(target=reader, args=(own,)) for own in readers]
    for thread in threads:
        thread.start()
    try:
        for number in range(100):
            draft = box.tmp / "draft"
            draft.write_text(str(number))
            os.utime(draft, (1, 1))
            os.rename(draft, box.new / f"{number}.txt")
        until(lambda: not box.unread())
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert sorted(acknowledged, key=int) == [str(number) for number in range(100)]


def test_noise_that_was_dropped_is_set_aside(box: Maildir) -> None:
    drop(box, "picture.png", b"\x89PNG\xff")
    drop(box, "big.log", b"x" * MAX_BYTES)
    assert texts(box) == []
    assert "utf-8" in why(box, "picture.png")
    assert "too large" in why(box, "big.log")


# a disk that fails


def test_a_full_disk_leaves_nothing_behind_and_is_told(box: Maildir) -> None:
    script = """
import resource, sys
from inbox.maildir import Maildir
from inbox.message import Message
box = Maildir(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))   # the kernel takes 4096 bytes, then refuses: a short write
message = Message("big", "a", "b", "note", "x" * 10000, 1.0)
try:
    box.send(message)
except OSError as error:
    print(error.strerror, list(box.tmp.iterdir()), box.unread())
box.send(Message("small", "a", "b", "note", "x", 1.0))
print(box.unread())
"""
    assert said(script, box) == "File too large [] []\n['small.note']\n"


def test_a_missing_box_is_told_by_the_system_itself(tmp_path: Path, make: Make) -> None:
    box = Maildir(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError):
        box.send(make())
    with pytest.raises(FileNotFoundError):
        list(box.receive())


def test_the_oldest_that_was_dealt_with_is_deleted_and_nothing_else(box: Maildir) -> None:
    ids = [f"{number:020d}-ann-0000000{number}" for number in range(1, 8)]
    for id in [*ids, "made-up"]:
        box.send(Message(id, "ann", "bob", "note", "hello", 1.0))
    for id in [*ids[:5], "made-up"]:
        box.acknowledge(f"{id}.note")
    box.claim(f"{ids[5]}.note")
    assert box.prune(2) == 3
    assert box.finished() == [f"{ids[3]}.note", f"{ids[4]}.note", "made-up.note"]
    assert (box.claimed(), box.unread()) == ([f"{ids[5]}.note"], [f"{ids[6]}.note"])
    assert box.prune(2) == 0


def test_rejections_are_one_family() -> None:
    assert issubclass(Unsafe, Rejected)
    assert issubclass(Malformed, Rejected)
    assert issubclass(Malformed, ValueError)
    assert not issubclass(Rejected, OSError)
