"""The options of a run's tmux server, and the commands that begin its session.  Pure.

Knows no server.  No configuration file is read (`-f /dev/null`), so what isn't here is tmux's own default.
"""

from __future__ import annotations

SESSION = "swarm"

OPTIONS = (
    ("-s", "exit-empty", "off"),  # only kill() ends the server, not a person who closes the last window
    ("-s", "set-clipboard", "off"),  # what an agent prints must not reach the clipboard …
    ("-gq", "allow-passthrough", "off"),  # … nor the terminal outside (before 3.3 there is no such option)
    ("-g", "allow-rename", "off"),
    ("-g", "automatic-rename", "off"),
    ("-g", "remain-on-exit", "on"),  # what a program said last stays (3.3a may lose what took no time)
    ("-g", "destroy-unattached", "off"),
    ("-g", "update-environment", ""),  # a client's environment stays the client's
    ("-g", "history-limit", "10000"),
    ("-g", "default-size", "200x50"),
    ("-gq", "window-size", "latest"),  # the size of whoever looked last (3.1)
    ("-g", "default-terminal", "screen-256color"),  # in every terminfo, which tmux-256color is not
    ("-s", "escape-time", "10"),  # 500 ms by default, which a full-screen agent feels at each Escape
    ("-g", "mouse", "on"),
    ("-g", "status-left-length", "40"),
    ("-g", "status-left", "#[bold] #{@swarm_run} #[default]"),
    ("-g", "status-right", " #{prefix} n next  #{prefix} w all  #{prefix} d leave "),
)

WELCOME = 'printf "the workers of %s have a window each\\n" "$0"'
"""What the first window says; a session needs one, and its program ends at once."""


def begin(title: str) -> list[list[str]]:
    """Commands that start a server with the session.  Options come first: a program that ends at once must find
    remain-on-exit set, else its window takes the session with it.
    """
    options = [["set-option", *option] for option in OPTIONS]
    place = ["-s", SESSION, "-n", SESSION, "-x", "200", "-y", "50", "-c", "/"]
    return [
        ["start-server"],
        *options,
        ["set-option", "-g", "@swarm_run", title],
        ["new-session", "-d", *place, "/bin/sh", "-c", WELCOME, title],
    ]
