"""The servers of a pair, as cards, runbooks and pages call them: by name, and by how that is known.

A role is "active" or "staging" where a source showed it, and "intended" where only the settings
say so. Nothing here decides; the only rule is that a failover is named solely where the report
itself says that the target is fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shared.domain.cards.wording import inert, narrow, opening
from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Advice, AdviceReason, Fitness, Role

if TYPE_CHECKING:
    from shared.domain.cards.presentation import Presentation
    from shared.domain.pair.report import PairReport, ServerReport, Statement

_SOURCES: Final = {
    Source.GRAPH: "Graph",
    Source.CONNECT_HEALTH: "Connect Health",
    Source.HEALTH_DETAILS: "Connect Health",
    Source.SYNC_CONFIGURATION: "Graph sync settings",
    Source.AUDITS: "audits",
    Source.CERTIFICATES: "app certificates",
    Source.SERVICE_HEALTH: "service health",
    Source.CLOUD_SYNC: "Cloud Sync",
    Source.INTENDED: "as set",
}


_ABSENCE: Final = re.compile(r"(?:No|Nothing)\b")


def told_by(statement: Statement) -> str:
    """Who says a statement; "" where the settings stand for nobody, because nothing is known."""
    if statement.source is Source.INTENDED and _ABSENCE.match(statement.text):
        return ""
    return source_name(statement.source)


def source_name(source: Source) -> str:
    """What people call a source."""
    return _SOURCES[source]


def called(name: str) -> str:
    """A server's name, inert and never empty."""
    return inert(name) or "a server without a name"


@dataclass(frozen=True, slots=True)
class Names:
    """What a runbook calls the servers; all inert.

    Attributes:
        active: The server taken as the active one; "" when nothing names one.
        active_is: How its role is known, such as "active" or "intended active".
        standby: The standby, or several joined by "or".
        standby_is: How its role is known.
        to_staging: Of two active servers the one to put into staging mode; "" if it is not known.
        old: The server that was active before a failover; "" without one.
        subject: The server that the incident is about; "" if it is not about one.
        keep: Of two active servers the one that stays active; "" if it is not known.
    """

    active: str = ""
    active_is: str = "intended active"
    standby: str = ""
    standby_is: str = "intended standby"
    to_staging: str = ""
    old: str = ""
    subject: str = ""
    keep: str = ""


class Servers:
    """A pair's servers in words."""

    def __init__(self, report: PairReport | None, presentation: Presentation) -> None:
        self.report = report
        self._intended = {server_key(name): "standby" for name in presentation.standby_servers}
        if presentation.active_server:
            self._intended[server_key(presentation.active_server)] = "active"
        self._presentation = presentation

    # -- one server -----------------------------------------------------------------------------

    def measured(self, server: ServerReport) -> bool:
        """Whether a source showed its role, rather than the settings or nothing."""
        return server.role is not Role.UNKNOWN and server.basis not in {None, Source.INTENDED}

    def role(self, server: ServerReport) -> str:
        """Its role, and that it is only intended where it is."""
        if self.measured(server):
            return str(server.role)
        intended = self._intended.get(server_key(server.name))
        return f"intended {intended}" if intended else "role unknown"

    def fact(self, server: ServerReport) -> str:
        """Its name for the value of a fact, where it may be the first word."""
        return opening(narrow(called(server.name)))

    def label(self, server: ServerReport) -> str:
        """Its name in bold, with its role."""
        role = self.role(server).replace("staging", "standby")
        return f"**{called(server.name)}** ({role})"

    def find(self, key: str) -> ServerReport | None:
        """The server of that key."""
        return next((each for each in self.all if server_key(each.name) == key), None)

    def spelled(self, key: str) -> str:
        """A server's name as the report or the settings spell it, else the key; inert."""
        found = self.find(key)
        if found is not None:
            return inert(found.name)
        shown = self._presentation
        named = (*shown.standby_servers, shown.active_server)
        return inert(next((name for name in named if server_key(name) == key), key))

    # -- the pair -------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[ServerReport, ...]:
        """Every server of the report, the active one first."""
        if self.report is None:
            return ()
        active = (self.report.active,) if self.report.active else ()
        return (*active, *self.report.standbys)

    @property
    def active(self) -> ServerReport | None:
        """The server that is taken as the active one."""
        return self.report.active if self.report else None

    @property
    def measured_active(self) -> ServerReport | None:
        """The active server, where a source showed that it is the active one."""
        active = self.active
        shown = active is not None and active.role is Role.ACTIVE and self.measured(active)
        return active if shown else None

    @property
    def nothing_known(self) -> bool:
        """Whether no source told anything of any server, so that only the settings name them."""
        return all(each.seen_at is None and not self.measured(each) for each in self.all)

    @property
    def standby(self) -> ServerReport | None:
        """The standby that the advice is about, else the fittest one."""
        if self.report is None or not self.report.standbys:
            return None
        advised = server_key(self.report.recommendation.server)
        named = (each for each in self.report.standbys if server_key(each.name) == advised)
        return next(named, self.report.standbys[0])

    @property
    def others(self) -> str:
        """How many standbys there are besides `standby`, with a comma before; "" for none."""
        more = len(self.report.standbys) - 1 + self.report.more if self.report else 0
        return f", {more} more" if more > 0 else ""

    def fit_beside(self, key: str) -> ServerReport | None:
        """The first standby that is fit, other than the server of that `server_key`."""
        standbys = self.report.standbys if self.report else ()
        others = (each for each in standbys if server_key(each.name) != key)
        return next((each for each in others if each.fitness is Fitness.FIT), None)

    @property
    def target(self) -> ServerReport | None:
        """Whom to fail over to; None unless the report advises it *and* shows that it is fit."""
        if self.report is None or self.report.recommendation.advice is not Advice.FAIL_OVER:
            return None
        standby = self.standby
        if standby is None or standby.fitness is not Fitness.FIT:
            return None
        if self.active is not None and _same(self.active.name, standby.name):
            return None
        named = server_key(standby.name) == server_key(self.report.recommendation.server)
        return standby if named else None

    @property
    def to_staging(self) -> str:
        """Of two active servers the one to put into staging mode; "" when it cannot be told."""
        found = self.report.recommendation if self.report else None
        return inert(found.server) if found and found.reason is AdviceReason.TWO_ACTIVE else ""

    @property
    def keep(self) -> str:
        """Of two active servers the one that stays active; "" when it cannot be told."""
        found = self.report.recommendation if self.report else None
        if found is None or not self.to_staging:
            return ""
        others = [each for each in self.all if not _same(each.name, found.server)]
        others.sort(key=lambda each: each.role is not Role.ACTIVE)
        return inert(others[0].name) if others else ""

    def names(self, *, old: str = "", new: str = "", subject: str = "") -> Names:
        """What a runbook calls them: as measured, else as intended.

        Args:
            old: The server that was active before a failover.
            new: The server that is active since; overrides what the report says.
            subject: The `server_key` of the server that the incident is about.
        """
        shown = self._presentation
        names = {
            "to_staging": self.to_staging,
            "keep": self.keep,
            "old": inert(old),
            "subject": self.spelled(subject) if subject else "",
        }
        active, standby = self.active, self.standby
        active_name = new or (active.name if active else shown.active_server)
        if standby is not None:
            # the intended active one may stand among the standbys: it cannot be both
            both = not new and _same(active_name, standby.name)
            active_name = "" if both else active_name
            role = self.role(standby).replace("staging", "standby")
            names |= {"standby": inert(standby.name), "standby_is": role}
        else:
            others = (name for name in shown.standbys if not _same(name, active_name))
            names |= {"standby": " or ".join(inert(name) for name in others)}
        if active_name:
            names |= {"active": inert(active_name)}
            if new:
                names |= {"active_is": "active"}
            elif active is not None:
                names |= {"active_is": self.role(active)}
        return Names(**names)


def _same(name: str, other: str) -> bool:
    return server_key(name) == server_key(other)
