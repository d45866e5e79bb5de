"""All campaigns by their names: what each tries, in its fast part and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import calm
import clocks
import ends
import errors
import flushes
import fulldisk
import gits
import kills
import limits
import panes
import power
import probes
import soak
import torn
import verbs
import watching
from trial import Trial


@dataclass(frozen=True)
class Campaign:
    """`fast`: the trials that every test run makes; `whole`: all of them, for a first seed."""

    fast: Callable[[], list[Trial]]
    whole: Callable[[int], list[Trial]]


CAMPAIGNS: dict[str, Campaign] = {
    "calm": Campaign(calm.fast, lambda first: calm.trials(20, first)),
    "kills": Campaign(kills.fast, kills.whole),
    "git": Campaign(gits.fast, gits.whole),
    "tmux": Campaign(panes.fast, panes.whole),
    "ends": Campaign(ends.fast, ends.whole),
    "verbs": Campaign(verbs.fast, verbs.whole),
    "probe": Campaign(probes.fast, lambda _: probes.trials(("process", "tmux"))),
    "errors": Campaign(errors.fast, errors.whole),
    "fulldisk": Campaign(fulldisk.fast, fulldisk.whole),
    "flushes": Campaign(list, lambda _: flushes.trials()),
    "power": Campaign(power.fast, power.whole),
    "torn": Campaign(torn.fast, torn.whole),
    "clocks": Campaign(clocks.fast, clocks.whole),
    "watching": Campaign(watching.fast, watching.whole),
    "limits": Campaign(limits.fast, limits.whole),
    "soak": Campaign(soak.tours, lambda first: [*soak.tours(), *soak.trials(60, first)]),
}


def trials(names: Iterable[str], whole: bool, first: int) -> list[Trial]:
    """The trials of these campaigns, of all where none is named."""
    chosen = [CAMPAIGNS[name] for name in list(names) or CAMPAIGNS]
    return [trial for campaign in chosen for trial in (campaign.whole(first) if whole else campaign.fast())]


def find(name: str) -> Trial:
    """The trial of this name, as `--list` prints it; a seed behind the last dash may be any number.

    Raises KeyError for a name that no campaign has.
    """
    campaign = CAMPAIGNS[name.partition("/")[0]]
    seed = name.rpartition("-")[2]
    first = int(seed) if seed.isdecimal() else 0
    return {trial.name: trial for trial in [*campaign.fast(), *campaign.whole(0), *campaign.whole(first)]}[name]
