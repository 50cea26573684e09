"""An incident's evidence in words: times, ages and the servers of the pair.

Ages are those of the read that the verdict rests on, because nobody measured a later one; when
that read is older than the card, the text says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.cards.servers import Servers, source_name, told_by
from shared.domain.cards.wording import STATEMENT_LENGTH, duration, inert, utc, utc_and_local
from shared.domain.pair.readings import server_key
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.verdicts import Kind, PasswordSync, Why

if TYPE_CHECKING:
    from shared.domain.cards.presentation import Presentation
    from shared.domain.incidents.incident import Incident
    from shared.domain.pair.report import Recommendation, ServerReport, Statement

_SAME_TICK: Final = timedelta(minutes=2)
"""A card is sent within the tick that read, or else its evidence is from an earlier one."""

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one card.

    Attributes:
        style: The first container's style, which carries the colour.
        emoji: Carries the state where colours do not.
        title: A few words; the tenant's name follows, or stands in place of `{}`.
        state: What is wrong, as measured.
        short: The same in a few words, for the summary.
        facts: Title and value of each fact.
    """

    style: str
    emoji: str
    title: str
    state: str
    short: str
    facts: Facts = ()


class Seen:
    """The evidence of an incident in words. Strings are of ours or inert."""

    def __init__(self, incident: Incident, at: datetime, presentation: Presentation) -> None:
        self.evidence, self.incident, self.at = incident.evidence, incident, at
        self.presentation = presentation
        self.servers = Servers(self.evidence.pair, presentation)
        read_at = self.evidence.read_at
        self.measured_at = self.evidence.measured_at or read_at or at
        self.stale = read_at is not None and at - read_at > _SAME_TICK
        self._too_old = read_at is not None and at - read_at > EVIDENCE_LASTS

    @property
    def subject(self) -> str:
        """The `server_key` of the server that the incident is about; "" if it is not about one."""
        kind, alert = self.incident.kind, self.evidence.alert
        if kind is Kind.HEALTH_ALERT:
            alone = alert is not None and self.evidence.why is not Why.MORE_ALERTS
            return server_key(alert.server) if alert is not None and alone else ""
        if kind is Kind.DEADLINE:
            return self.incident.subject.rpartition(":")[0] or self.incident.subject
        return self.incident.subject if kind is Kind.STANDBY else ""

    # -- times ----------------------------------------------------------------------------------

    @property
    def as_read(self) -> str:
        """When the evidence was read, if that is not now."""
        return f", as last read at {self.utc(self.evidence.read_at)}" if self.stale else ""

    def utc(self, moment: datetime | None) -> str:
        """A time as this card writes it."""
        return utc(moment, self.at) if moment else "an unknown time"

    def ago(self, moment: datetime) -> str:
        """How long ago that was, when it was read; the time itself where that is not now."""
        if self.stale or moment > self.measured_at + _SAME_TICK:
            return f"at {self.utc(moment)}"
        return f"{duration(self.measured_at - moment)} ago"

    def span(self, *stamps: datetime | None) -> timedelta | None:
        """The age of the newest stamp when it was read; None where that would mislead.

        Our clock may contradict the judgement, which uses Graph's where the two differ; then only
        what was judged is said.
        """
        known = [stamp for stamp in stamps if stamp]
        age = self.measured_at - max(known) if known else None
        limit = self.evidence.limit
        return None if age is None or (limit is not None and age < limit) else age

    def age(self, *stamps: datetime | None) -> str:
        """`span` in words, or else that it is more than the limit."""
        age, limit = self.span(*stamps), self.evidence.limit
        if age is None:
            return f"more than {duration(limit)}" if limit else "an unknown time"
        return duration(age)

    @property
    def limit(self) -> str:
        """The limit in brackets, with a space before; "" without one."""
        return f" (limit {duration(self.evidence.limit)})" if self.evidence.limit else ""

    # -- the tenant's two heartbeats ------------------------------------------------------------

    @property
    def single(self) -> str:
        """A sentence if object sync is the only evidence."""
        if self.evidence.password_sync is not PasswordSync.NOT_USED:
            return ""
        return " Password hash sync is not used: judged on object sync alone."

    @property
    def synced(self) -> tuple[str, str]:
        """The fact: the last object sync."""
        stamp = self.evidence.object_sync_at
        if stamp and self.evidence.pair and self.evidence.pair.cloud_sync:
            return ("Synced", f"{self.utc(stamp)} by the tenant, which Cloud Sync moves, too")
        return ("Synced", utc_and_local(stamp, self.at) if stamp else "never reported")

    @property
    def password(self) -> tuple[str, str]:
        """The fact: the last password sync."""
        value = {
            PasswordSync.USED: self.utc(self.evidence.password_sync_at),
            PasswordSync.NOT_USED: "not used",
            PasswordSync.UNREAD: "could not be read",
        }[self.evidence.password_sync]
        return ("Password", value)

    def effect(self, what: str, since: datetime | None, verb: str) -> Facts:
        """The fact: what is missing in the cloud, by the last sync alone."""
        if since is None:
            return ()
        return (("Effect", f"{what} changes since {self.utc(since)} {verb} Entra ID"),)

    # -- the pair -------------------------------------------------------------------------------

    @property
    def recommendation(self) -> Recommendation | None:
        """What was advised; None when nothing was known of the pair, or that is too old."""
        pair = self.evidence.pair
        return None if pair is None or self._too_old else pair.recommendation

    @property
    def target(self) -> ServerReport | None:
        """Whom to fail over to; None unless that is advised, shown to be fit, and recent."""
        return None if self._too_old else self.servers.target

    @property
    def outdated(self) -> bool:
        """Whether there was advice that is too old to act on."""
        return self.evidence.pair is not None and self._too_old

    def stated(self, statement: Statement) -> str:
        """A statement with who says so and as of when."""
        source = told_by(statement)
        if statement.at is not None:
            source = f"{source}, {self.utc(statement.at)}".removeprefix(", ")
        text = inert(statement.text.rstrip("."), STATEMENT_LENGTH)
        return f"{text} ({source})" if source else text

    def last_seen(self, server: ServerReport) -> str:
        """When a server gave the newest sign of life, and by whom."""
        if server.seen_at is None:
            return "no sign of life known"
        by = f" ({source_name(server.seen_source)})" if server.seen_source else ""
        return f"last seen {self.utc(server.seen_at)}{by}"

    @property
    def both(self) -> Facts:
        """The facts: the active server and the standby, each with its last sign of life.

        None where nobody told anything of either: then the servers are shown as set.
        """
        servers = self.servers
        if servers.report is None or servers.nothing_known:
            return ()
        active, standby = servers.report.active, servers.standby
        facts: Facts = ()
        if active is not None:
            role = "" if servers.measured(active) else f"{servers.role(active)}, "
            facts += (("Active", f"{servers.fact(active)} · {role}{self.last_seen(active)}"),)
        if standby is not None:
            life = self.last_seen(standby)
            if standby.seen_at is not None:
                by = f" ({source_name(standby.seen_source)})" if standby.seen_source else ""
                life = f"seen {self.ago(standby.seen_at)}{by}"
            role = servers.role(standby)
            facts += (("Standby", f"{servers.fact(standby)} · {role}, {life}{servers.others}"),)
        return facts
