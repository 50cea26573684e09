"""Worlds that tell the truth late: one server is active at any time, and every source lags.

The world knows who exported when; each source shows that with its documented lag, drawn anew at
every read. Whoever judges must not see two active servers where there was one, and must see them
where there were two. `WATCHDOG_SIMULATION=full` lives through more of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

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
from shared.domain.pair.view import Intent, PairView, Roles
from tests.support.judging import NOW
from tests.support.pairs import FACTS, A, B, known

START = NOW
FULL = os.environ.get("WATCHDOG_SIMULATION") == "full"
thorough = settings(max_examples=300 if FULL else 12, deadline=None)
seldom = st.lists(st.integers(0, 100), min_size=3, max_size=12)


def minute(number: float) -> datetime:
    """A minute of the world."""
    return START + timedelta(minutes=number)


@dataclass(frozen=True)
class World:
    """Who exports when, and how late each source is, in minutes.

    Attributes:
        exports: Minute and server, oldest first.
        switched: From when on SYNC-B's flag says active.
        retired: From when on SYNC-A's flag says staging; None if it never does.
        lags: Percentages of the longest lag, used in turn.
        every: Which sources are read in which tick: each this many ticks.
        silent: Whether an incident says that the pair is silent while it switches.
    """

    exports: tuple[tuple[float, str], ...]
    switched: float
    retired: float | None
    lags: tuple[int, ...]
    every: tuple[int, int, int]
    silent: bool

    def lag(self, turn: int, longest: float) -> float:
        """The lag of one read."""
        return longest * self.lags[turn % len(self.lags)] / 100

    def until(self, end: float, server: str = "") -> list[tuple[float, str]]:
        """The exports of a server until a minute; "" is any."""
        return [each for each in self.exports if each[0] <= end and server in {"", each[1]}]

    def exporter(self, turn: int, now: float) -> SyncConfiguration:
        """`sync_configuration` is up to 2 minutes late."""
        shown = self.until(now - self.lag(turn, 2))
        return SyncConfiguration(exporter=shown[-1][1] if shown else None)

    def trail(self, turn: int, now: float) -> AuditTrail:
        """Audits of the last 3 hours, up to 10 minutes late; every third export changes nothing."""
        shown = self.until(now - self.lag(turn + 1, 10))
        runs: list[Acted] = []
        for number, (time, server) in enumerate(shown):
            if number % 3 == 2 or now - time > 180:
                continue
            if runs and runs[-1].server == server:
                runs[-1] = Acted(server, runs[-1].first_at, minute(time))
            else:
                runs.append(Acted(server, minute(time), minute(time)))
        return AuditTrail(tuple(runs))

    def member(self, turn: int, now: float, server: str) -> HealthMember:
        """Exports up to 30 minutes late, the flag of an upload every 4 hours."""
        shown = self.until(now - self.lag(turn + 2 + (server == B), 30), server)
        phase = 60 if server == A else 130
        uploaded = (now - phase) // 240 * 240 + phase
        retired = self.retired is not None and uploaded >= self.retired
        staging = retired if server == A else uploaded < self.switched
        return HealthMember(
            id=server,
            name=server,
            staging=staging,
            updated_at=minute(uploaded),
            uploaded_at=minute(now),
            configured_at=minute(uploaded),
            exported_at=minute(shown[-1][0]) if shown else None,
        )

    def ticks(self, length: int) -> list[tuple[float, Roles, PairMemory]]:
        """What is concluded every five minutes."""
        memory, said, concluded = PairMemory(), PairReadings(), []
        for turn in range(length // 5):
            now = turn * 5 + 0.5
            read_at = f"-{turn * 300 + 30}s"
            members = (self.member(turn, now, A), self.member(turn, now, B))
            if turn % self.every[0] == 0:
                named = known(self.exporter(turn, now), read_at)
                said = replace(said, sync_configuration=named)
            if turn % self.every[1] == 0:
                said = replace(said, audits=known(self.trail(turn, now), read_at))
            if turn % self.every[2] == 0:
                said = replace(said, connect_health=known(HealthReading(members), read_at))
            synced = self.until(now)
            synced_at = minute(synced[-1][0]) if synced else None
            silent = self.silent and abs(now - self.switched) < 120
            memory = remember(memory, said, at=minute(now), object_sync_at=synced_at, silent=silent)
            view = PairView(
                minute(now), said, memory, Intent(A, (B,)), FACTS, object_sync_at=synced_at
            )
            concluded.append((now, fuse(view), memory))
        return concluded


@st.composite
def one_active(draw: st.DrawFn) -> World:
    """SYNC-A exports every 30 minutes until it stops; then, at some time, SYNC-B does."""
    stopped, pause, phase = (
        draw(st.integers(60, 500)),
        draw(st.integers(1, 200)),
        draw(st.integers(0, 29)),
    )
    switched = stopped + pause
    first = [(float(t), A) for t in range(phase, stopped, 30)]
    then = [(float(t), B) for t in range(switched, 1000, 30)]
    retired = draw(st.sampled_from([None, stopped, stopped + 1, switched + 30]))
    lags = tuple(draw(seldom))
    every = draw(st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 3)))
    return World(tuple(first + then), switched, retired, lags, every, draw(st.booleans()))


@st.composite
def two_active(draw: st.DrawFn) -> World:
    """SYNC-A never stops, and SYNC-B exports, too, at least six minutes apart."""
    switched, apart = draw(st.integers(100, 300)), draw(st.integers(6, 24))
    first = [(float(t), A) for t in range(0, 500, 30)]
    then = [(float(t), B) for t in range(switched // 30 * 30 + apart, 500, 30)]
    lags = tuple(draw(seldom))
    return World(tuple(sorted(first + then)), switched, None, lags, (1, 1, 1), draw(st.booleans()))


@thorough
@given(one_active())
def test_no_lag_makes_two_active_servers_of_one(world: World) -> None:
    """Not in any tick before, during or after the handover."""
    for now, roles, memory in world.ticks(800):
        assert roles.two_active is None, (now, memory)
        assert roles.none_active == () or not world.until(now, B)


@thorough
@given(one_active())
def test_the_handover_is_seen_once_and_the_role_follows_it(world: World) -> None:
    """SYNC-A before, SYNC-B after the longest lag of an export; never back."""
    seen_b = False
    for now, roles, memory in world.ticks(800):
        active = roles.active.name if roles.active and roles.active.role is Role.ACTIVE else ""
        if now < world.switched:
            assert active != B or not world.until(now - 60, A) or world.retired is not None
        if world.until(now - 65, B):
            assert active == B, (now, memory)
        assert not (seen_b and active == A), (now, memory)
        seen_b = seen_b or (active == B and now >= world.switched)
        handed = [(each.before, each.after) for each in memory.handovers]
        assert handed in ([], [(A, B)]), (now, memory)


@thorough
@given(two_active())
def test_two_servers_that_export_are_found(world: World) -> None:
    """Within two cycles of the second one, and for as long as both go on."""
    for now, roles, memory in world.ticks(500):
        if world.until(now - 65, B):
            assert roles.two_active is not None, (now, memory)
            assert set(roles.two_active.servers) == {A, B}
        if not world.until(now, B):
            assert roles.two_active is None
