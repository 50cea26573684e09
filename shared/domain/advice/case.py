"""What the decision table asks of one tick: each question once, answered from the evidence.

Every answer is strict in one direction: "shown" means measured, and read at most `EVIDENCE_LASTS`
ago. What could not be read is neither good nor bad; it is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shared.domain.advice.active import exported_last, service_stopped
from shared.domain.advice.silence import all_silent
from shared.domain.alerts.exports_blocked import export_blocked
from shared.domain.alerts.findings import AlertKind, active_alerts, kind_of, server_of
from shared.domain.pair.readings import Known, ServiceIssue, Source, server_key
from shared.domain.pair.report import CheckName, Fitness, Outcome, Role, ServerReport
from shared.domain.pair.view import EVIDENCE_LASTS, PairView, Roles, ServerRole
from shared.domain.readings import Unavailable
from shared.domain.standby.readiness import REQUIRED
from shared.domain.tenant.heartbeats import CLOCK_TOLERANCE
from shared.domain.verdicts import Finding, Judgement, Kind, Verdict, Why, severity

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.readings import HealthAlert, HealthReading

_SILENT: Final = frozenset({Why.BOTH_SILENT, Why.OBJECTS_SILENT, Why.CLOUD_SYNC_HIDES})
"""Rules that say: no proof of life from anywhere. A rule that is not listed does not say so."""

_STOPPED_ALIVE: Final = frozenset({Why.STOPPED_SERVER_ALIVE, Why.MAYBE_ALIVE})
"""Rules that say: nothing syncs, and yet the server lives, or may."""

BELOW_FLOOR: Final = "below_floor"
"""The reason of a `VERSION` check of a build that cannot sync any more."""


@dataclass(frozen=True)
class AdviceCase:
    """One tick, as far as it matters for advice.

    Attributes:
        view: The pair in this tick.
        judgement: The tenant's verdict and all findings of the tick.
        roles: Which server does what.
        standbys: Every standby with its checks, the fittest first.
    """

    view: PairView
    judgement: Judgement
    roles: Roles
    standbys: tuple[ServerReport, ...] = ()

    # -- findings -------------------------------------------------------------------------------

    def found(self, verdict: Verdict) -> Finding | None:
        """The first finding with this verdict."""
        return next((f for f in self.judgement.findings if f.verdict is verdict), None)

    def has(self, verdict: Verdict) -> bool:
        """Whether this tick has such a finding."""
        return self.found(verdict) is not None

    @property
    def headline(self) -> Verdict | None:
        """The most severe verdict of all findings; None without any."""
        verdicts = [finding.verdict for finding in self.judgement.findings]
        return max(verdicts, key=severity, default=None)

    @property
    def sync(self) -> Finding | None:
        """The finding that the active server is silent or sync has stalled."""
        return next((f for f in self.judgement.findings if f.kind is Kind.SYNC), None)

    @property
    def blocked(self) -> Finding | None:
        """The finding that exports are stopped, shown by a recent read: it forbids a failover."""
        found = self._block
        return found if found and self._shows_now(found) else None

    @property
    def blocked_before(self) -> Finding | None:
        """The same as it was last read, too long ago to decide anything: look first."""
        found = self._block
        return None if found is None or self._shows_now(found) else found

    @property
    def _block(self) -> Finding | None:
        """The finding that exports are or were stopped, also when nobody has listed it yet."""
        listed = self.found(Verdict.EXPORT_BLOCKED)
        return listed or export_blocked(self.view, self.roles)

    def _shows_now(self, found: Finding) -> bool:
        return any(self.recent(stated.at) for stated in found.evidence.statements)

    @property
    def works(self) -> bool:
        """Whether this tick saw sync work within its limits; `LATE` shows that of nothing.

        Where Cloud Sync runs, the tenant's times do not show that; then the active server must
        have been seen itself.
        """
        if self.sync or self.has(Verdict.PASSWORD_SYNC_STALLED):
            return False
        if not self.judgement.readable or Kind.SYNC in self.judgement.unjudged:
            return False
        if self.judgement.tenant is not Verdict.HEALTHY:
            return False
        return not self.cloud_sync or self.active_seen

    @property
    def calm(self) -> bool:
        """Whether sync works, and exports were not stopped when that was read last."""
        return self.works and self.blocked_before is None

    @property
    def cloud_sync(self) -> bool:
        """Whether Cloud Sync moves the tenant's times, too."""
        reading = self.view.readings.cloud_sync.reading
        return reading is not None and reading.running > 0

    # -- age of the evidence --------------------------------------------------------------------

    def recent(self, at: datetime | None) -> bool:
        """Whether a time is recent enough for a precondition, and not in the future."""
        if at is None:
            return False
        return -CLOCK_TOLERANCE <= self.view.at - at <= EVIDENCE_LASTS

    def lively(self, at: datetime | None) -> bool:
        """Whether something seen then counts as alive now."""
        return at is not None and self.view.at - at <= self.view.silent_after

    def source(self, source: Source) -> Known[Any]:
        """What is known from one optional source."""
        known: Known[Any] = getattr(self.view.readings, source)
        return known

    def read(self, source: Source) -> bool:
        """Whether an optional source was read recently enough for a precondition."""
        known = self.source(source)
        return known.reading is not None and self.recent(known.read_at)

    @property
    def health(self) -> HealthReading | None:
        """Connect Health's word, while it is recent."""
        known = self.view.readings.connect_health
        return known.reading if self.read(Source.CONNECT_HEALTH) else None

    @property
    def issues(self) -> tuple[ServiceIssue, ...]:
        """Open issues on Microsoft's side by a recent read."""
        reading = self.view.readings.service_health.reading
        return reading.issues if reading and self.read(Source.SERVICE_HEALTH) else ()

    def alerted(self, kind: AlertKind) -> dict[str, HealthAlert]:
        """Servers with an active alert of this kind by a recent read, by `server_key`."""
        readings = self.view.readings
        alerts = active_alerts(readings)
        if self.health is None or isinstance(alerts, Unavailable):
            return {}
        on = {server_of(a, readings): a for a in reversed(alerts) if kind_of(a) is kind}
        return {server: alert for server, alert in on.items() if server}

    # -- the active server ----------------------------------------------------------------------

    @property
    def active(self) -> ServerRole | None:
        """The server that is taken as the active one."""
        return self.roles.active

    @property
    def active_measured(self) -> bool:
        """Whether a source saw the active server run the last sync (`advice_active`)."""
        return self.active is not None and exported_last(self.view, self.active)

    @property
    def active_seen(self) -> bool:
        """Whether any source saw the active server within `silent_after`."""
        return self.active is not None and self.lively(self.active.seen_at)

    @property
    def silent(self) -> bool:
        """Whether the active server is shown to be silent: no proof of life from anywhere."""
        found = self.found(Verdict.SERVER_SILENT)
        if found is None or found.evidence.why not in _SILENT or self.active_seen:
            return False
        return self.judgement.readable

    @property
    def service_stopped(self) -> HealthAlert | None:
        """Connect Health's alert, of a recent read, that the active server's service is down."""
        if self.active is None or self.health is None:
            return None
        return service_stopped(self.view, self.active)

    @property
    def stopped(self) -> bool:
        """Whether both syncs stopped and the active server's service is shown not to run."""
        return self._nothing_syncs and self.service_stopped is not None

    @property
    def alive(self) -> bool:
        """Whether nothing syncs although the active server lives, or may."""
        if self.sync is None or self.stopped:
            return False
        return self.sync.evidence.why in _STOPPED_ALIVE or self.active_seen

    @property
    def _nothing_syncs(self) -> bool:
        if self.sync is None or not self.judgement.readable:
            return False
        return self.sync.evidence.why in _STOPPED_ALIVE | _SILENT

    @property
    def long_cycle(self) -> bool:
        """Whether only object sync stands still: passwords move, so the server works."""
        return self.sync is not None and self.sync.evidence.why is Why.OBJECTS_STALLED

    @property
    def passwords_only(self) -> bool:
        """Whether only password sync stands still."""
        return self.sync is None and self.has(Verdict.PASSWORD_SYNC_STALLED)

    # -- the standbys ---------------------------------------------------------------------------

    @property
    def best(self) -> ServerReport | None:
        """The standby that would take over."""
        return self.standbys[0] if self.standbys else None

    @property
    def best_unfit(self) -> bool:
        """Whether the best standby is shown unable to take over."""
        return self.best is not None and self.best.fitness is Fitness.UNFIT

    @property
    def best_below_floor(self) -> bool:
        """Whether the best standby's build cannot sync any more."""
        return (
            self.best is not None
            and self.best_unfit
            and any(
                check.name is CheckName.VERSION and check.reason == BELOW_FLOOR
                for check in self.best.failed()
            )
        )

    @property
    def best_fit(self) -> bool:
        """Whether the best standby is shown able to take over, and to be in staging mode.

        The checks are counted again: a report without them shows nothing, whatever it concludes.
        """
        best = self.best
        if best is None or best.role is not Role.STAGING or best.fitness is not Fitness.FIT:
            return False
        shown = {c.name for c in best.checks if c.outcome in {Outcome.PASS, Outcome.WARN}}
        return shown >= REQUIRED and not best.failed()

    @property
    def all_silent(self) -> bool:
        """Whether every server fell silent at once: the site or its directory, not one server."""
        return all_silent(self)

    @property
    def all_ad_imports_fail(self) -> bool:
        """Whether imports from AD fail on the active server and on every standby."""
        if self.active is None or not self.standbys or not self.all_listed:
            return False
        names = [self.active.name, *(standby.name for standby in self.standbys)]
        failing = self.alerted(AlertKind.AD_IMPORT_FAILED)
        return all(server_key(name) in failing for name in names)

    @property
    def all_listed(self) -> bool:
        """Whether Connect Health named every server it knows, in this tick or just before."""
        return self.health is not None and self.health.members_left_out == 0

    @property
    def alone(self) -> bool:
        """Whether Connect Health lists the active server and no other, and none is intended."""
        known = self.view.readings.connect_health
        if self.standbys or self.roles.standbys or self.view.intent.standbys:
            return False
        if known.problem is not None or self.active is None or self.active.member is None:
            return False
        return self.all_listed
