"""The page behind the card's button: what is wrong, and the first steps. It reads, it never acts.

Server-rendered, no script, no external request: it works on a phone, in the dark, and once loaded
also without a network. A card must be enough to act when this page cannot be opened.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from shared.domain.cards import wording
from shared.domain.cards.endings import failed_over, failover_facts, still_to_do
from shared.domain.cards.seen import Seen
from shared.domain.incidents.incident import State
from shared.domain.runbooks.books import book_for
from shared.domain.verdicts import PasswordSync
from shared.pages.pair_section import at_once, pair_section

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment

    from shared.domain.cards.messages import Presentation
    from shared.domain.incidents.incident import Incident

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every page: nothing is cached, framed, run or told to another site."""


def incident_page(incident: Incident, at: datetime, presentation: Presentation) -> str:
    """The page of one incident, as HTML.

    Args:
        incident: The incident as stored.
        at: When the page is shown; ages are computed for this moment.
        presentation: The tenant's label and the servers that the team intends.
    """
    evidence = incident.evidence
    seen = Seen(incident, at, presentation)
    return (
        _environment()
        .get_template("incident.html.j2")
        .render(
            incident=incident,
            tenant=wording.inert(presentation.tenant),
            resolved=incident.state is State.RESOLVED,
            after_failover=failed_over(incident) and incident.gone_at is not None,
            book=book_for(seen),
            at_once=at_once(seen),
            ended=seen.utc(incident.gone_at or incident.resolved_at),
            pair=pair_section(seen),
            subject=seen.servers.spelled(seen.subject) if seen.subject else "",
            failover=failover_facts(seen),
            evidence=evidence,
            single=evidence.password_sync is PasswordSync.NOT_USED,
            unread=evidence.password_sync is PasswordSync.UNREAD,
            still_to_do=still_to_do(incident),
            at=at,
            active=wording.inert(presentation.active_server),
            standbys=[wording.inert(name) for name in presentation.standbys],
            detail_length=wording.DETAIL_LENGTH,
        )
    )


def message_page(title: str, text: str) -> str:
    """A page that says one thing, such as that there is nothing here."""
    return _environment().get_template("message.html.j2").render(title=title, text=text)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - no tick needs it

    environment = Environment(
        loader=PackageLoader("shared.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["utc"] = wording.utc
    environment.filters["day"] = wording.day
    environment.filters["duration"] = wording.duration
    environment.filters["inert"] = wording.inert
    return environment
