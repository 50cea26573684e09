"""Deadlines: what will stop a server on a known day, told while there is time to act.

For the active server its certificate and the support of its build; for a standby only the support,
since a certificate that ends soon makes it unfit, which is told as that. Nothing is told of a build
that cannot take over anyway.

A deadline does not move because nobody looks: what was read once is told however old the reading
is, and its statement says how old that is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Statement
from shared.domain.standby.case import MAX_SUBJECT, details_of, known, near_since
from shared.domain.standby.checks_facts import certificate_of, ends
from shared.domain.standby.support_ends import SupportEnd, support_end
from shared.domain.standby.versions import parse, shown, stale
from shared.domain.verdicts import Evidence, Finding, Verdict, Why

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.view import PairView, Roles, ServerRole


CERTIFICATE: Final = "certificate"
VERSION: Final = "version"


def deadlines(view: PairView, roles: Roles) -> list[Finding]:
    """Every deadline that is near or past, the nearest first.

    Args:
        view: The pair in this tick.
        roles: `roles.fuse(view)`.
    """
    found = [_support(view, server, active=server is roles.active) for server in roles.servers]
    if roles.active is not None:
        found.append(_certificate(view, roles.active))
    near = {each.subject: each for each in found if each is not None}
    return sorted(near.values(), key=lambda each: (each.since, each.subject))


def _certificate(view: PairView, server: ServerRole) -> Finding | None:
    certificate = certificate_of(view, server.name)
    if certificate is None:
        return None
    end = certificate.expires_at
    reason, text = ends(f"The certificate of {server.name}", end, view.at)
    if not reason:
        return None
    said = _statement(view, text, Source.CERTIFICATES)
    return _finding(view, Why.CERTIFICATE_ENDS, _subject(server, CERTIFICATE), end, said)


def _support(view: PairView, server: ServerRole, *, active: bool) -> Finding | None:
    details = details_of(view.readings, server)
    build = parse(details.version) if details else None
    if build is None:
        return None
    if not active and (build < view.facts.floor or build in view.facts.recalled):
        return None  # unfit by that: `STANDBY_UNFIT` tells it
    told = support_end(view.facts, build, view.at)
    if told.end not in {SupportEnd.ENDED, SupportEnd.NEAR} or told.ends_at is None:
        return None
    text = f"{server.name} runs {shown(build)}, {told.words}"
    if stale(view.facts, view.at.date()):
        text = f"{text}, by version facts of {view.facts.checked_on.isoformat()}, which are old"
    said = _statement(view, text, Source.HEALTH_DETAILS)
    return _finding(view, Why.SUPPORT_ENDS, _subject(server, VERSION), told.ends_at, said)


def near(view: PairView, server: ServerRole, subject: str) -> bool | None:
    """Whether what a subject is about ends soon, told or not.

    None when it is not known of this server. The subject is that of a finding of this server.
    """
    if subject.endswith(f":{CERTIFICATE}"):
        certificate = certificate_of(view, server.name)
        return None if certificate is None else bool(ends("", certificate.expires_at, view.at)[0])
    details = details_of(view.readings, server)
    build = parse(details.version) if details else None
    if build is None:
        return None
    return support_end(view.facts, build, view.at).end in {SupportEnd.ENDED, SupportEnd.NEAR}


def is_about(subject: str, server: ServerRole) -> bool:
    """Whether a finding's subject is a deadline of this server."""
    return subject in {_subject(server, CERTIFICATE), _subject(server, VERSION)}


def _subject(server: ServerRole, what: str) -> str:
    """The server and what ends; the word stays whole when the name is cut."""
    return f"{server_key(server.name)[: MAX_SUBJECT - len(what) - 1]}:{what}"


def _statement(view: PairView, text: str, source: Source) -> Statement:
    return Statement(text, source, known(view.readings, source).read_at)


def _finding(
    view: PairView, why: Why, subject: str, deadline: datetime, said: Statement
) -> Finding:
    """The finding; it began when the deadline came near, whenever somebody looked."""
    evidence = Evidence(
        why,
        read_at=view.at,
        object_sync_at=view.object_sync_at,
        cadence=view.cadence,
        measured_at=view.at,
        statements=(said,),
        deadline=deadline,
    )
    return Finding(Verdict.DEADLINE_NEAR, near_since(deadline), evidence, subject)
