"""What a card tells its reader to do: fail over, do not, or check first, and why.

A failover is named only where the report advises it and shows that its target is fit, and only
while that is at most 45 minutes old. In every other case the card says what speaks against it, or
what to find out and how.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.cards.pair_texts import last_exports
from shared.domain.cards.reasons import CHECK_FIRST, DO_NOT
from shared.domain.cards.servers import called
from shared.domain.cards.wording import DETAIL_LENGTH, inert
from shared.domain.pair.readings import server_key
from shared.domain.pair.report import Advice, AdviceReason, Outcome
from shared.domain.runbooks.books import book_for
from shared.domain.runbooks.parts import named
from shared.domain.verdicts import Kind, Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from shared.domain.cards.seen import Seen
    from shared.domain.pair.report import Recommendation, ServerReport, Statement, ToCheck
    from shared.domain.runbooks.parts import Runbook

_REASONS: Final = 3
_SOON: Final = timedelta(days=2)
_CALM: Final = frozenset({AdviceReason.NOTHING_WRONG, AdviceReason.ACTIVE_WORKS})

_BECAUSE: Final = frozenset({AdviceReason.EVIDENCE_OLD, AdviceReason.ACTIVE_UNKNOWN})
"""Reasons whose first statement says what is missing; the others are told by the card already."""


@dataclass(frozen=True, slots=True)
class Action:
    """What to do.

    Attributes:
        paragraphs: As the card shows them.
        short: The same in a few words, for the summary.
        told: How many steps of the runbook the paragraphs tell.
    """

    paragraphs: tuple[str, ...]
    short: str
    told: int = 1


def what_to_do(seen: Seen, *, with_page: bool) -> Action:
    """What to do about an incident that is open.

    Args:
        seen: Its evidence.
        with_page: Whether a button opens the steps; without, the card shows more of them.
    """
    act = _ACTIONS.get(seen.incident.kind)
    book = book_for(seen)
    found = act(seen, book) if act else _first_step(book)
    rest = () if with_page else book.in_short[found.told :]
    further = tuple(f"**Then:** {step.do}" for step in rest)
    about_pair = seen.incident.kind in _ABOUT_PAIR
    said = (*found.paragraphs, *further, *(_disagreement(seen) if about_pair else ()))
    return Action(said, found.short)


# -- a sync that stopped --------------------------------------------------------------------------


def _sync(seen: Seen, book: Runbook) -> Action:
    found, target = seen.recommendation, seen.target
    if found is None:
        return _nothing_known(seen, book)
    if target is not None:
        return _fail_over(seen, target, book)
    if found.advice is Advice.DO_NOT_FAIL_OVER:
        return _do_not(seen, found, book)
    return _check_first(seen, found, book)


def _nothing_known(seen: Seen, book: Runbook) -> Action:
    first = _first_step(book)
    if not seen.outdated:
        return first
    read_at = seen.utc(seen.evidence.read_at)
    old = f"What was known of the servers at {read_at} is too old to act on."
    return Action((*first.paragraphs[:1], old, *first.paragraphs[1:]), first.short)


def _fail_over(seen: Seen, target: ServerReport, book: Runbook) -> Action:
    active, name = seen.servers.active, called(target.name)
    old = called(active.name) if active else "the active server"
    warned = [check.statement for check in target.checks if check.outcome is Outcome.WARN]
    lead = f"**{name} is fit to take over: fail over to {name}.** Follow the runbook: "
    return Action(
        (
            f"{lead}stop {old} first, then make {name} active.",
            *_stated(seen, warned, "**Note:** ", 1),
            f"**Never** {book.never[0]}",
        ),
        f"Fail over to {name}",
        told=0,
    )


def _do_not(seen: Seen, found: Recommendation, book: Runbook) -> Action:
    names = seen.servers.names()
    why = named(DO_NOT.get(found.reason, "see the evidence below."), names)
    return Action(
        (
            f"**Do not fail over:** {why}",
            *_stated(seen, found.because, "· ", _REASONS),
            *_first_step(book, "First").paragraphs[: 2 if book.steps[0].command else 1],
        ),
        "Do not fail over",
    )


def _check_first(seen: Seen, found: Recommendation, book: Runbook) -> Action:
    standby = seen.servers.standby
    why = named(CHECK_FIRST.get(found.reason, ""), seen.servers.names())
    gaps = standby.unknown() if standby else ()
    if found.reason is AdviceReason.STANDBY_UNKNOWN and standby and gaps:
        why = f"{called(standby.name)}: not checked, {seen.stated(gaps[0].statement)}."
    lead = f"**Check first:** {why}" if why else "**Check first.**"
    if not found.checks:
        first, *others = _first_step(book).paragraphs
        return Action((f"{lead} {first.removeprefix('**Check first:** ')}", *others), "Check first")
    why_so = _stated(seen, found.because, "· ", 1) if found.reason in _BECAUSE else ()
    more = len(found.checks) - 1
    further = (f"{more} more to check on the page.",) if more else ()
    return Action(
        (lead, *why_so, _to_check(found.checks[0]), *further, f"**Never** {book.never[0]}"),
        "Check first",
        told=0,
    )


def _first_step(book: Runbook, word: str = "Check first") -> Action:
    step = book.steps[0]
    command = (f"Run: **{step.command}**",) if step.command else ()
    never = f"**Never** {book.never[0]}"
    return Action((f"**{word}:** {step.do}", *command, never), "Check first")


# -- the pair -------------------------------------------------------------------------------------


def _dual_active(seen: Seen, book: Runbook) -> Action:
    which = seen.servers.to_staging
    if which and seen.evidence.why is Why.RETURNED:
        # the team may have failed back on purpose: then stopping it would stop sync
        keep = seen.servers.keep or "the other server"
        stop = f"**If nobody switched back on purpose: stop {which} now**"
        else_ = f"**If you did:** make sure that {keep} is in staging mode."
        said = (f"{stop} (power off or cut its network). {else_}", _NO_FULL_SYNC)
        return Action(said, f"If not on purpose, stop {which}")
    if which:
        # the settings may be older than a switch that somebody makes at this very moment
        keep = seen.servers.keep or "the other server"
        lead = f"**Put {which} into staging mode now:** {book.steps[0].do}"
        meant = f"**If you just switched to {which} on purpose,** put {keep} into staging instead."
        return Action((lead, meant, _NO_FULL_SYNC), f"Put {which} into staging mode")
    intended = inert(seen.presentation.active_server)
    keep = f" Intended active, as set: {intended}." if intended else ""
    lead = f"**Put one of them into staging mode now.** It cannot be told which one is right.{keep}"
    exports = ". ".join(last_exports(seen))
    shown = (f"{exports}.",) if exports else ()
    said = (lead, *shown, book.steps[0].do, _NO_FULL_SYNC)
    return Action(said, "Put one into staging mode")


_NO_FULL_SYNC: Final = "**Do not start a full sync** on either: it writes every difference."


def _export_blocked(seen: Seen, book: Runbook) -> Action:
    del seen  # its statements are facts of the card
    why = DO_NOT[AdviceReason.EXPORT_BLOCKED]
    check, *others = _first_step(book).paragraphs
    return Action((f"**Do not fail over:** {why}", check, *others), "Do not fail over")


def _no_active(seen: Seen, book: Runbook) -> Action:
    found = seen.recommendation
    first = _first_step(book)
    if found is None or not found.checks or found.reason is not AdviceReason.NO_ACTIVE:
        return first
    *check, never = first.paragraphs
    return Action((*check, _to_check(found.checks[0]), never), first.short)


def _standby(seen: Seen, book: Runbook) -> Action:
    found = seen.recommendation
    calm = found is not None and found.reason in _CALM
    stopped = found is not None and found.reason is AdviceReason.SYNC_DECIDES
    lead = "**No failover needed now.** " if calm else ""
    unfit = seen.incident.verdict is Verdict.STANDBY_UNFIT
    server = seen.servers.find(seen.subject) if unfit else None
    reasons: Iterable[Statement] = seen.evidence.statements
    if server is not None and server.failed():
        reasons = [check.statement for check in server.failed()]
    able = _able(seen)
    if stopped:
        lead = "**Sync has stopped: its own card says what to do.** This server cannot take over."
    else:
        lead += f"If the active server fails, {able}"
        lead += " Repair it in office hours." if unfit else ""
    first = f"**Check first:** {book.steps[0].do}"
    how = next((check.how for check in server.failed() if check.how), "") if server else ""
    if server is not None and how:
        first = f"**First, on {called(server.name)}:** {_sentence(how)}"
    return Action(
        (lead, *_stated(seen, reasons, "· ", _REASONS), first), _STANDBY_SHORT[calm, stopped]
    )


def _able(seen: Seen) -> str:
    """Who could take over and who could not, as a sentence that may follow a comma."""
    fit = None if seen.outdated else seen.servers.fit_beside(seen.subject)
    name = seen.servers.spelled(seen.subject) if seen.subject else ""
    if not name:
        return (
            f"{called(fit.name)} can take over."
            if fit
            else "no server is known that can take over."
        )
    pair = seen.evidence.pair
    others = (
        [each for each in pair.standbys if server_key(each.name) != seen.subject] if pair else []
    )
    alone = not others and not (pair and pair.more)
    if fit is not None:
        return f"{name} cannot take over, {called(fit.name)} can."
    return f"{name} cannot take over{', and no other standby is known' if alone else ''}."


_STANDBY_SHORT: Final = {
    (True, False): "No failover needed now",
    (False, True): "See the card about sync",
    (False, False): "Repair it in office hours",
}


def _health_alert(seen: Seen, book: Runbook) -> Action:
    alert = seen.evidence.alert
    alone = alert is not None and seen.evidence.why is not Why.MORE_ALERTS
    advised = inert(alert.remediation, DETAIL_LENGTH) if alert is not None and alone else ""
    says = (f"**Connect Health advises:** {advised}",) if advised else ()
    return Action((*says, *_first_step(book).paragraphs), "Read what Connect Health advises")


def _deadline(seen: Seen, book: Runbook) -> Action:
    ends = seen.evidence.deadline
    certificate = seen.evidence.why is Why.CERTIFICATE_ENDS
    urgent = certificate and ends is not None and ends - seen.measured_at < _SOON
    lead = "**Do this today.**" if urgent else "**Nothing has to be done tonight.**"
    return Action(
        (lead, *_first_step(book).paragraphs), "Do this today" if urgent else "Not urgent"
    )


_ACTIONS: Final[dict[Kind, Callable[[Seen, Runbook], Action]]] = {
    Kind.SYNC: _sync,
    Kind.DUAL_ACTIVE: _dual_active,
    Kind.NO_ACTIVE: _no_active,
    Kind.EXPORT: _export_blocked,
    Kind.STANDBY: _standby,
    Kind.HEALTH_ALERT: _health_alert,
    Kind.DEADLINE: _deadline,
}
_ABOUT_PAIR: Final = frozenset(
    {Kind.SYNC, Kind.DUAL_ACTIVE, Kind.NO_ACTIVE, Kind.EXPORT, Kind.STANDBY}
)


# -- parts ----------------------------------------------------------------------------------------


def _stated(seen: Seen, statements: Iterable[Statement], before: str, most: int) -> tuple[str, ...]:
    return tuple(f"{before}{seen.stated(each)}" for each in list(statements)[:most])


def _to_check(found: ToCheck) -> str:
    return f"**Find out:** {_sentence(found.what)} {_sentence(found.how)}".rstrip()


def _sentence(text: str) -> str:
    plain = inert(text, DETAIL_LENGTH)
    return plain if not plain or plain[-1] in ".?!…" else f"{plain}."


def _disagreement(seen: Seen) -> tuple[str, ...]:
    pair = seen.evidence.pair
    if pair is None or not pair.disagreements:
        return ()
    more = len(pair.disagreements) - 1
    rest = f" And {more} more on the page." if more else ""
    return (f"**Evidence disagrees:** {seen.stated(pair.disagreements[0])}.{rest}",)
