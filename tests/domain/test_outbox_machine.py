"""Ticks, crashes and a broken channel against the outbox: no alert is lost (R1, R2, R5)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.domain.incidents.actions import acknowledge
from shared.domain.incidents.advance import Rhythm, Tick, advance
from shared.domain.incidents.advice_change import card_advice
from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import (
    EAGER_FOR,
    LEASE,
    RETRY_EVERY,
    Due,
    Message,
    Notification,
    claim,
    fall_due,
    overdue,
    record_failure,
    record_sent,
    supersede,
    to_send,
)
from shared.domain.pair.readings import AlertLevel
from shared.domain.pair.report import Advice
from shared.domain.verdicts import Finding, Kind, Verdict, severity
from tests.support.incidents import START, Story, found, judgement, memory

MINUTE = timedelta(minutes=1)
WEEKEND = timedelta(hours=63)
answers = st.sampled_from(["accepted", "failed", "refused", "slow", "crash"])
findings = st.sampled_from(
    [
        found(Verdict.SYNC_STALLED),
        found(Verdict.SERVER_SILENT),
        found(Verdict.SERVER_SILENT, advice=Advice.FAIL_OVER),
        found(Verdict.SERVER_SILENT, advice=Advice.FAIL_OVER),
        found(Verdict.SERVER_SILENT, advice=Advice.CHECK_FIRST),
        found(Verdict.SERVER_SILENT, advice=Advice.DO_NOT_FAIL_OVER),
        found(Verdict.STANDBY_UNFIT, "sync-b"),
        found(Verdict.HEALTH_ALERT, "a", level=AlertLevel.WARNING),
        found(Verdict.HEALTH_ALERT, "a", level=AlertLevel.ERROR),
    ]
)


class OutboxMachine(RuleBasedStateMachine):
    """Loud and quiet incidents, one channel; what people saw of it is the record."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.cards: dict[tuple[str, int], Notification] = {}
        self.now = START
        self.beats = 0
        self.seen: list[tuple[str, int, Message, Verdict]] = []
        self.crashes = 0
        self.advised: dict[str, str] = {}
        self.overlapped = False
        self.in_the_air: list[tuple[Due, Notification]] = []

    # -- the world ----------------------------------------------------------------------------

    @rule(
        gap=st.sampled_from([1, 4, 5, 15, 60, 600, 1500]),
        seen=st.lists(findings, max_size=2, unique_by=lambda finding: finding.kind),
        beat=st.booleans(),
        escalation_card=st.booleans(),
        answer=answers,
        end=st.sampled_from(["", "", "obsolete"]),
    )
    def a_tick(
        self,
        *,
        gap: int,
        seen: list[Finding],
        beat: bool,
        escalation_card: bool,
        answer: str,
        end: str,
    ) -> None:
        """Judge, advance, store, deliver; a slow card of the tick before lands after it."""
        self.now += gap * MINUTE
        self.beats += beat
        waiting = self.in_the_air
        self.in_the_air = []
        tick = Tick(
            judgement(seen, ends={(Kind.STANDBY, "sync-b"): end}),
            memory(self.beats, 0),
            Rhythm(),
            self.now,
            frozenset(n.incident for n in self.cards.values() if n.unsent),
        )
        steps = advance(self.story.incidents.values(), tick, lambda k: f"{k}-{self.now}")
        stored = list(self.cards.values())
        for step in steps:
            self.story.store(step)
        for card in fall_due(steps, stored, escalation_card=escalation_card):
            assert (card.incident, card.sequence) not in self.cards
            self._put(card)
        self._deliver(answer)
        for item, held in waiting:
            if held.claimed_until is not None and self.now < held.claimed_until:
                self._show(item)
                self._sent(item, held)

    @rule(answer=answers)
    def a_second_tick_delivers_at_the_same_time(self, answer: str) -> None:
        """Overlapping ticks: what one holds, the other leaves alone."""
        self._deliver(answer)

    @rule()
    def somebody_acknowledges(self) -> None:
        """A person takes whatever is open."""
        for incident in list(self.story.incidents.values()):
            if incident.state is not State.RESOLVED:
                self.story.store(acknowledge(incident, "on-call", self.now))

    def _deliver(self, answer: str) -> None:
        due, pointless = to_send(self.story.incidents.values(), self.cards.values(), self.now)
        for card in pointless:
            self._put(supersede(card, self.now))
        for item in due:
            if item.message is Message.ESCALATION:
                assert item.incident.state is State.OPEN
            assert item.incident.kind is Kind.SYNC or self._may_be_read_now(item)
            held = claim(item, "tick", self.now)
            self._put(held)
            if answer == "slow":
                self.in_the_air.append((item, held))
                self.overlapped = True
            if answer in {"accepted", "crash"}:
                self._show(item)
                self.crashes += answer == "crash"
            if answer == "accepted":
                self._sent(item, held)
            if answer in {"failed", "refused"}:
                self._put(record_failure(held, "No.", self.now, refused=answer == "refused"))

    def _may_be_read_now(self, item: Due) -> bool:
        """Its office hours have begun, or something fell due with it that need not wait."""
        cards = (item.notification, *item.older)
        return any(n.not_before is None or n.not_before <= self.now for n in cards)

    def _put(self, card: Notification) -> None:
        self.cards[card.incident, card.sequence] = card

    def _show(self, item: Due) -> None:
        assert not item.incident.obsolete
        self.advised[item.incident.id] = card_advice(item.incident.kind, item.incident.evidence)
        self.seen.append((item.incident.id, item.number, item.message, item.incident.verdict))

    def _sent(self, item: Due, held: Notification) -> None:
        self._put(record_sent(held, self.now))
        for card in item.older:
            if self.cards[card.incident, card.sequence].unsent:
                self._put(supersede(card, self.now))

    # -- the promises -------------------------------------------------------------------------

    @invariant()
    def every_incident_is_told_or_still_in_the_outbox(self) -> None:
        """R1: what was announced was seen at its worst, or a card that will tell it is unsent."""
        for incident in self.story.incidents.values():
            cards = [n for n in self.cards.values() if n.incident == incident.id]
            shown = [verdict for name, _, _, verdict in self.seen if name == incident.id]
            told = max(map(severity, shown), default=-1) >= severity(incident.verdict)
            resolved = incident.state is State.RESOLVED
            ended = told or (resolved and shown) or incident.obsolete
            assert ended or any(n.unsent for n in cards)
            assert [n.sequence for n in cards] == list(range(len(cards)))

    @invariant()
    def whoever_reads_the_newest_card_knows_whether_to_fail_over(self) -> None:
        """It says what is recorded as told, or the next card is still to be sent."""
        for incident in self.story.live(Kind.SYNC):
            cards = [n for n in self.cards.values() if n.incident == incident.id]
            said = self.advised.get(incident.id, "")
            if not said or self.overlapped or incident.recovering or any(n.unsent for n in cards):
                continue
            assert (said == "fail_over") == (incident.advised == "fail_over")

    @invariant()
    def nothing_is_told_twice_without_a_crash(self) -> None:
        """R2: one card per number, but for those whose sender died before it recorded."""
        numbers = [(name, number) for name, number, _, _ in self.seen]

        assert len(numbers) - len(set(numbers)) <= self.crashes

    @invariant()
    def the_first_that_is_told_is_news(self) -> None:
        """Nobody is reminded of what they never heard of, nor told of its recovery alone."""
        first: dict[str, Message] = {}
        for name, _, message, _ in self.seen:
            first.setdefault(name, message)
        assert set(first.values()) <= {Message.FIRST, Message.ESCALATION, Message.MISSED}

    @invariant()
    def once_faults_stop_everything_is_delivered(self) -> None:
        """R5: within a lease and a retry, every unsent card is due or pointless."""
        later = self.now + max(LEASE, RETRY_EVERY, EAGER_FOR)
        later = max([later, *(n.not_before for n in self.cards.values() if n.not_before)])
        due, pointless = to_send(self.story.incidents.values(), self.cards.values(), later)
        done = {(n.incident, n.sequence) for n in pointless}
        for item in due:
            done |= {(n.incident, n.sequence) for n in (item.notification, *item.older)}
        assert done == {key for key, card in self.cards.items() if card.unsent}

    @invariant()
    def a_card_that_waits_too_long_stops_the_heartbeat(self) -> None:
        """R1: what is not delivered is overdue, sooner or later."""
        unsent = [n for n in self.cards.values() if n.unsent]

        late = timedelta(minutes=11)
        assert overdue(self.cards.values(), self.now + WEEKEND + late) == unsent
        now = overdue(self.cards.values(), self.now + late)
        assert [n for n in unsent if n not in now and not n.not_before] == []


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
