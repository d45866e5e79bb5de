"""The fault campaigns as a program: `python tests/faults [--whole] [--seed N] [--jobs N] [CAMPAIGN…]`.

Prints the name of each trial, which holds its seed; `--trial NAME` makes one trial again, and keeps its directory when
it fails.  Exit code 1 when any oracle objects to any trial.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from catalog import CAMPAIGNS, find, trials
from trial import Outcome, Trial, run


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python tests/faults", description="Break a run in every way, and look.")
    parser.add_argument("campaigns", nargs="*", metavar="CAMPAIGN", help=f"some of: {', '.join(CAMPAIGNS)}")
    parser.add_argument("--whole", action="store_true", help="all trials, not the fast part")
    parser.add_argument("--seed", type=int, default=0, help="where the seeds of random trials begin")
    parser.add_argument("--trial", action="append", default=[], metavar="NAME", help="this trial alone")
    parser.add_argument("--jobs", type=int, default=2, help="trials at one time")
    parser.add_argument("--keep", action="store_true", help="keep the directories of failed trials")
    parser.add_argument("--forget", action="store_true", help="keep none of them, not even of trials named")
    parser.add_argument("--results", type=Path, help="append a line of JSON for each trial to this file")
    parser.add_argument("--list", action="store_true", help="print the names of the trials only")
    options = parser.parse_args(argv)
    unknown = set(options.campaigns) - set(CAMPAIGNS)
    if unknown:
        parser.error(f"no such campaign: {', '.join(sorted(unknown))}")
    wanted = [find(name) for name in options.trial] or trials(options.campaigns, options.whole, options.seed)
    if options.list:
        print("\n".join(trial.name for trial in wanted))
        return 0
    return _make(wanted, options.jobs, (options.keep or bool(options.trial)) and not options.forget, options.results)


def _make(wanted: list[Trial], jobs: int, keep: bool, results: Path | None) -> int:
    failed: list[Outcome] = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(run, trial, keep=keep) for trial in wanted]
        for number, done in enumerate(as_completed(waiting), 1):
            outcome = done.result()
            sign = "✗" if outcome.violations else "✓"
            print(f"{number:4}/{len(wanted)} {sign} {outcome.seconds:6.1f} s  {outcome.name}", flush=True)
            if outcome.violations:
                failed.append(outcome)
                print(outcome.told(), flush=True)
            if results:
                with results.open("a") as file:
                    file.write(outcome.line() + "\n")
    print(f"{len(wanted)} trials, {len(failed)} with violations" + "".join(f"\n  {one.name}" for one in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
