"""The fault campaigns as a program: `python tests/faults [--whole | --minutes N] [--seed N] [--jobs N] [CAMPAIGN…]`.

Prints the name of each trial, which holds its seed; `--trial NAME` makes one trial again, and keeps its directory when
it fails.  Exit code 1 when any oracle objects to any trial.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from catalog import CAMPAIGNS, find, trials
from trial import Outcome, Trial, hand_back, run

COMMIT = subprocess.run(
    ["git", "describe", "--always", "--dirty"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
).stdout.strip()
DAY = datetime.now(UTC).date().isoformat()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tests/faults", description="Break a run in every way, and look.")
    parser.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", help=f"some of: {', '.join(CAMPAIGNS)}")
    parser.add_argument("--whole", action="store_true", help="all trials, not the fast part")
    parser.add_argument("--seed", type=int, default=0, help="where the seeds of random trials begin")
    parser.add_argument("--trial", action="append", default=[], metavar="NAME", help="this trial alone")
    parser.add_argument("--minutes", type=float, help="go on with new seeds for so long; the whole of each campaign")
    parser.add_argument("--jobs", type=int, default=2, help="trials at one time")
    parser.add_argument("--keep", action="store_true", help="keep the directories of failed trials")
    parser.add_argument("--forget", action="store_true", help="keep none of them, not even of trials named")
    parser.add_argument("--results", type=Path, help="append a line of JSON for each trial to this file")
    parser.add_argument("--list", action="store_true", help="print the names of the trials only")
    parser.add_argument("--diary", action="store_true", help="print what was done in good trials, too")
    parser.add_argument("--inner", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    unknown = set(options.campaigns) - set(CAMPAIGNS)
    if unknown:
        parser.error(f"no such campaign: {', '.join(sorted(unknown))}")
    if options.inner:
        hand_back(run(find(options.trial[0]), keep=options.keep), options.inner)
        return 0
    if options.minutes:
        endless = _endless(options.campaigns, options.seed, time.monotonic() + 60 * options.minutes)
        return _make(endless, options.jobs, options.keep, options.results, options.diary)
    wanted = [find(name) for name in options.trial] or trials(options.campaigns, options.whole, options.seed)
    if options.list:
        print("\n".join(trial.name for trial in wanted))
        return 0
    keep = (options.keep or bool(options.trial)) and not options.forget
    return _make(wanted, options.jobs, keep, options.results, options.diary)


def _endless(names: list[str], first: int, end: float) -> Iterator[Trial]:
    """Trials with ever new seeds until the monotonic clock shows `end`."""
    made: set[str] = set()
    while True:
        for trial in (fresh := [trial for trial in trials(names, True, first) if trial.name not in made]):
            if time.monotonic() > end:
                return
            made.add(trial.name)
            yield trial
        first += max(1, len(fresh))


def _make(wanted: Iterable[Trial], jobs: int, keep: bool, results: Path | None, diary: bool) -> int:
    """Make the trials, so many at a time; each is asked for only when there is room for it."""
    ended: list[Outcome] = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting: set[Future[Outcome]] = set()
        for trial in wanted:
            waiting.add(pool.submit(run, trial, keep=keep))
            if len(waiting) >= jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                _tell([one.result() for one in done], ended, results, diary)
        for one in as_completed(waiting):
            _tell([one.result()], ended, results, diary)
    failed = [outcome for outcome in ended if outcome.violations]
    skipped = sum(bool(outcome.skipped) for outcome in ended)
    not_made = f", {skipped} not made" if skipped else ""
    print(
        f"{len(ended)} trials, {len(failed)} with violations{not_made}" + "".join(f"\n  {one.name}" for one in failed)
    )
    return 1 if failed else 0


def _tell(outcomes: list[Outcome], ended: list[Outcome], results: Path | None, diary: bool) -> None:
    for outcome in outcomes:
        ended.append(outcome)
        sign = "✗" if outcome.violations else "–" if outcome.skipped else "✓"
        why = f" (not made: {outcome.skipped})" if outcome.skipped else ""
        print(f"{len(ended):4} {sign} {outcome.seconds:6.1f} s  {outcome.name}{why}", flush=True)
        if diary:
            print("\n".join(outcome.diary), flush=True)
        if outcome.violations:
            print(outcome.told(), flush=True)
        if results:
            with results.open("a") as file:
                file.write(outcome.line(COMMIT, DAY) + "\n")


if __name__ == "__main__":
    sys.exit(main())
