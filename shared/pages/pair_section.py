"""The part of the incident page about the servers: who does what, who is fit, and how it is known.

Everything becomes plain inert strings here; the template escapes them once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.servers import called, source_name, told_by
from shared.domain.cards.wording import DETAIL_LENGTH, STATEMENT_LENGTH, day, duration, inert, utc
from shared.domain.pair.readings import Source
from shared.domain.pair.report import Advice, CheckName, Fitness, Outcome
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.domain.cards.seen import Seen
    from shared.domain.cards.servers import Servers
    from shared.domain.pair.report import Check, ServerReport, Statement

_WORDS: Final = {
    Outcome.PASS: "Pass",
    Outcome.WARN: "Warning",
    Outcome.FAIL: "Fail",
    Outcome.UNKNOWN: "Unknown",
    Outcome.NOTE: "Note",
}
"""A word for each outcome, and the style sheet has a sign: colour alone says nothing at night."""

_ASKED: Final = {
    CheckName.STAGING: "In staging mode",
    CheckName.SEEN: "Seen recently",
    CheckName.SYNCED: "Syncs",
    CheckName.VERSION: "Version accepted",
    CheckName.NOT_OLDER: "Not older than the active",
    CheckName.SUPPORTED: "Version supported",
    CheckName.CERTIFICATE: "Certificate",
    CheckName.ALERTS: "No error alert",
    CheckName.AGENT: "Health agent",
    CheckName.PASSWORDS: "Password hashes",
    CheckName.DRILL: "Last drill",
}
_ADVISED: Final = frozenset({Kind.SYNC, Kind.DUAL_ACTIVE, Kind.NO_ACTIVE, Kind.EXPORT})
"""Kinds whose page says what was advised; the others can wait whatever it is."""

_FITNESS: Final = {
    Fitness.FIT: "fit to take over",
    Fitness.UNFIT: "not fit to take over",
    Fitness.UNKNOWN: "not known whether it is fit",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with where it comes from and how old it is."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of the list."""

    word: str
    outcome: str
    asked: str
    said: Said
    how: str


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One server."""

    name: str
    role: str
    basis: str
    seen: str
    fitness: str
    checks: tuple[CheckLine, ...]


@dataclass(frozen=True, slots=True)
class ToFindOut:
    """Something to find out first."""

    what: str
    how: str


@dataclass(frozen=True, slots=True)
class PairSection:
    """What the template shows.

    Attributes:
        advice: What was advised, in a few words; "" for none.
        judged: When that was.
        outdated: Whether that is too long ago to act on.
        servers: The active one first.
        more: How many further servers are not shown.
        because: What the advice rests on.
        statements: What the verdict rests on.
        checks: What to find out first.
        disagreements: Evidence that contradicts the roles.
        facts_from: The date of the version facts, when they are old; else "".
        cloud_sync: Whether Cloud Sync runs in the tenant.
        export_errors: How many objects could not be exported, and who says so; "" if not known.
    """

    advice: str
    judged: str
    outdated: bool
    servers: tuple[ServerLine, ...]
    more: int
    because: tuple[Said, ...]
    statements: tuple[Said, ...]
    checks: tuple[ToFindOut, ...]
    disagreements: tuple[Said, ...]
    facts_from: str
    cloud_sync: bool
    export_errors: str


def pair_section(seen: Seen) -> PairSection | None:
    """What was known of the pair; None when nothing was.

    Args:
        seen: The incident's evidence; its `at` is when the page is shown.
    """
    pair = seen.evidence.pair
    if pair is None:
        return None
    found, at = pair.recommendation, seen.at
    first = found.advice is Advice.CHECK_FIRST
    return PairSection(
        advice=_advice(seen),
        judged=when(seen.measured_at, at),
        outdated=seen.outdated,
        servers=tuple(server_line(seen.servers, each, at) for each in seen.servers.all),
        more=pair.more,
        because=said(found.because, at),
        statements=said(seen.evidence.statements, at),
        checks=tuple(
            ToFindOut(inert(each.what, DETAIL_LENGTH), inert(each.how, DETAIL_LENGTH))
            for each in (found.checks if first else ())
        ),
        disagreements=said(pair.disagreements, at),
        facts_from=day(pair.facts_from) if pair.facts_from else "",
        cloud_sync=pair.cloud_sync,
        export_errors=_export_errors(pair.export_errors),
    )


def at_once(seen: Seen) -> bool:
    """Whether the first step is to act, because the checks were made: else it is to check."""
    kind = seen.incident.kind
    return kind is Kind.DUAL_ACTIVE or (kind is Kind.SYNC and seen.target is not None)


def _advice(seen: Seen) -> str:
    found = seen.recommendation
    if seen.incident.kind not in _ADVISED:
        return ""
    if seen.outdated:
        return "too old to act on: check first"
    if found is None or found.advice is Advice.NONE:
        return ""
    if seen.target is not None:
        return f"fail over to {called(seen.target.name)}"
    return "do not fail over" if found.advice is Advice.DO_NOT_FAIL_OVER else "check first"


def _export_errors(count: int | None) -> str:
    if count is None:
        return ""
    what = "object" if count == 1 else "objects"
    return f"{count} {what} ({source_name(Source.HEALTH_DETAILS)})"


def server_line(servers: Servers, server: ServerReport, at: datetime) -> ServerLine:
    """One server with its checks, as plain text.

    Args:
        servers: The pair that it belongs to.
        server: The server.
        at: When the page is shown.
    """
    basis = "not measured"
    if server.basis is not None:
        basis = f"by {source_name(server.basis)}"
    life = "no sign of life known"
    if server.seen_at is not None:
        by = f" ({source_name(server.seen_source)})" if server.seen_source else ""
        life = f"{when(server.seen_at, at)}{by}"
    return ServerLine(
        name=called(server.name),
        role=servers.role(server),
        basis=basis,
        seen=life,
        fitness=_FITNESS[server.fitness] if server.fitness else "",
        checks=tuple(_check(each, at) for each in server.checks),
    )


def _check(check: Check, at: datetime) -> CheckLine:
    (statement,) = said((check.statement,), at, brief=True)
    how = inert(check.how, DETAIL_LENGTH)
    word = _WORDS[check.outcome]
    return CheckLine(word, str(check.outcome), _ASKED[check.name], statement, how)


def said(statements: Iterable[Statement], at: datetime, *, brief: bool = False) -> tuple[Said, ...]:
    """Statements as plain text, each with its source and age.

    Args:
        statements: What was found.
        at: When the page is shown.
        brief: Whether the age alone is enough, without the time.
    """
    told = age if brief else when
    return tuple(
        Said(
            inert(each.text.rstrip("."), STATEMENT_LENGTH),
            ", ".join(filter(None, [told_by(each), told(each.at, at) if each.at else ""])),
        )
        for each in statements
    )


def age(moment: datetime, at: datetime) -> str:
    """How long ago a time is."""
    return f"{duration(at - moment)} ago"


def when(moment: datetime, at: datetime) -> str:
    """A time and how long ago that is."""
    return f"{utc(moment, at)}, {duration(at - moment)} ago"
