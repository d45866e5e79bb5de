"""How verbs speak: the answer on stdout, the talk on stderr, colours only for a terminal that wants them."""

from __future__ import annotations

import os
import sys
import time

from swarm.cli.streams import lead_nowhere
from swarm.core import events as e
from swarm.core import words
from swarm.core.plaintext import harmless
from swarm.core.state import State

DIM, BOLD, RED, GREEN, YELLOW = "2", "1", "31", "32", "33"
DAY = 86400.0


def paint(text: str, code: str) -> str:
    """The text in a colour, where stdout is a terminal and NO_COLOR is not set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def hint(text: str) -> None:
    """The next command to type.  Goes to stderr: a script that reads stdout does not want it."""
    sys.stdout.flush()
    print(f"→ {text}", file=sys.stderr)


def clock(at: float) -> str:
    """A moment as local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def until(at: float | None) -> str:
    """`, until 14:05` for the end of a wait; "" where none is known."""
    if at is None:
        return ""
    near = at - time.time() < DAY
    return f", until {time.strftime('%H:%M' if near else '%a %H:%M', time.localtime(at))}"


def moment(at: float) -> str:
    """A moment as local date and time of day."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def duration(seconds: float) -> str:
    """Seconds as people say them: 9s, 3m20s, 2h05m."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def event_line(event: e.Event, at: float) -> str:
    """One event as a line with its time; "" for those that only programs need."""
    sentence = harmless(words.sentence(event))
    if not sentence:
        return ""
    first, *rest = sentence.splitlines()
    body = "\n".join([first, *(f"           {line}" for line in rest)])
    return f"{paint(clock(at), DIM)}  {paint(body, _colour(event))}"


def _colour(event: e.Event) -> str:
    match event:
        case e.CandidateLanded() | e.RunFinished():
            return GREEN
        case e.TaskGaveUp() | e.RunFailed() | e.GateFailed() | e.AttemptEnded() | e.WorkerBroken():
            return RED
        case e.QuestionAsked() | e.WorkHeld() | e.MergeConflicted() | e.WorkerLost() | e.ClashSeen():
            return YELLOW
        case _:
            return "0"


def fall_silent() -> None:
    """Let stdout, and a stderr that leads to the same place, lead nowhere."""
    if os.path.samestat(os.fstat(1), os.fstat(2)):
        lead_nowhere(2)
    lead_nowhere(1)


def narrate(entry: e.Entry, state: State) -> None:
    """Print what an entry says, as a run goes along.  Where nobody can be told any more (`| head`, a full disk), the
    run goes on in silence."""
    for event in entry.events:
        line = event_line(event, entry.at)
        if line:
            try:
                print(line, flush=True)
            except OSError:
                fall_silent()
