"""kill -9 of workers at random moments while pairs come about: done once, told once, in order."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shared.settings import SERVICES
from tests.faults.checked import check, read_record
from tests.faults.processes import Program, Site
from tests.faults.stories import PARTS, caught, leases_over, mailed, some_couples, told_in_order
from tests.mail import Mailbox
from tests.stack import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

#: A kill falls at some moment in this time after a part of the story began.
KILL_WITHIN_S = 1.0
SETTLED_WITHIN_S = 90.0


@contextmanager
def killed_meanwhile(program: Program | None, after_s: float) -> Iterator[None]:
    """That program is killed at that moment, whatever goes on."""
    timer = threading.Timer(after_s, program.kill if program else lambda: None)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@pytest.mark.parametrize("split", [True, False], ids=["each-service", "all-in-one"])
def test_workers_killed_while_pairs_come_about_do_and_tell_everything_once(
    site: Site, mails: Mailbox, split: bool
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    chance = random.Random(seed)
    shapes = [(name,) for name in SERVICES] if split else [SERVICES]
    programs = [site.worker(*services) for services in shapes]
    for program in programs:
        program.ready()
    supervisor = site.supervised(*programs)
    victims = [*programs, *[None] * (len(PARTS) - len(programs))]
    chance.shuffle(victims)
    couples = some_couples(site, 3)
    for part, victim in zip(PARTS, victims, strict=True):
        with killed_meanwhile(victim, chance.uniform(0.0, KILL_WITHIN_S)):
            for couple in couples:
                part(couple)
    # The last kill may come when all is done: then nothing but the supervisor knows of it, a moment later.
    wait_for(lambda: all(supervisor.codes.values()), SETTLED_WITHIN_S, f"the end of all, seed {seed}")
    site.settled(SETTLED_WITHIN_S, f"seed {seed}, {supervisor.codes}")
    leases_over(site)
    mailed(site, mails, couples)
    killed = {name: codes.count(-9) for name, codes in supervisor.codes.items()}
    assert killed == dict.fromkeys(killed, 1), f"seed {seed}: {supervisor.codes}"
    record = read_record(site, caught(mails, couples))
    check(record, seed=seed)
    told_in_order(record, mails, couples)
