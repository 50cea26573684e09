"""What cards show and link to besides an incident: names, people and addresses, all as set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from shared.domain.cards.links import LinkKey, sign
from shared.domain.cards.wording import inert, mention_name, narrow
from shared.domain.incidents.incident import State
from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents.incident import Incident

_CONNECT_SYNC: Final = "/#view/Microsoft_AAD_Connect_Provisioning/AADConnectMenuBlade/~/ConnectSync"
"""The page that shows the last sync, as linked from MicrosoftDocs/entra-docs."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_URL: Final = 2_000
_LONGEST_UPN: Final = 254  # no mail address is longer (RFC 5321, 4.5.3.1.3)
_MAX_BUTTONS: Final = 2
_SHOWN_STANDBYS: Final = 2

ACKNOWLEDGE: Final = "Acknowledge (I have it)"
"""The button that leads to the form; only the form acknowledges, since previews open links."""

_ACT: Final = "#act"
"""Where the forms stand on an incident's page."""

Buttons = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a card mentions.

    Attributes:
        name: As shown.
        upn: The user principal name that Teams resolves.
    """

    name: str
    upn: str


@dataclass(frozen=True, slots=True)
class Presentation:
    """What cards show and link to besides the incident.

    Attributes:
        tenant_id: Shown when there is no name.
        tenant_name: A label, or the organization's own display name; not trusted.
        on_call: Who is mentioned when a person is needed now.
        escalate_to: Who is mentioned as well by an escalation.
        active_server: The server that the team *intends* to be active; "" when not set.
        standby_servers: The intended standbys.
        public_url: Base of the links to the built-in pages; "" for no such links.
        runbook_url: The customer's own runbook with `{verdict}` and `{incident}`; "" for the
            built-in page.
        cloud_portal: The Entra admin center of the tenant's cloud; "" for no link to it.
        link_key: Signs the links to the built-in pages, where a signed link is what opens them.
    """

    tenant_id: str
    tenant_name: str
    on_call: tuple[Person, ...] = ()
    escalate_to: tuple[Person, ...] = ()
    active_server: str = ""
    standby_servers: tuple[str, ...] = ()
    public_url: str = ""
    runbook_url: str = ""
    cloud_portal: str = "https://entra.microsoft.com"
    link_key: LinkKey | None = None

    @property
    def tenant(self) -> str:
        """What the tenant is called; foreign text."""
        return self.tenant_name if inert(self.tenant_name) else self.tenant_id

    @property
    def standbys(self) -> tuple[str, ...]:
        """The intended standbys that there is room for."""
        return self.standby_servers[:_SHOWN_STANDBYS]


def intended(presentation: Presentation) -> tuple[tuple[str, str], ...]:
    """The servers as the team set them, as a fact; none when nothing is set."""
    active = narrow(inert(presentation.active_server))
    standby = ", ".join(narrow(inert(name)) for name in presentation.standbys)
    named = ([f"active {active}"] if active else []) + ([f"standby {standby}"] if standby else [])
    return (("Intended", f"{' · '.join(named)} (as set, not measured)"),) if named else ()


def buttons(
    incident: Incident, presentation: Presentation, at: datetime, title: str = "Open runbook"
) -> Buttons:
    """Title and address of at most two buttons, the primary one first.

    A signed link opens its page for a day from `at`; each card brings a fresh one. An address
    that is missing, not https or too long gives no button: a broken one at 3 a.m. is worse than
    none.

    Args:
        incident: What the addresses are about.
        presentation: The addresses.
        at: Now; signed links expire a day later.
        title: What opens the steps, such as "Open failover runbook".
    """
    number = quote(incident.id, safe="", errors="replace")
    own = presentation.runbook_url.replace("{verdict}", quote(incident.verdict, safe=""))
    own = own.replace("{incident}", number)
    page = presentation.public_url.rstrip("/")
    page = f"{page}/api/incidents/{number}" if page else ""
    if page and presentation.link_key:
        page = f"{page}?t={sign(presentation.link_key, incident.id, at)}"
    closed = incident.state is State.RESOLVED
    steps = not closed or title.startswith("Open after-failover")
    taken = incident.state is State.ACKNOWLEDGED or closed or incident.recovering
    there = (
        ("Open incident page", page) if taken else (ACKNOWLEDGE, f"{page}{_ACT}" if page else "")
    )
    wanted: Buttons = ((title if steps else "Open runbook", own), there)
    if not is_link(own) and steps:
        wanted = ((title, page), there) if not taken else ((title, page),)
    if incident.verdict is Verdict.BLIND and not closed:
        wanted = (*portal_button(presentation), *wanted)
    return tuple((title, url) for title, url in wanted if is_link(url))[:_MAX_BUTTONS]


def portal_button(presentation: Presentation) -> Buttons:
    """The button to the Entra admin center, if its address is set."""
    base = presentation.cloud_portal.rstrip("/")
    return (("Check last sync in Entra", base + _CONNECT_SYNC),) if is_link(base) else ()


def is_link(url: str) -> bool:
    """Whether a button may open it: https, or http to this very machine (only a demo does)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return safe and bool(host) and len(url) <= _LONGEST_URL and url.isascii() and " " not in url


def mentioned(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Each person once, under a name that nobody else on the card has.

    Whoever has no possible address is left out: it is not known whether Teams would drop the
    whole card.
    """
    found: dict[str, Person] = {}
    taken: set[str] = set()
    for person in people:
        upn, plain = person.upn.strip(), mention_name(person.name)
        if not upn.isprintable() or not 0 < len(upn) <= _LONGEST_UPN or upn.lower() in found:
            continue
        name, count = plain, 1
        while name in taken:
            count += 1
            name = f"{plain} {count}"
        taken.add(name)
        found[upn.lower()] = Person(name, upn)
    return tuple(found.values())
