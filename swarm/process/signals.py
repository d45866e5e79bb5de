"""Signals that hit exactly who is meant, or nobody.

Knows processes by swarm.process.who.  A stranger that got a dead one's number is never hit.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from swarm.process.who import Identity, alive, has_proc, identity, marked, stat_of


def pidfd(pid: int) -> int | None:
    """A descriptor that stays with this process, or None where the kernel (before 5.3) or the platform has none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return None


def signal_process(who: Identity, sig: int) -> bool:
    """Send `sig` to exactly this process; False when it is gone (nobody else is ever hit)."""
    try:
        descriptor = pidfd(who.pid)
    except ProcessLookupError:
        return False
    try:
        # Compared after the descriptor was opened: from here on the descriptor cannot change hands.
        if not alive(who):
            return False
        if descriptor is None:
            os.kill(who.pid, sig)
        else:
            signal.pidfd_send_signal(descriptor, sig)
        return True
    except ProcessLookupError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


def signal_group(leader: Identity, sig: int, marks: Mapping[str, str] | None = None) -> bool:
    """Send `sig` to the process group that `leader` leads; False when nobody was signalled.

    While the leader exists, even as a zombie, its number belongs to its group and the group is signalled at once.  When
    it is gone the number may have come round again, so only members that carry `marks` are signalled, one by one.
    """
    if not has_proc():
        return _signal_whole_group(leader.pid, sig)
    stat = stat_of(leader.pid)
    if stat is not None:
        ours = leader.start in (None, stat.start) and stat.group == leader.pid
        return ours and _signal_whole_group(leader.pid, sig)
    if not marks:
        return False
    members = [who for who in marked(marks) if (seen := stat_of(who.pid)) and seen.group == leader.pid]
    return sum(signal_process(who, sig) for who in members) > 0


def signal_followers(leader: Identity, sig: int) -> bool:
    """Send `sig` to all of the process group that `leader` leads but to the leader; False when there was nobody."""
    if not has_proc() or identity(leader.pid) != leader:
        return False
    numbers = {int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()} - {leader.pid}
    seen = [(pid, stat) for pid in numbers if (stat := stat_of(pid)) is not None and stat.group == leader.pid]
    return sum(signal_process(Identity(pid, stat.start), sig) for pid, stat in seen) > 0


def _signal_whole_group(group: int, sig: int) -> bool:
    try:
        os.killpg(group, sig)
    except (ProcessLookupError, PermissionError):
        return False
    return True
