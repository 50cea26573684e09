"""What a story promises, and the comparison of the promise with what happened.

Every card must meet exactly one expectation and every expectation exactly one card, as in
Alertmanager's acceptance tests: an alarm too many fails a story just as a missing one does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from simulator.results import CardRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.results import Recording

_MINUTE: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Window:
    """A promise with the time in which it must come true, both ends included.

    Attributes:
        verdict: The verdict word.
        reason: The reason of the card; empty for an expected verdict of a tick.
        earliest: From the story's start; None until `between` was called.
        latest: As above.
        says: A sentence for the report; made from the words if empty.
        texts: What the card must contain, and `not_texts` what it must not.
    """

    verdict: str
    reason: str = ""
    earliest: timedelta | None = None
    latest: timedelta | None = None
    says: str = ""
    texts: list[str] = field(default_factory=list)
    not_texts: list[str] = field(default_factory=list)

    def saying(self, *texts: str) -> Self:
        """Promise what the card says, as a person reads it; case matters."""
        self.texts += texts
        return self

    def not_saying(self, *texts: str) -> Self:
        """Promise what the card does not say, in any case."""
        self.not_texts += texts
        return self

    def between(self, earliest: float, latest: float) -> Self:
        """Set the window, in minutes from the story's start.

        Raises:
            ValueError: It ends before it starts.
        """
        if latest < earliest:
            raise ValueError(f"{self.title}: a window from {earliest} to {latest} min is empty")
        self.earliest, self.latest = earliest * _MINUTE, latest * _MINUTE
        return self

    @property
    def title(self) -> str:
        """Verdict and reason in words."""
        return f"{self.verdict} {self.reason}".strip()

    @property
    def span(self) -> str:
        """The window in words."""
        if self.earliest is None or self.latest is None:
            return "with no window: add .between(earliest, latest)"
        return f"between {self.earliest / _MINUTE:g} and {self.latest / _MINUTE:g} min"

    def holds(self, at: timedelta) -> bool:
        """Whether a moment lies in the window."""
        if self.earliest is None or self.latest is None:
            return False
        return self.earliest <= at <= self.latest

    def broken_words(self, card: CardRecord) -> list[str]:
        """What the card should say and does not, or should not and does."""
        shown, folded = card.text, card.text.casefold()
        return [f"does not say {text!r}" for text in self.texts if text not in shown] + [
            f"says {text!r}" for text in self.not_texts if text.casefold() in folded
        ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One promised card and what came of it."""

    window: Window
    card: CardRecord | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Promise and reality side by side.

    Attributes:
        outcomes: Every promised card, in order of the windows, with the card that met it.
        unexpected: Cards that no promise asked for.
        problems: One line each, ready to print; empty if the story went as promised.
    """

    outcomes: tuple[Outcome, ...]
    unexpected: tuple[CardRecord, ...]
    problems: tuple[str, ...]


@dataclass(slots=True)
class Expect:
    """Collects what a story promises; see `story.Story`."""

    cards: list[Window] = field(default_factory=list)
    verdicts: list[Window] = field(default_factory=list)
    advices: list[Window] = field(default_factory=list)
    never_advised: list[str] = field(default_factory=list)
    incident_count: int | None = None
    silent: bool = False

    def card(self, verdict: str, reason: str = "first", says: str = "") -> Window:
        """Promise one card; say when with `.between`."""
        self.cards.append(Window(verdict, reason, says=says))
        return self.cards[-1]

    def recovery(self, verdict: str, says: str = "") -> Window:
        """Promise the card that tells that it is over."""
        return self.card(verdict, "recovery", says)

    def verdict(self, verdict: str) -> Window:
        """Promise that at least one tick in the window comes to this verdict."""
        self.verdicts.append(Window(verdict))
        return self.verdicts[-1]

    def advice(self, word: str) -> Window:
        """Promise that at least one tick in the window gives this advice."""
        self.advices.append(Window(word))
        return self.advices[-1]

    def never_advise(self, word: str) -> None:
        """Promise that no tick of the whole story gives this advice."""
        self.never_advised.append(word)

    def incidents(self, count: int) -> None:
        """Promise how many different incidents the cards tell of."""
        self.incident_count = count

    def quiet(self) -> None:
        """Promise that nobody is disturbed."""
        self.silent = True

    def compare(self, recording: Recording) -> Comparison:
        """Hold the promises against what happened."""
        windows = sorted(self.cards, key=lambda window: window.earliest or timedelta())
        met = _match(windows, recording.cards)
        unexpected = tuple(card for n, card in enumerate(recording.cards) if n not in met.values())
        outcomes = tuple(
            Outcome(window, recording.cards[met[n]] if n in met else None)
            for n, window in enumerate(windows)
        )
        problems = [
            *self._unfair(),
            *_missing_and_unexpected(outcomes, unexpected, recording),
            *_wrong_words(outcomes),
            *self._missing_verdicts(recording),
            *self._wrong_advice(recording),
            *self._wrong_incidents(recording),
            *_broken(recording),
        ]
        return Comparison(outcomes, unexpected, tuple(problems))

    def _unfair(self) -> list[str]:
        problems = [
            f"! {window.title} {window.span}"
            for window in (*self.cards, *self.verdicts, *self.advices)
            if window.earliest is None
        ]
        if self.silent and self.cards:
            problems.append("! the story expects cards and quiet: drop one of them")
        if not (self.silent or self.cards):
            problems.append("! the story expects nothing: add .card(...) or .quiet()")
        return problems

    def _missing_verdicts(self, recording: Recording) -> list[str]:
        return [
            f"- missing     verdict {window.verdict} {window.span}"
            for window in self.verdicts
            if not any(t.verdict == window.verdict and window.holds(t.at) for t in recording.ticks)
        ]

    def _wrong_advice(self, recording: Recording) -> list[str]:
        return [
            f"- missing     advice {window.verdict} {window.span}"
            for window in self.advices
            if not any(t.advice == window.verdict and window.holds(t.at) for t in recording.ticks)
        ] + [
            f"! the tick at {tick.at / _MINUTE:g} min advises {tick.advice}"
            for tick in recording.ticks
            if tick.advice in self.never_advised
        ]

    def _wrong_incidents(self, recording: Recording) -> list[str]:
        told = {card.incident for card in recording.cards}
        if self.incident_count is None or len(told) == self.incident_count:
            return []
        names = ", ".join(sorted(told)) or "none"
        return [f"! the cards tell of {len(told)} incidents ({names}), not {self.incident_count}"]


def _missing_and_unexpected(
    outcomes: Sequence[Outcome], unexpected: Sequence[CardRecord], recording: Recording
) -> list[str]:
    lines = [
        f"- missing     {outcome.window.title} {outcome.window.span}"
        for outcome in outcomes
        if outcome.card is None
    ]
    return lines + [
        f"+ unexpected  {card.title} at {card.at / _MINUTE:g} min"
        f" ({recording.clock(card.at)} UTC, incident {card.incident or '?'},"
        f" message {card.number})"
        for card in unexpected
    ]


def _wrong_words(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        f"! the card {outcome.window.title} at {outcome.card.at / _MINUTE:g} min {problem}"
        for outcome in outcomes
        if outcome.card is not None
        for problem in outcome.window.broken_words(outcome.card)
    ]


def _broken(recording: Recording) -> list[str]:
    """What is wrong in any story."""
    return (
        [
            f"! at {at / _MINUTE:g} min the workflow accepted a message and dropped it: {fault}"
            for at, fault in recording.rejected
        ]
        + [
            f"! more was asked than the permissions allow: {request}"
            for request in recording.strayed
        ]
        + [
            f"! the tick at {tick.at / _MINUTE:g} min raised {tick.error}"
            for tick in recording.ticks
            if tick.error
        ]
    )


def _match(windows: Sequence[Window], cards: Sequence[CardRecord]) -> dict[int, int]:
    """The largest assignment of cards to windows, as window to card (Kuhn's algorithm)."""
    fitting = [
        [
            m
            for m, card in enumerate(cards)
            if (card.verdict, card.reason) == (window.verdict, window.reason)
            and window.holds(card.at)
        ]
        for window in windows
    ]
    window_of: dict[int, int] = {}

    def place(n: int, tried: set[int]) -> bool:
        for m in fitting[n]:
            if m in tried:
                continue
            tried.add(m)
            if m not in window_of or place(window_of[m], tried):
                window_of[m] = n
                return True
        return False

    for n in range(len(windows)):
        place(n, set())
    return {window: card for card, window in window_of.items()}
