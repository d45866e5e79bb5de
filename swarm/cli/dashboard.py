"""Open the kanban of a run in the browser: the same board, for you alone or for somebody who may only watch.

It listens on this machine only. The link that is printed lets one browser in, once; then the next one is printed.
Ctrl-C ends the dashboard and its boards; the run goes on without it.

examples:
  swarm dashboard                        then open the link that it prints
  swarm dashboard --port 0               any free port, where 8080 is taken
  swarm dashboard --read-only --run add-auth
  ssh -L 8080:127.0.0.1:8080 HOST        on your own machine, where swarm runs on HOST; then the link works there
"""

from __future__ import annotations

import argparse
import getpass
import importlib
import json
import os
import sys
from urllib.parse import urlsplit

from swarm.cli.context import add_run, find_run
from swarm.cli.permit import refuse_agents
from swarm.cli.say import hint
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm dashboard`."""
    add_run(parser)
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="the port (default: 8080; 0: a free one)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="127.0.0.1 (the default) or ::1")
    parser.add_argument("--read-only", action="store_true", help="look only; no key changes anything")
    parser.add_argument("--json", action="store_true", help="print each link as a line of JSON")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C.  Nobody knows the board: it is loaded by its name."""
    run_dir = find_run(options.run)
    if not options.read_only:
        refuse_agents(run_dir.home, "steer by the dashboard (--read-only shows it)")
    terminal = Terminal(run_dir, as_json=options.json, read_only=options.read_only)
    importlib.import_module("board.browser.serving").main(
        run_dir.path,
        host=options.host,
        port=options.port,
        read_only=options.read_only,
        link=terminal.link,
        tell=terminal.tell,
    )
    terminal.tell("the dashboard has ended; the run goes on without it")
    return 0


class Terminal:
    """What the person who started the dashboard is told."""

    def __init__(self, run: RunDir, *, as_json: bool, read_only: bool) -> None:
        self._run, self._as_json, self._read_only = run.name, as_json, read_only
        self._is_first = True

    def link(self, url: str) -> None:
        """A new link, the only one that works from now on."""
        if not self._is_first:
            self.tell("a browser has come in by the link above; the link for another one:")
        print(json.dumps(self._object(url)) if self._as_json else url, flush=True)
        if self._is_first:
            hint("open the link in a browser on this machine; Ctrl-C ends the dashboard, not the run")
            if "SSH_CONNECTION" in os.environ:
                hint(f"where your browser is: {tunnel(os.environ['SSH_CONNECTION'], url)}   then open the link there")
        self._is_first = False

    def tell(self, text: str) -> None:
        """A line beside the answer."""
        print(text, file=sys.stderr, flush=True)

    def _object(self, url: str) -> dict[str, object]:
        return {"url": url, "port": urlsplit(url).port, "run": self._run, "read_only": self._read_only}


def tunnel(connection: str, url: str) -> str:
    """The command that brings the dashboard to the other end of an ssh connection.

    `connection`: the value of SSH_CONNECTION, our address and port at its end (ssh(1)).
    """
    words = connection.split()
    host, ssh_port = words[2:4] if len(words) == 4 else ("HOST", "22")
    place = urlsplit(url)
    there = f"[{place.hostname}]" if ":" in str(place.hostname) else place.hostname
    other = "" if ssh_port == "22" else f" -p {ssh_port}"
    return f"ssh -N -L {place.port}:{there}:{place.port}{other} {getpass.getuser()}@{host}"
