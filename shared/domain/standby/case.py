"""One standby and everything that its checks ask: what is known of it, and how old that is.

Two limits of age keep our own blindness from judging a server. What changes within minutes (is it
alive, are there alerts) counts only as long as evidence lasts. What changes by a person's work or
once in months (its build, its certificate) is still told a day after it was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Check, CheckName, Outcome, Role, Statement
from shared.domain.pair.view import EVIDENCE_LASTS, PairView, Roles, ServerRole
from shared.domain.readings import Reason, Unavailable
from shared.domain.standby.versions import Version, parse
from shared.domain.tenant.heartbeats import SKEW_TOLERANCE

if TYPE_CHECKING:
    from shared.domain.pair.readings import (
        HealthMember,
        HealthReading,
        Known,
        PairReadings,
        ServerDetails,
    )

SLOW_FACTS_LAST: Final = timedelta(days=1)
"""How long a build or a certificate counts after it was read."""

NEAR: Final = timedelta(days=30)
"""A certificate or the support of a build that ends within this needs work now."""

MAX_SUBJECT: Final = 140
"""Characters of a finding's subject: more than any host name has with its domain."""

_CALLED: Final = {
    Source.CONNECT_HEALTH: "Connect Health",
    Source.HEALTH_DETAILS: "Connect Health",
    Source.CERTIFICATES: "the list of sync applications",
}
_PROBLEMS: Final = {
    Reason.NOT_CONFIGURED: "is not set up here",
    Reason.FORBIDDEN: "refuses the watchdog access",
    Reason.THROTTLED: "asked the watchdog to wait",
    Reason.TIMEOUT: "did not answer in time",
    Reason.MALFORMED: "gave an answer that cannot be read",
    Reason.UNREACHABLE: "could not be reached",
}


@dataclass(frozen=True, slots=True)
class StandbyCase:
    """One server, judged as a standby.

    Attributes:
        view: The pair in this tick.
        server: The server.
        roles: Which server does what.
    """

    view: PairView
    server: ServerRole
    roles: Roles

    @property
    def name(self) -> str:
        """The server's name: foreign text."""
        return self.server.name

    @property
    def health(self) -> Known[HealthReading]:
        """What is known from Connect Health."""
        return self.view.readings.connect_health

    @property
    def member(self) -> HealthMember | None:
        """Its entry in Connect Health; a rebuilt server's newest."""
        return self.server.member

    def details(self) -> ServerDetails | None:
        """Its slow facts, where they are known."""
        return details_of(self.view.readings, self.server)

    def version(self) -> Version | None:
        """Its build; None when unread, read too long ago, or unreadable."""
        details = self.details()
        if details is None or not self.recent(Source.HEALTH_DETAILS, SLOW_FACTS_LAST):
            return None
        return parse(details.version)

    def recent(self, source: Source, limit: timedelta = EVIDENCE_LASTS) -> bool:
        """Whether a source was read so lately that its word counts; the limit itself counts."""
        read_at = known(self.view.readings, source).read_at
        if read_at is None or read_at > self.view.at + SKEW_TOLERANCE:
            return False  # from the future: a clock was wrong when it was written down
        return self.view.at - read_at <= limit

    # -- checks ---------------------------------------------------------------------------------

    def check(  # noqa: PLR0913 - the fields of a check
        self,
        name: CheckName,
        outcome: Outcome,
        reason: str,
        text: str,
        source: Source,
        *,
        at: datetime | None = None,
        how: str = "",
    ) -> Check:
        """A check of this server; `at` is when the source was read, if nothing else is given."""
        if at is None and source is not Source.INTENDED:
            at = known(self.view.readings, source).read_at
        return Check(name, outcome, reason, Statement(text, source, at), how)

    def unread(self, name: CheckName, source: Source, how: str) -> Check:
        """The check of what no recent reading tells: unknown, and why."""
        what = known(self.view.readings, source)
        called = _CALLED[source]
        if what.problem is not None:
            said = f"{called} {_PROBLEMS[what.problem.reason]}"
        else:
            said = f"{called} was not read yet" if what.reading is None else f"{called} is unread"
        reason = "unread" if what.reading is None else "reading_old"
        text = f"Not known for {self.name}: {said}"
        return self.check(name, Outcome.UNKNOWN, reason, text, source, how=how)

    def unregistered(self, name: CheckName, how: str) -> Check:
        """The check of what only a registered server has."""
        reading = self.health.reading
        if reading is not None and reading.members_left_out:
            reason, text = "not_listed", f"{self.name} is not among the servers that were read"
        else:
            reason, text = "not_registered", f"{self.name} is not registered in Connect Health"
        return self.check(name, Outcome.UNKNOWN, reason, text, Source.CONNECT_HEALTH, how=how)

    def refused(self, name: CheckName, why: Unavailable, what: str, how: str) -> Check:
        """The check of a part of Connect Health that could not be read."""
        text = f"{what} of {self.name} cannot be read: Connect Health {_PROBLEMS[why.reason]}"
        source = Source.CONNECT_HEALTH
        return self.check(name, Outcome.UNKNOWN, "unread", text, source, how=how)


def known(readings: PairReadings, source: Source) -> Known[Any]:
    """What is known from one optional source."""
    found: Known[Any] = getattr(readings, source)
    return found


def details_of(readings: PairReadings, server: ServerRole) -> ServerDetails | None:
    """The slow facts of one server: of its newest entry, else of the only one of its name.

    Two entries of one name are an old and a rebuilt server; without knowing which, neither counts.
    """
    reading = readings.health_details.reading
    every = reading.servers if reading else ()
    if server.member is not None:
        for each in every:
            if each.member_id == server.member.id:
                return each
    key = server_key(server.name)
    named = [each for each in every if server_key(each.name) == key]
    return named[0] if len(named) == 1 else None


def near_since(end: datetime) -> datetime:
    """When something that ends came near its end; for garbage of the first year, that itself."""
    first = datetime.min.replace(tzinfo=end.tzinfo)
    return end - NEAR if end - first > NEAR else end


def is_active(server: ServerRole, roles: Roles) -> bool:
    """Whether this is the server that is taken as the active one."""
    return roles.active is not None and server_key(roles.active.name) == server_key(server.name)


def shown_as_staging(server: ServerRole) -> bool:
    """Whether evidence, not only a setting, shows it in staging mode."""
    return server.role is Role.STAGING and server.basis not in {None, Source.INTENDED}
