"""Whole stories of a pair, tick by tick, where a single source is all that can be read.

Minutes count from the start of a story; every tick reads the source, which shows what it would show
then: names and audit entries minutes late, Connect Health's newest exports up to half an hour late.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.exports import PairMemory, remember
from shared.domain.pair.readings import (
    Acted,
    AuditTrail,
    HealthMember,
    HealthReading,
    PairReadings,
    SyncConfiguration,
)
from shared.domain.pair.report import Role
from shared.domain.pair.roles import fuse
from shared.domain.pair.view import Intent, PairView
from tests.support.judging import NOW
from tests.support.pairs import FACTS, A, B, C, known, view

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.view import Roles, TwoActive

SOURCES = ["configuration", "audits", "health"]


def minute(number: float) -> datetime:
    """A minute of a story."""
    return NOW + timedelta(minutes=number)


def every(first: int, last: int) -> list[int]:
    """The minutes of a server that exports every half hour."""
    return list(range(first, last + 1, 30))


@dataclass
class Story:
    """Who exports when, by a source that is read every five minutes.

    Attributes:
        exports: The minutes at which each server exports.
        source: All that can be read.
        silence: From when to when an incident says that the pair is silent.
        agents: The minute of the last upload of a server whose agent falls silent.
        back: The minute at which such agents upload again.
        memory: What is remembered so far.
        now: The minute that it is.
    """

    exports: dict[str, list[int]]
    source: str
    silence: tuple[int, int] = (0, 0)
    agents: dict[str, int] = field(default_factory=dict)
    back: int = 10_000
    memory: PairMemory = field(default_factory=PairMemory)
    now: int = 0

    def until(self, end: int) -> Roles:
        """The roles at a minute, after every tick before."""
        while self.now < end - 5:
            self._tick()
        return self._tick()

    def first(self, end: int) -> tuple[int, TwoActive] | None:
        """The first tick that finds two active servers, and what it finds."""
        while self.now < end:
            found = self.until(self.now + 5).two_active
            if found is not None:
                return self.now, found
        return None

    def _shown(self, lag: int) -> list[tuple[int, str]]:
        told = [(at, name) for name, times in self.exports.items() for at in times]
        return sorted(each for each in told if each[0] <= self.now - lag)

    def _uploaded(self, name: str) -> int:
        last = self.agents.get(name, self.now)
        return min(last, self.now) if self.now < self.back else self.now

    def _said(self) -> PairReadings:
        if self.source == "configuration":
            exporter = SyncConfiguration(exporter=self._shown(2)[-1][1])
            return PairReadings(sync_configuration=known(exporter, f"-{self.now}m"))
        if self.source == "audits":
            shown = [each for each in self._shown(7) if self.now - each[0] <= 150]
            runs = tuple(Acted(name, minute(at), minute(at)) for at, name in shown)
            return PairReadings(audits=known(AuditTrail(runs), f"-{self.now}m"))
        newest = {name: at for at, name in self._shown(20)}
        members = [
            HealthMember(s, s, uploaded_at=minute(self._uploaded(s)), exported_at=minute(at))
            for s, at in newest.items()
        ]
        return PairReadings(connect_health=known(HealthReading(tuple(members)), f"-{self.now}m"))

    def _tick(self) -> Roles:
        self.now += 5
        said, at = self._said(), minute(self.now)
        synced = minute(self._shown(0)[-1][0])
        silent = self.silence[0] <= self.now < self.silence[1]
        self.memory = remember(self.memory, said, at=at, object_sync_at=synced, silent=silent)
        intent = Intent(A, (B,))
        return fuse(PairView(at, said, self.memory, intent, FACTS, object_sync_at=synced))


def names(roles: Roles) -> list[str]:
    """The servers whose role is active."""
    return [each.name for each in roles.servers if each.role is Role.ACTIVE]


LATEST = {"configuration": 605, "audits": 610, "health": 620}
"""The first tick that can read of an export at minute 600."""


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("until", [205, 240], ids=["passwords end it", "objects end it"])
def test_the_former_active_server_is_named_at_the_first_read_that_shows_it(
    source: str, until: int
) -> None:
    """SYNC-A dies at 100, SYNC-B exports from 200, and SYNC-A again from 600.

    However soon the silence ended: password sync may end it before the source shows SYNC-B.
    """
    story = Story({A: [*every(0, 90), *every(600, 700)], B: every(200, 700)}, source, (160, until))

    assert story.until(300).two_active is None
    assert [each.failover for each in story.memory.handovers] == [True]
    found = story.first(700)

    assert found is not None
    assert found[0] == LATEST[source]
    assert (found[1].returned, found[1].to_staging) == (True, A)
    assert set(found[1].servers) == {A, B}
    assert sorted(names(story.until(story.now + 30))) == [A, B]


@pytest.mark.parametrize("source", SOURCES)
def test_a_server_that_is_back_at_once_is_the_one_that_returned_as_long_as_both_export(
    source: str,
) -> None:
    """The incident is still open: it must not turn the server that took over into the old one."""
    both = {A: [*every(0, 90), *every(217, 500)], B: every(200, 500)}
    story = Story(both, source, (160, 260))
    found = story.first(400)

    assert found is not None
    assert found[1].to_staging == A
    while story.now < 500:
        two = story.until(story.now + 5).two_active
        assert two is not None
        assert (two.returned, two.to_staging) == (True, A)


@pytest.mark.parametrize("source", SOURCES)
def test_of_two_standbys_that_were_both_promoted_none_has_returned(source: str) -> None:
    """SYNC-A died; SYNC-B and SYNC-C export, and which is wrong is not known."""
    story = Story({A: every(0, 90), B: every(200, 500), C: every(217, 500)}, source, (160, 260))
    found = story.first(500)

    assert found is not None
    assert (found[1].returned, found[1].to_staging) == (False, "")
    assert set(found[1].servers) == {B, C}
    assert found[0] <= 200 + 30 + 25


@pytest.mark.parametrize("source", SOURCES)
def test_a_planned_handover_and_its_failback_hours_later_are_two_role_changes(source: str) -> None:
    """SYNC-A is patched for three hours."""
    planned = {A: [*every(0, 90), *every(300, 600)], B: every(120, 270)}
    story = Story(planned, source)

    assert names(story.until(90)) == [A]
    assert story.first(250) is None
    assert names(story.until(270)) == [B]
    assert story.first(600) is None
    assert names(story.until(605)) == [A]


@pytest.mark.parametrize("source", SOURCES)
def test_a_server_that_returns_after_a_planned_handover_is_found_by_the_turns(source: str) -> None:
    """SYNC-A is meant to be active, but that is of before the handover: who is wrong is unknown."""
    story = Story({A: [*every(0, 90), *every(400, 600)], B: every(117, 600)}, source)
    found = story.first(600)

    assert found is not None
    assert found[0] <= 400 + 30 + 25
    assert (found[1].returned, found[1].to_staging) == (False, "")


ENDS = {"configuration": 67 + 60 + 15, "health": 67 + 30 + 15 + 45 + 10}
"""The latest tick that may still say that SYNC-A exports, which it did last at 67."""


@pytest.mark.parametrize("source", ENDS)
def test_after_a_switch_with_an_overlap_nobody_is_told_to_stop_the_only_active_server(
    source: str,
) -> None:
    """SYNC-B is promoted at 60, SYNC-A demoted at 75: it ends when SYNC-A has missed a cycle."""
    story = Story({A: [0, *every(7, 67)], B: every(60, 300)}, source)
    found = story.first(150)

    assert found is not None
    overdue_at = 67 + 45 + (45 if source == "health" else 0)
    while story.now < 300:
        two = story.until(story.now + 5).two_active
        assert two is None or story.now <= ENDS[source]
        assert two is None or not two.to_staging or story.now <= overdue_at
    assert names(story.until(305)) == [B]


def test_where_only_audits_can_be_read_it_ends_later_but_names_nobody_sooner() -> None:
    """An export without changes leaves no entry there: SYNC-A may export still."""
    story = Story({A: [0, *every(7, 67)], B: every(60, 300)}, "audits")
    found = story.first(150)

    assert found is not None
    story.until(112)
    while story.now < 185:
        two = story.until(story.now + 5).two_active
        assert two is not None
        assert two.to_staging == ""


@pytest.mark.parametrize("source", ENDS)
def test_two_that_can_export_no_more_are_two_still(source: str) -> None:
    """Entra is down since 100: that no export is shown says nothing about who may."""
    story = Story({A: [0, *every(7, 97)], B: every(60, 90)}, source)

    assert story.first(100) is not None or source == "health"
    assert story.until(180).two_active is not None


@pytest.mark.parametrize("source", ENDS)
def test_a_failback_within_the_window_is_not_called_two_servers_for_long(source: str) -> None:
    """SYNC-B had the role from 62 to 120, by plan, and SYNC-A has it again."""
    story = Story({A: [0, 7, 37, *every(122, 400)], B: every(62, 120)}, source)
    last = 92 + 45 + 15 + (45 + 20 if source == "health" else 0)

    assert story.until(last + 5).two_active is None
    assert story.first(400) is None


def test_a_server_whose_agent_is_silent_may_export_still() -> None:
    """Connect Health shows no export of it then, which is no proof."""
    story = Story({A: [0, *every(7, 67)], B: every(60, 200)}, "health", agents={A: 75})

    assert story.first(150) is not None
    assert story.until(185).two_active is not None


@pytest.mark.parametrize(
    ("agent", "returned", "to_staging"),
    [(63, True, A), (160, False, "")],
    ids=["unseen at the switch", "seen after it"],
)
def test_a_server_that_was_unseen_when_it_lost_the_role_has_returned(
    *, agent: int, returned: bool, to_staging: str
) -> None:
    """SYNC-A dies before it is told as silent, SYNC-B is promoted at 130, SYNC-A is back at 337."""
    both = {A: [0, *every(7, 67), *every(337, 600)], B: every(130, 600)}
    story = Story(both, "health", agents={A: agent}, back=333)
    found = story.first(600)

    assert [each.failover for each in story.memory.handovers][:1] == [False]
    assert found is not None
    while story.now < 600:  # however many turns they take
        two = story.until(story.now + 5).two_active
        assert two is not None
        assert (two.returned, two.to_staging) == (returned, to_staging)


def test_who_is_wrong_is_named_for_as_long_as_it_is_remembered_who_had_the_role() -> None:
    """SYNC-B was made active by mistake at 112; the runs of three hours are remembered."""
    story = Story({A: every(0, 600), B: every(112, 600)}, "configuration")
    named = {}
    assert story.first(200) is not None
    while story.now < 600:
        two = story.until(story.now + 5).two_active
        assert two is not None
        named[story.now] = two.to_staging

    assert {named[at] for at in range(160, 260, 5)} == {B}
    assert {named[at] for at in range(320, 600, 5)} == {""}


def test_an_unseen_server_that_has_the_role_back_alone_has_not_returned() -> None:
    """It was switched off for a day by plan, and nobody exports beside it."""
    story = Story(
        {A: [0, *every(7, 67), *every(600, 900)], B: every(70, 580)},
        "health",
        agents={A: 63},
        back=595,
    )

    assert story.first(900) is None
    assert [each.unseen for each in story.memory.handovers] == [True, False]


def test_two_servers_that_take_turns_are_found_at_the_first_look_of_all() -> None:
    """Nothing is remembered; the audits alone show SYNC-A, SYNC-B, SYNC-A."""
    turns = [Acted(name, minute(-ago), minute(-ago)) for name, ago in ((A, 70), (B, 50), (A, 40))]
    roles = fuse(view(audits=turns))

    assert roles.two_active is not None
    assert roles.two_active.servers == (A, B)
    assert names(roles) == [A, B]
