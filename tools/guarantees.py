"""What the product guarantees: each promise with its mechanism in the code, and the trials and tests that attack it.

A value, nothing more; `python -m tools.guarantees_page` makes docs/guarantees.md of it.  A test holds that every
function and test module named here exists, and that every pattern finds trials.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guarantee:
    """`promise` for a user; `how` it is kept; `code`: `file:name` of what keeps it; `trials`: patterns of names of
    fault trials (as in `python tests/faults --whole --list`); `tests`: modules that attack it besides."""

    id: str
    promise: str
    how: str
    code: tuple[str, ...]
    trials: tuple[str, ...]
    tests: tuple[str, ...] = ()


GUARANTEES = (
    Guarantee(
        "G1", "What a command acknowledged survives `kill -9`.",
        "The journal is written and flushed before an effect begins and before an answer is given.",
        ("swarm/journal.py:Journal.append", "swarm/leader/loop.py:Leader.loop"),
        ("kills/*", "verbs/*", "ends/*", "torn/*", "soak/*"),
        ("tests/test_journal.py", "tests/campaign/test_kills.py"),
    ),
    Guarantee(
        "G2", "The state is what the journal says, and nothing else.",
        "One pure fold, with no clock, randomness, disk or process.",
        ("swarm/core/evolve.py:evolve", "swarm/core/evolve.py:replay"),
        ("calm/*", "torn/*"),
        ("tests/core/test_histories.py", "tests/test_floors.py"),
    ),
    Guarantee(
        "G3", "One leader at a time.",
        "A lock of the kernel; the second leader exits with 75 and names the first.",
        ("swarm/lease.py:take", "swarm/leader/launch.py:take_lead"),
        ("probe/two-lead-*", "probe/numbers-come-round-*", "soak/*"),
        ("tests/test_lease.py",),
    ),
    Guarantee(
        "G4", "A message that was accepted is applied once, whole, and in its sender's order.",
        "It is written beside, flushed and renamed; it has an id; it is in the journal before it is moved on.",
        ("inbox/maildir.py:Maildir.send", "swarm/leader/mail.py:meaning"),
        ("probe/mail-interrupted-*", "probe/talk-*", "soak/*", "kills/*"),
        ("tests/inbox/test_maildir_crashes.py", "tests/leader/test_runs_of_mail.py"),
    ),
    Guarantee(
        "G5", "A watcher that fails delays a message, by two seconds at most, and loses none.",
        "A change on the disk only wakes; a scan, once a second at least, is what finds messages.",
        ("inbox/watch.py:Watch", "inbox/maildir.py:Maildir.receive"),
        ("watching/*",),
        ("tests/inbox/test_inbox_watch.py",),
    ),
    Guarantee(
        "G6", "An attempt runs at most once, and its result is recorded once.",
        "A lock for each attempt; its start and its exit are recorded by `link()`, which cannot happen twice.",
        ("swarm/worker/attempt.py:Attempt._start", "swarm/files.py:write_once"),
        ("probe/everybody-dies-*", "probe/worker-dies-*", "kills/*", "soak/*"),
        ("tests/worker/test_attempt_crashes.py",),
    ),
    Guarantee(
        "G7", "What is on a screen decides nothing.",
        "Panes show a log; programs read files and locks.",
        ("swarm/worker/outcome.py:judge", "swarm/tmux/server.py:TmuxServer"),
        ("probe/told-by-noise-*", "soak/*"),
        ("tests/test_floors.py",),
    ),
    Guarantee(
        "G8", "Work is never deleted: committed, uncommitted or untracked.",
        "Everything in a worktree that no ref holds goes under a rescue ref before anything destructive.",
        ("swarm/git/rescue.py:rescue", "swarm/git/worktree.py:Worktree.switch", "swarm/git/seal.py:seal"),
        ("probe/person-works-*", "probe/worker-dies-*", "probe/everybody-dies-*", "soak/*", "kills/*"),
        ("tests/git/test_worktree.py", "tests/git/test_seal.py", "tests/cli/test_clean.py"),
    ),
    Guarantee(
        "G9", "Your checkout, index, configuration and branches are not touched, except by `swarm merge`.",
        "Runs work in a repository beside yours; yours gets refs/swarm/*, swarm/<run> and .swarm/.",
        ("swarm/git/hub.py:Hub", "swarm/git/repository.py:UserRepository.fetch_from"),
        ("probe/users-commit-*", "soak/*", "calm/*"),
        ("tests/blackbox/test_untouched.py", "tests/blackbox/test_merge_lands.py"),
    ),
    Guarantee(
        "G10", "Every value that the integration ref ever takes was verified green, exactly that tree.",
        "The gate judges a commit id in a worktree of its own; then the ref moves from where it was to that commit.",
        ("swarm/effects/proving.py:Prover.prove", "swarm/effects/landing.py:land"),
        ("probe/together-*", "probe/batch-*", "probe/red-work-*", "soak/*", "git/*"),
        ("tests/effects/test_proving.py", "tests/leader/test_runs_of_queue.py"),
    ),
    Guarantee(
        "G11", "No merge silently undoes an earlier one.",
        "What a merge changes has to lie within what its branch changed; else it is held for a person.",
        ("swarm/git/merge.py:strays",),
        ("probe/clash-*", "calm/*", "soak/*"),
        ("tests/git/test_merge.py",),
    ),
    Guarantee(
        "G12", "A ref that somebody else moved is never overwritten.",
        "Compare-and-swap; where it fails, merged and verified again.",
        ("swarm/git/hub.py:Hub.cas", "swarm/effects/landing.py:publish"),
        ("probe/stranger-lands-*", "probe/users-commit-*", "soak/*"),
        ("tests/effects/test_landing.py", "tests/git/test_hub.py"),
    ),
    Guarantee(
        "G13", "The death of tmux costs no work.",
        "An agent has a session and a log file of its own; its worker's program outlives the pane that shows it.",
        ("swarm/worker/program.py:Program.loop", "swarm/tmux/server.py:TmuxServer.ensure"),
        ("tmux/*",),
        ("tests/tmux/test_tmux_server.py",),
    ),
    Guarantee(
        "G14", "No orphans are left, and no stranger is signalled.",
        "Process groups, marks in the environment and parenthood find what is ours; a number alone never does.",
        ("swarm/worker/agentprocess.py:AgentProcess",),
        ("probe/strays-*", "probe/numbers-come-round-*", "soak/*"),
        ("tests/worker/test_agent_process.py",),
    ),
    Guarantee(
        "G15", "Power loss leaves a consistent state, older or equal.",
        "Files are flushed, then renamed, then their directory is flushed; git is told to do the same in the hub.",
        ("swarm/files.py:write_whole", "swarm/git/hub.py:Hub.create"),
        ("power/*", "flushes/*"),
        ("tests/test_files.py",),
    ),
    Guarantee(
        "G16", "A full or failing disk stops new work, says so, and corrupts nothing.",
        "A short write is cut back to the last good line; a flush that failed is not tried again.",
        ("swarm/journal.py:Journal", "swarm/files.py:check_room"),
        ("fulldisk/*", "errors/*", "limits/*"),
        ("tests/test_journal.py",),
    ),
    Guarantee(
        "G17", "A jump of the clock changes no decision.",
        "Deadlines count the seconds since the machine's boot.",
        ("swarm/clock.py:since_boot", "swarm/core/rules.py:next_deadline"),
        ("clocks/*",),
        ("tests/core/test_rules.py",),
    ),
    Guarantee(
        "G18", "Spending is bounded.",
        "An attempt is in the journal before it starts; attempts and budgets have limits that are checked there.",
        ("swarm/core/spending.py:over_budget",),
        ("probe/red-work-*", "soak/*"),
        ("tests/core/test_task_budget.py", "tests/leader/test_runs_of_limits.py"),
    ),
    Guarantee(
        "G19", "Nothing is stuck in silence.",
        "Every task that is neither running nor done has one reason and one command that lifts it.",
        ("swarm/core/why.py:why",),
        ("*",),
        ("tests/core/test_reasons.py",),
    ),
    Guarantee(
        "G20", "Hostile input executes nothing, escapes nowhere, and neither hangs nor crashes the leader.",
        "Everything is checked where it comes in; text of agents is shown as text.",
        ("inbox/message.py:decode", "swarm/core/plaintext.py:harmless", "swarm/git/command.py:Git"),
        ("probe/told-by-noise-*", "soak/*"),
        (
            "tests/core/taskfile/test_hostile_files.py", "tests/security/test_hostile_agents.py",
            "tests/security/test_hostile_messages.py", "tests/security/test_hostile_names.py",
            "tests/security/test_hostile_repositories.py", "tests/security/test_sandbox_escapes.py",
        ),
    ),
)  # fmt: skip
