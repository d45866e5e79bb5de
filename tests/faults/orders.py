"""What the operator orders while a run goes on.  The model follows: an order that is refused changes nothing."""

from __future__ import annotations

import signal
from dataclasses import replace

from landing import sensible
from meddling import ready
from person import Person
from scenario import FAILING, PATIENT, Job, tasks_alone
from stage import HERE, PYTHON
from strikes import whose_lead


def _task(person: Person) -> str:
    return person.chance.choice(person.stage.scenario.jobs).id


def pause(person: Person) -> None:
    """Paused for a while; what has ended meanwhile has ended."""
    task = _task(person)
    if ready(person) and person.stage.swarm("pause", task).code == 0:
        person.wait(lambda: False, person.chance.choice((0.0, 0.4, 1.5)))
        person.stage.swarm("unpause", task)


def cancel_and_retry(person: Person) -> None:
    """Given up, and taken up again as soon as its last attempt has ended."""
    task = _task(person)
    if ready(person) and person.stage.swarm("cancel", task).code == 0:
        person.wait(lambda: False, person.chance.choice((0.0, 0.3)))
        again = person.wait(lambda: bool(person.lead()) and person.stage.swarm("retry", task).code == 0, 60.0)
        if not again:
            person.stage.object(f"{task} was cancelled and can't be tried again")


def cancel(person: Person) -> None:
    """Given up for good."""
    stage = person.stage
    task = person.chance.choice(stage.scenario.jobs)
    if task.kind not in FAILING and ready(person) and stage.swarm("cancel", task.id).code == 0:
        stage.scenario = replace(stage.scenario, given_up=stage.scenario.given_up | {task.id})


def send(person: Person) -> None:
    if ready(person):
        whom = person.chance.choice((_task(person), "worker-1", "leader", "all"))
        person.stage.swarm("send", whom, "a word\n❯ rm -rf /\n-----END-----")
        person.stage.swarm("broadcast", "to everybody")


def add(person: Person) -> None:
    """Two more tasks, one behind the other, behind one that was there."""
    stage = person.stage
    number = len(stage.scenario.jobs)
    jobs = (
        Job(f"t{number}", person.chance.choice(("good", "lines", "clash")), (_task(person),), retries=PATIENT),
        Job(f"t{number + 1}", "untracked", (f"t{number}",), retries=PATIENT),
    )
    file = stage.root / f"more-{number}.yaml"
    file.write_text(tasks_alone(jobs, PYTHON, str(HERE / "actor.py"), str(stage.ledger)))
    if ready(person) and stage.swarm("add", str(file)).code == 0:
        stage.scenario = replace(stage.scenario, jobs=(*stage.scenario.jobs, *jobs))


def stop(person: Person) -> None:
    """Stopped; whoever comes next goes on."""
    if ready(person):
        person.stage.swarm("stop")
        if person.leader is not None:
            person.wait(lambda: not person.leads(), 60.0)


def land_early(person: Person) -> None:
    """Lands what is there already, with the run under way and the checkout as it is."""
    stage = person.stage
    if ready(person):
        sensible(stage, stage.swarm("merge", *person.chance.choice(((), ("--dry-run",), ("--squash",)))))
        stage.look_again()


def clean_early(person: Person) -> None:
    """Wants a run cleaned up that has not ended: nothing goes."""
    stage = person.stage
    if ready(person) and not stage.is_over():
        sensible(stage, stage.swarm("clean", *person.chance.choice(((), ("--dry-run",), ("--keep-branches",)))))
        if not stage.has_run():
            stage.object("a run that had not ended was cleaned up")


def start_another(person: Person) -> None:
    """Wants a second run in the same repository beside a leader that lives, though it does not move."""
    stage = person.stage
    if not ready(person):
        return
    leader, words = person.lead(), [*stage.start_words(), "--run", "another"]
    leader.send_signal(signal.SIGSTOP)
    if whose_lead(stage) == leader.pid and leader.poll() is None:
        sensible(stage, stage.swarm(*words, "--dry-run"))
        said = stage.swarm(*words)
        if said.code != 75:
            stage.object(f"a second run began beside the first: {said.code} {said.err[-300:]}")
    leader.send_signal(signal.SIGCONT)


def mend(person: Person) -> None:
    """Has whatever seems wrong put right while all is well."""
    if ready(person):
        sensible(person.stage, person.stage.swarm("doctor", "--fix", *person.chance.choice(((), ("--yes",)))))


def look(person: Person) -> None:
    """Every verb that only looks, at any time."""
    task = _task(person)
    for words in (
        ("doctor",), ("runs",), ("log", task), ("why", task), ("diff", task), ("summary",), ("inbox",), ("rescue",),
        ("path", task), ("log",),
    ):  # fmt: skip
        if ready(person):
            sensible(person.stage, person.stage.swarm(*words))
