"""Advice: whether to fail over, as ONE table. The first row that applies decides.

The rows stand in the order of harm that the opposite would do:

1. Nothing is wrong: nothing to do.
2. A switch would do harm, whatever else is known: the tenant itself is switched off, two servers
   export already, or deletes wait to be exported.
3. The ground is unsure: a clock is wrong, Graph cannot be read, there never was a sync, or every
   server is in staging mode. Nothing else can be concluded then.
4. Sync works: no failover is needed, whatever else is open.
5. A switch would not help, as is shown: the cause lies with Microsoft, at the site, or in the
   directory; or the server works and is slow; or no standby can take over.
6. Something that a failover presupposes is contradicted, or cannot be told.
7. *Fail over*, only when every precondition is shown by evidence at most 45 minutes old.
8. Otherwise: check what is missing. A case that nobody thought of ends here.

Rows of 2 to 5 forbid on what is shown. What must be shown, row 7 asks for itself: it relies on no
other row for that, they only give the better reason.

Sources: Microsoft Learn, how-to-connect-sync-staging-server (the former active server must not
export any more; the standby must import and sync without errors, its pending exports looked at)
and how-to-connect-sync-feature-prevent-accidental-deletes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shared.domain.advice import checks, words
from shared.domain.advice.case import AdviceCase
from shared.domain.advice.gaps import gaps
from shared.domain.advice.parts import Words
from shared.domain.pair.report import Advice, AdviceReason, Recommendation
from shared.domain.verdicts import Finding, Kind, Verdict

__all__ = ["TABLE", "Advice", "AdviceCase", "Row", "recommend", "recommend_for"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the decision table.

    Attributes:
        reason: Its name.
        advice: What it advises.
        when: When it applies, in words.
        applies: Whether it applies; asked only if no row above it does.
        words: What it says.
    """

    reason: AdviceReason
    advice: Advice
    when: str
    applies: Callable[[AdviceCase], bool]
    words: Callable[[AdviceCase], Words]

    def recommendation(self, case: AdviceCase) -> Recommendation:
        """The row as a recommendation for one case."""
        said = self.words(case)
        return Recommendation(self.advice, self.reason, said.server, said.because, said.checks)


# -- the table ------------------------------------------------------------------------------------

_DO_NOT: Final = Advice.DO_NOT_FAIL_OVER
_CHECK: Final = Advice.CHECK_FIRST
_R: Final = AdviceReason


def _may_fail_over(case: AdviceCase) -> bool:
    """Whether all that must be shown is; `gaps` asks for recent evidence of all the rest."""
    return (
        (case.silent or case.stopped)
        and case.best_fit
        and case.active_measured
        and not case.roles.disagreements
        and not gaps(case)
    )


TABLE: Final[tuple[Row, ...]] = (
    # 1. nothing to do
    Row(
        _R.NOTHING_WRONG,
        Advice.NONE,
        "nothing is wrong",
        lambda c: c.headline is None,
        words.nothing,
    ),
    # 2. a switch would do harm
    Row(
        _R.SWITCHED_OFF,
        _DO_NOT,
        "directory sync is switched off in the tenant",
        lambda c: c.has(Verdict.SYNC_DISABLED),
        words.switched_off,
    ),
    Row(
        _R.TWO_ACTIVE,
        _DO_NOT,
        "two servers export",
        lambda c: c.roles.two_active is not None or c.has(Verdict.DUAL_ACTIVE),
        words.two_active,
    ),
    Row(
        _R.EXPORT_BLOCKED,
        _DO_NOT,
        "deletes wait, by a recent read: switching would export them, or stop again",
        lambda c: c.blocked is not None,
        words.export_blocked,
    ),
    # 3. the ground is unsure
    Row(
        _R.CLOCK,
        _CHECK,
        "a clock is wrong, so ages mean nothing",
        lambda c: c.has(Verdict.CLOCK_SUSPECT),
        checks.clock,
    ),
    Row(
        _R.BLIND,
        _CHECK,
        "the watchdog cannot read what it must",
        lambda c: c.has(Verdict.BLIND),
        checks.blind,
    ),
    Row(
        _R.NEVER_SYNCED,
        _CHECK,
        "the tenant knows no sync",
        lambda c: c.has(Verdict.NEVER_SYNCED),
        checks.never_synced,
    ),
    Row(
        _R.NO_ACTIVE,
        _CHECK,
        "every server is in staging mode: one must be made active",
        lambda c: bool(c.roles.none_active) or c.has(Verdict.NO_ACTIVE),
        checks.no_active,
    ),
    # 4. sync works
    Row(
        _R.ACTIVE_WORKS,
        _DO_NOT,
        "sync works: whatever else is open needs no failover",
        lambda c: c.calm,
        words.active_works,
    ),
    # 5. a switch would not help
    Row(
        _R.ENTRA_OUTAGE,
        _DO_NOT,
        "Microsoft Entra has an open incident",
        lambda c: bool(c.issues),
        words.entra_outage,
    ),
    Row(
        _R.BOTH_SILENT,
        _DO_NOT,
        "every server fell silent at once: a site or directory outage",
        lambda c: c.all_silent,
        words.both_silent,
    ),
    Row(
        _R.AD_IMPORT_ERRORS,
        _DO_NOT,
        "every server fails to import from Active Directory",
        lambda c: c.all_ad_imports_fail,
        words.ad_import_errors,
    ),
    Row(
        _R.LONG_CYCLE,
        _DO_NOT,
        "the server lives and a cycle takes long",
        lambda c: c.long_cycle,
        words.still_works,
    ),
    Row(
        _R.PASSWORDS_ONLY,
        _DO_NOT,
        "only password hash sync has stopped",
        lambda c: c.passwords_only,
        words.still_works,
    ),
    Row(
        _R.STANDBY_BELOW_FLOOR,
        _DO_NOT,
        "the best standby's build can no longer sync",
        lambda c: c.best_below_floor,
        words.standby_unfit,
    ),
    Row(
        _R.STANDBY_UNFIT,
        _DO_NOT,
        "the best standby fails a check",
        lambda c: c.best_unfit,
        words.standby_unfit,
    ),
    Row(_R.NO_STANDBY, _DO_NOT, "there is no other server", lambda c: c.alone, words.no_standby),
    # 6. a precondition is contradicted, or cannot be told
    Row(
        _R.ACTIVE_UNKNOWN,
        _CHECK,
        "no measurement says which server synced last",
        lambda c: not c.active_measured,
        checks.active_unknown,
    ),
    Row(
        _R.EVIDENCE_DISAGREES,
        _CHECK,
        "evidence about the servers contradicts itself",
        lambda c: bool(c.roles.disagreements),
        checks.evidence_disagrees,
    ),
    Row(
        _R.ACTIVE_ALIVE,
        _CHECK,
        "the silent server was seen alive: repair it first",
        lambda c: c.alive,
        checks.active_alive,
    ),
    Row(
        _R.STANDBY_UNKNOWN,
        _CHECK,
        "a required check of the standby lacks evidence",
        lambda c: not c.best_fit,
        checks.standby_unknown,
    ),
    # 7. every precondition is shown
    Row(
        _R.STANDBY_FIT,
        Advice.FAIL_OVER,
        "the active server is silent, the standby fit, all read within 45 minutes",
        _may_fail_over,
        words.standby_fit,
    ),
    # 8. whatever is left
    Row(
        _R.EVIDENCE_OLD,
        _CHECK,
        "anything else: some evidence is missing or older than 45 minutes",
        lambda _: True,
        checks.evidence_old,
    ),
)
"""The decision table, in the order of asking."""

_ELSEWHERE: Final = Row(
    _R.SYNC_DECIDES,
    _CHECK,
    "on another matter's card while sync has stopped: see that incident's card",
    lambda _: True,
    checks.sync_decides,
)

_OWN: Final = {
    Verdict.SYNC_DISABLED: _R.SWITCHED_OFF,
    Verdict.DUAL_ACTIVE: _R.TWO_ACTIVE,
    Verdict.EXPORT_BLOCKED: _R.EXPORT_BLOCKED,
    Verdict.CLOCK_SUSPECT: _R.CLOCK,
    Verdict.BLIND: _R.BLIND,
    Verdict.NEVER_SYNCED: _R.NEVER_SYNCED,
    Verdict.NO_ACTIVE: _R.NO_ACTIVE,
    Verdict.PASSWORD_SYNC_STALLED: _R.PASSWORDS_ONLY,
}
"""Verdicts that have a row of their own."""

_BY_REASON: Final = {row.reason: row for row in TABLE}


# -- asking it ------------------------------------------------------------------------------------


def recommend(case: AdviceCase) -> Recommendation:
    """What to do in this tick: the first row that applies. It is the advice of the headline."""
    row = next(row for row in TABLE if row.applies(case))
    return row.recommendation(case)


def recommend_for(finding: Finding, case: AdviceCase) -> Recommendation:
    """The advice for the card of one finding.

    The headline and the sync incident get the main advice, whatever row it comes from. A verdict
    with a row of its own speaks of that. Any other matter (a standby, an alert, a deadline) never
    says *fail over*: while a sync incident is open it points there (`SYNC_DECIDES`), else it
    repeats the main advice, which is then *do not* or *check first*.

    Args:
        finding: One of `case.judgement.findings`.
        case: The tick.
    """
    if finding.verdict is case.headline or finding.kind is Kind.SYNC:
        return recommend(case)
    own = _OWN.get(finding.verdict)
    if own is _R.EXPORT_BLOCKED and case.blocked is None:
        own = _R.EVIDENCE_OLD  # it was so when it was last read
    if own is not None:
        return _BY_REASON[own].recommendation(case)
    return _ELSEWHERE.recommendation(case) if case.sync else recommend(case)
