"""When the active role went from one server to another: one test per rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.pair.exports import PairMemory, failed_over
from shared.domain.pair.readings import PairReadings, Source
from tests.support.exports import tick, trail
from tests.support.judging import NOW, at
from tests.support.pairs import (
    A,
    B,
    C,
    Tick,
    acted,
    handover,
    member,
    named,
    readings,
    recall,
    when,
)


def test_another_exporter_is_a_handover_at_its_first_export() -> None:
    """Not at the tick that noticed it."""
    memory = recall(trail("60m", (A, "3h", "70m")), trail("0m", (A, "3h", "70m"), (B, "20m", "9m")))
    (noticed,) = memory.handovers

    assert (noticed.before, noticed.after, noticed.source) == (A, B, Source.AUDITS)
    assert (noticed.at, noticed.noticed_at, noticed.failover) == (at("20m"), NOW, False)


def test_a_handover_while_the_pair_is_silent_is_a_failover() -> None:
    """The former active server then may come back on its own."""
    memory = recall(tick("80m", A, "2h"), tick("0m", B, "3m", silent=True))

    assert [each.failover for each in memory.handovers] == [True]


FELL_SILENT = PairMemory(audits=(acted(A, "9h", "5h"),), silent_since=at("4h"))


@pytest.mark.parametrize(
    ("memory", "first", "failovers"),
    [
        pytest.param(FELL_SILENT, "5m", [True], id="the silence lasts"),
        pytest.param(replace(FELL_SILENT, silent_since=None), "5m", [False], id="there was none"),
        pytest.param(
            replace(FELL_SILENT, silent_until=at("95m")), "5m", [True], id="a source is late"
        ),
        pytest.param(
            replace(FELL_SILENT, silent_until=at("96m")), "5m", [False], id="it is not so late"
        ),
        pytest.param(
            replace(FELL_SILENT, audits=(acted(A, "9h", "239m"),), silent_until=at("1h")),
            "5m",
            [False],
            id="the silent server itself ended the silence",
        ),
        pytest.param(
            replace(FELL_SILENT, audits=(acted(A, "9h", "239m"),)),
            "5m",
            [True],
            id="it was back for a moment, and the silence goes on",
        ),
        pytest.param(
            replace(FELL_SILENT, audits=(acted(A, "4h", "10m"),)),
            "5m",
            [False],
            id="the server before began in the silence, so it was not what fell silent",
        ),
    ],
)
def test_a_failover_takes_the_role_from_the_server_that_fell_silent(
    memory: PairMemory, first: str, failovers: list[bool]
) -> None:
    """Whenever it is shown: sources lag, and password sync ends a silence within minutes."""
    silent = memory.silent_since is not None and memory.silent_until is None
    said = readings(audits=[acted(B, first)])
    after = recall(Tick("0m", said, silent=silent), memory=memory)

    assert [each.failover for each in after.handovers] == failovers


def test_a_silence_lasts_from_its_first_tick_to_the_first_one_after_it() -> None:
    """A new one replaces it."""

    def silence(*ticks: tuple[str, bool]) -> tuple[object, object]:
        memory = recall(*(Tick(ago, PairReadings(), silent=silent) for ago, silent in ticks))
        return memory.silent_since, memory.silent_until

    first = [("9h", False), ("8h", True), ("7h", True), ("6h", False), ("5h", False)]

    assert silence(*first[:1]) == (None, None)
    assert silence(*first[:3]) == (at("8h"), None)
    assert silence(*first) == (at("8h"), at("6h"))
    assert silence(*first, ("4h", True), ("3h", True)) == (at("4h"), None)


def test_history_at_the_first_look_is_no_handover() -> None:
    """The watchdog did not see it happen, and cannot say whether the pair was silent."""
    assert recall(trail("0m", (A, "20h", "9h"), (B, "8h", "5m"))).handovers == ()


def test_one_handover_that_three_sources_show_is_recorded_once() -> None:
    """Each source has its lag; the earliest first export is when the role went over."""
    before = readings(member(A, exported="3h"), exporter=named(A, "3h"), audits=[acted(A, "3h")])
    seen = readings(exporter=named(B, "1h"))
    by_all = readings(member(B, exported="66m"), audits=[acted(B, "70m", "30m")])
    memory = recall(
        Tick("3h", before, "200m"),
        Tick("1h", seen, "61m", silent=True),
        Tick("0m", by_all, "5m"),
    )
    (noted,) = memory.handovers

    assert (noted.at, noted.source) == (at("70m"), Source.AUDITS)
    assert (noted.noticed_at, noted.failover) == (at("1h"), True)


@pytest.mark.parametrize(("later", "handovers"), [("90m", 1), ("89m", 2)])
def test_the_same_pair_beyond_the_longest_lag_is_another_handover(
    later: str, handovers: int
) -> None:
    """Four and a half hours is what Connect Health may be late; later it happened again."""
    memory = PairMemory(
        audits=(acted(A, "7h"),), handovers=(handover(A, B, "6h", source=Source.AUDITS),)
    )

    assert len(recall(trail("0m", (B, later, later)), memory=memory).handovers) == handovers


def test_a_role_that_was_handed_back_and_over_again_is_three_handovers() -> None:
    """Within the lag, too: the role going back lies between."""
    turns = [tick("4h", A, "245m"), tick("3h", B, "185m"), tick("2h", A, "125m")]
    memory = recall(*turns, tick("1h", B, "65m"))

    assert [(each.before, each.after) for each in memory.handovers] == [(A, B), (B, A), (A, B)]


def test_a_late_source_does_not_hand_the_role_over_again() -> None:
    """It shows the first of the two handovers, which is known."""
    memory = PairMemory(
        audits=(acted(A, "7h"),), handovers=(handover(A, B, "4h"), handover(B, A, "2h"))
    )
    after = recall(trail("0m", (B, "230m", "3h")), memory=memory)

    assert after.handovers == memory.handovers


def test_five_handovers_are_kept_and_a_standing_fence_outlives_the_others() -> None:
    """Servers that take turns must not push out the failover that one of them returned from."""
    fence = handover(A, B, "20h", failover=True)
    rest = tuple(handover(B, A, f"{hours}h") for hours in (18, 12, 7, 2))
    memory = PairMemory(audits=(acted(A, "7h", "2h"),), handovers=(fence, *rest))
    after = recall(trail("0m", (B, "30m", "5m")), memory=memory)

    assert len(after.handovers) == 5
    assert after.handovers[0] == fence
    assert after.handovers[-1].after == B
    assert rest[0] not in after.handovers


@pytest.mark.parametrize(
    ("server", "settled"),
    [
        pytest.param(member(A, configured="1h"), "1h", id="seen in staging afterwards: settled"),
        pytest.param(member(A, configured="3h"), None, id="a flag from before says nothing"),
        pytest.param(member(A, configured="2h"), None, id="nor one of the same moment"),
        pytest.param(member(A, configured=None), None, id="nor one of no known time"),
        pytest.param(member(A, configured="-1h"), None, id="nor one from the future"),
        pytest.param(member(A, staging=False), None, id="active still: the fence stands"),
        pytest.param(member(A, staging=None), None, id="unknown: the fence stands"),
        pytest.param(member(B), None, id="the other server in staging is no matter"),
    ],
)
def test_a_fence_ends_when_the_former_active_server_is_seen_in_staging(
    server: object, settled: str | None
) -> None:
    """Only an upload of after the handover can know."""
    memory = PairMemory(handovers=(handover(A, B, "2h", failover=True),))
    after = recall(Tick("0m", readings(server)), memory=memory)  # type: ignore[arg-type] # a member

    assert [each.settled_at for each in after.handovers] == [when(settled)]


def test_a_fence_stays_ended() -> None:
    """A planned failback shows the server active again, which is no reason to fence it."""
    memory = PairMemory(handovers=(handover(A, B, "9h", failover=True, settled="5h"),))
    after = recall(Tick("0m", readings(member(A, configured="1h"))), memory=memory)

    assert after.handovers == memory.handovers


def test_the_switch_that_answers_an_incident_is_the_newest_away_from_its_server() -> None:
    """By any spelling, since the incident began; "" asks for whichever server."""
    first, second, other = handover(A, B, "9h"), handover(A, C, "2h"), handover(C, B, "1h")
    memory = PairMemory(handovers=(first, second, other))

    assert failed_over(memory, "sync-a.contoso.com", at("10h")) == second
    assert failed_over(memory, A, at("2h")) == second
    assert failed_over(memory, A, at("119m")) is None
    assert failed_over(memory, "", at("10h")) == other
    assert failed_over(memory, B, at("10h")) is None


@pytest.mark.parametrize(
    ("before", "after", "unseen"),
    [
        pytest.param("2h", "45m", True, id="two uploads are missing, as the other server's show"),
        pytest.param("2h", "45m1s", False, id="a second less, and they may be late"),
        pytest.param("119m59s", "0m", False, id="it gave a sign of life after it lost the role"),
        pytest.param(None, "0m", False, id="it has no agent, so nothing would show it"),
    ],
)
def test_a_server_is_unseen_that_gave_no_sign_of_life_since_it_lost_the_role(
    *, before: str | None, after: str, unseen: bool
) -> None:
    """By its uploads, beside those of the server that took over."""
    memory = PairMemory(audits=(acted(A, "3h"),), handovers=(handover(A, B, "2h"),))
    seen = [member(name, seen=time, ran=None) for name, time in ((A, before), (B, after))]
    recalled = recall(Tick("0m", readings(*seen)), memory=memory)

    assert [each.unseen for each in recalled.handovers] == [unseen]


def test_a_server_that_took_the_role_again_was_alive() -> None:
    """Its agent may be silent all the same."""
    both = (handover(A, B, "4h"), handover(B, A, "2h"))
    seen = [member(name, seen=time, configured=None) for name, time in ((A, "5h"), (B, "0m"))]
    recalled = recall(Tick("0m", readings(*seen)), memory=PairMemory(handovers=both))

    assert recalled.handovers == both


def test_a_handover_by_an_unseen_server_is_kept_like_a_fence() -> None:
    """Turns must not push it out, either."""
    fence = replace(handover(A, B, "20h"), unseen=True)
    rest = tuple(handover(B, A, f"{hours}h") for hours in (18, 12, 7, 2))
    memory = PairMemory(audits=(acted(A, "7h", "2h"),), handovers=(fence, *rest))

    assert recall(trail("0m", (B, "30m", "5m")), memory=memory).handovers[0] == fence
