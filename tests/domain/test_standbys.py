"""Standbys that could not take over, or are not there: one row per rule."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import HealthReading, Known, Source
from shared.domain.pair.report import CheckName, Role, Statement
from shared.domain.pair.view import Intent, ServerRole, TwoActive
from shared.domain.standby.findings import standby_findings
from shared.domain.standby.readiness import rank, report
from shared.domain.verdicts import Finding, Kind, Verdict, Why
from tests.support.judging import NOW, at
from tests.support.pairs import REFUSED, A, B, C, handover, member
from tests.support.readiness import FINE, Scene, alert

UNFIT = Verdict.STANDBY_UNFIT
MISSING = Verdict.STANDBY_MISSING
NOBODY = Intent()
OLD: dict[str, Any] = {"versions": {A: FINE, B: "2.1.1.0"}}


def found(**changes: Any) -> list[Finding]:
    """What is found about the standbys of a good pair, but for these changes."""
    scene = Scene(**changes)
    reports = rank([report(scene.view, each, scene.roles) for each in scene.roles.standbys])
    return standby_findings(scene.view, scene.roles, reports)


def told(**changes: Any) -> list[tuple[Verdict, str]]:
    """The verdicts and subjects of `found`."""
    return [(each.verdict, each.subject) for each in found(**changes)]


def test_a_fit_standby_gives_nothing() -> None:
    """Nobody needs to know."""
    assert found() == []


def test_an_unknown_standby_gives_nothing() -> None:
    """What we do not know is no defect of the server; the report says what to check."""
    assert found(health=Known()) == []
    assert found(certificates=Known(), details=Known()) == []


# -- unfit ----------------------------------------------------------------------------------------


BOTH = TwoActive((A, B), B, returned=False, since=at("1h"), statements=())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(OLD, [(UNFIT, "sync-b")], id="staging and intended"),
        pytest.param({**OLD, "intent": NOBODY}, [(UNFIT, "sync-b")], id="staging, nothing set"),
        pytest.param(
            {**OLD, "role": Role.UNKNOWN, "basis": None}, [(UNFIT, "sync-b")], id="only intended"
        ),
        pytest.param(
            {**OLD, "role": Role.UNKNOWN, "basis": None, "intent": Intent(A, ("sync-b.contoso",))},
            [(UNFIT, "sync-b")],
            id="intended by another spelling",
        ),
        pytest.param(
            {**OLD, "role": Role.UNKNOWN, "basis": None, "intent": NOBODY},
            [],
            id="neither shown nor intended",
        ),
        pytest.param(
            {**OLD, "basis": Source.INTENDED, "intent": NOBODY}, [], id="staging by a setting only"
        ),
        pytest.param(
            {"role": Role.ACTIVE}, [(UNFIT, "sync-b")], id="an intended standby out of staging mode"
        ),
        pytest.param({"role": Role.ACTIVE, "two_active": BOTH}, [], id="DUAL_ACTIVE tells it"),
        pytest.param(
            {"role": Role.ACTIVE, "intent": NOBODY}, [], id="out of staging mode, nothing set"
        ),
        pytest.param(
            {
                "role": Role.ACTIVE,
                "b": member(B, staging=False, seen="5h"),
                "intent": Intent(B, (A,)),
                "handovers": (handover(B, A, "4h", failover=True),),
            },
            [(UNFIT, "sync-b")],
            id="dead, and active until the failover",
        ),
        pytest.param(
            {
                "role": Role.ACTIVE,
                "b": member(B, staging=False, seen="5h"),
                "intent": NOBODY,
                "handovers": (handover(B, A, "9h"), handover(A, C, "4h")),
            },
            [],
            id="active before an older handover",
        ),
        pytest.param(
            {
                "role": Role.ACTIVE,
                "b": member(B, staging=False, seen="5h"),
                "intent": NOBODY,
                "handovers": (handover(B, C, "4h"),),
            },
            [],
            id="its role went to another server than the active one",
        ),
    ],
)
def test_a_standby_that_cannot_take_over_is_told(changes: Any, expected: Any) -> None:
    """Of servers that are standbys by evidence, by intent, or since the failover."""
    assert told(**changes) == expected


def test_an_unfit_standby_states_the_failed_checks() -> None:
    """At most three; the whole report goes with the finding."""
    scene = Scene(b=member(B, seen="9h", ran="8d"), alerts=(alert(),), ends={B: "-1d"}, **OLD)
    failed = scene.report.failed()
    (finding,) = standby_findings(scene.view, scene.roles, [scene.report])

    assert len(failed) > 3
    assert finding.evidence.statements == tuple(check.statement for check in failed[:3])
    assert finding.evidence.why is Why.CHECKS_FAILED
    assert finding.kind is Kind.STANDBY
    assert finding.evidence.measured_at == NOW


def test_a_former_active_server_is_told_as_that() -> None:
    """The reader may still think of it as the active one."""
    switched = handover(B, A, "4h", failover=True)
    (finding,) = found(b=member(B, seen="5h"), handovers=(switched,))

    assert finding.evidence.statements[-1] == Statement(
        "SYNC-B was the active server until SYNC-A took over",
        Source.SYNC_CONFIGURATION,
        at("4h"),
    )


@pytest.mark.parametrize(
    ("changes", "since"),
    [
        ({"b": member(B, seen="5h")}, "5h"),
        ({"b": member(B, seen="5m", ran="9d")}, "9d"),
        ({"ends": {B: "-10d"}}, "20d"),
        ({**OLD, "details_read": "40m"}, "40m"),
        ({"alerts": (alert(),)}, "0m"),
        ({"b": member(B, seen="3h"), "ends": {B: "-10d"}}, "20d"),
    ],
)
def test_an_unfit_standby_is_so_since_its_evidence_says(changes: Any, since: str) -> None:
    """The last sign of life, the day the certificate came near its end, else when it was read."""
    (finding,) = found(**changes)

    assert finding.since == at(since)


# -- missing --------------------------------------------------------------------------------------

GONE: dict[str, Any] = {
    "b": None,
    "role": Role.UNKNOWN,
    "basis": None,
    "seen": "2d",
    "versions": {A: FINE},
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, [(MISSING, "sync-b")], id="not listed, long not seen"),
        pytest.param({"seen": "1d", "seen_source": Source.AUDITS}, [], id="seen a day ago"),
        pytest.param({"seen": "1d 1s"}, [(MISSING, "sync-b")], id="seen longer ago"),
        pytest.param({"intent": Intent(A)}, [], id="not intended"),
        pytest.param({"intent": Intent(A, ("", " "))}, [], id="a name of nothing"),
        pytest.param(
            {"intent": Intent(A, (B, "sync-b.contoso.com"))}, [(MISSING, "sync-b")], id="set twice"
        ),
        pytest.param({"intent": Intent(A, (C,))}, [(MISSING, "sync-c")], id="never heard of"),
        pytest.param({"b": member("sync-b.contoso.com")}, [], id="listed by another spelling"),
        pytest.param({"b": member(B, disabled=True)}, [], id="listed, monitoring off"),
        pytest.param({"health_read": "5m"}, [], id="not read in this tick"),
        pytest.param({"health": Known()}, [], id="never read"),
        pytest.param(
            {"health": Known(HealthReading((member(A),)), NOW, NOW, REFUSED)}, [], id="refused now"
        ),
        pytest.param({"members_left_out": 1}, [], id="perhaps left out"),
        pytest.param({"a": None}, [], id="no server is registered at all"),
    ],
)
def test_an_intended_standby_that_nobody_sees_is_missing(changes: Any, expected: Any) -> None:
    """Only by a good and whole reading of this tick, and if no source saw it within a day."""
    assert told(**{**GONE, **changes}) == expected


def test_a_missing_standby_carries_what_is_set_and_what_is_listed() -> None:
    """Both halves of the contradiction, and the last sign of life."""
    (finding,) = found(**GONE)

    assert finding.evidence.why is Why.NOT_REGISTERED
    assert finding.since == at("2d")
    assert finding.evidence.statements[:2] == (
        Statement("SYNC-B is set as a standby", Source.INTENDED),
        Statement("Connect Health does not list SYNC-B", Source.CONNECT_HEALTH, NOW),
    )
    assert finding.evidence.statements[2].at == at("2d")


def test_a_missing_standby_is_not_unfit_too() -> None:
    """One incident per server: an expired certificate of a machine that is gone is no news."""
    changes = {**GONE, "ends": {A: "-200d", B: "9d"}}
    checks = {check.name for check in Scene(**changes).report.failed()}

    assert checks == {CheckName.CERTIFICATE}
    assert told(**changes) == [(MISSING, "sync-b")]


# -- several --------------------------------------------------------------------------------------

names = st.text(st.characters(codec="utf-8"), max_size=200)


@given(st.lists(names, max_size=5), st.lists(names, max_size=4), st.booleans())
def test_each_server_has_at_most_one_finding(
    listed: list[str],
    intended: list[str],
    staging: bool,  # noqa: FBT001 - Hypothesis passes it
) -> None:
    """Whatever the names, a tick gives one finding per kind and subject."""
    role = Role.STAGING if staging else Role.ACTIVE
    members = tuple(member(name, seen="9h", key=str(n)) for n, name in enumerate(listed))
    servers = tuple(
        ServerRole(each.name, role, Source.CONNECT_HEALTH, member=each) for each in members
    )
    findings = found(
        b=None,
        more_members=members,
        more_servers=servers,
        intent=Intent(A, tuple(intended)),
    )

    for one, other in itertools.combinations(findings, 2):
        assert one.subject != other.subject
    assert all(0 < len(each.subject) <= 140 for each in findings)
