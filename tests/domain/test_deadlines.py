"""Deadlines: a certificate or the support of a build that ends soon, one row per rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import Certificate, Certificates, Known, Source
from shared.domain.pair.report import Role, Statement
from shared.domain.pair.view import Roles, ServerRole
from shared.domain.standby.deadlines import deadlines
from shared.domain.verdicts import Finding, Kind, Verdict, Why
from tests.support.judging import NOW, at
from tests.support.pairs import A, B, failed, known
from tests.support.readiness import FACTS, FINE, Scene

MONTH = timedelta(days=30)


def found(**changes: Any) -> list[Finding]:
    """The deadlines of a pair without any, but for these changes."""
    scene = Scene(**changes)
    return deadlines(scene.view, scene.roles)


def runs(a: str | None = FINE, b: str | None = FINE) -> dict[str, Any]:
    """The builds of both servers."""
    return {"versions": {A: a, B: b}}


def test_far_off_deadlines_give_nothing() -> None:
    """A month is time enough."""
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "subjects"),
    [
        pytest.param({"ends": {A: "-30d 1s"}}, [], id="a second over 30 days"),
        pytest.param({"ends": {A: "-30d"}}, ["sync-a:certificate"], id="exactly 30 days"),
        pytest.param({"ends": {A: "3d"}}, ["sync-a:certificate"], id="past"),
        pytest.param({"ends": {"sync-a.contoso.com": "-1d"}}, ["sync-a:certificate"], id="as FQDN"),
        pytest.param({"ends": {B: "-1d"}}, [], id="a standby's makes it unfit, told as that"),
        pytest.param({"ends": {A: "-1d"}, "active": None}, [], id="no active server"),
        pytest.param({"certificates": Known()}, [], id="never read"),
        pytest.param({"certificates": failed()}, [], id="refused"),
        pytest.param(
            {"ends": {A: "-1d"}, "certificates_read": "9d"}, ["sync-a:certificate"], id="read once"
        ),
        pytest.param(runs(a="2.5.79.0"), ["sync-a:version"], id="support ended"),
        pytest.param(runs(a="2.5.190.0"), ["sync-a:version"], id="support ends tomorrow"),
        pytest.param(runs(a="2.6.1.0"), ["sync-a:version"], id="support ends within 30 days"),
        pytest.param(runs(a="2.6.3.0"), [], id="support ends later"),
        pytest.param(runs(a="2.6.93.0"), [], id="newer than the facts"),
        pytest.param(runs(a="2.1.1.0"), ["sync-a:version"], id="active below the floor"),
        pytest.param(runs(b="2.5.190.0"), ["sync-b:version"], id="a standby's support"),
        pytest.param(runs(b="2.1.1.0"), [], id="a standby below the floor is unfit"),
        pytest.param(
            {**runs(b="2.6.0.5"), "facts": replace(FACTS, recalled=frozenset({(2, 6, 0, 5)}))},
            [],
            id="a recalled standby is unfit",
        ),
        pytest.param(runs(a=None, b="?"), [], id="no version, or garbage"),
        pytest.param({"details": Known()}, [], id="versions never read"),
        pytest.param(
            {**runs(a="2.5.190.0", b="2.5.79.0"), "ends": {A: "-1d"}},
            ["sync-b:version", "sync-a:version", "sync-a:certificate"],
            id="the nearest first",
        ),
    ],
)
def test_a_deadline_is_told_a_month_before(changes: dict[str, Any], subjects: list[str]) -> None:
    """The certificate of the active server, and the support of each build that could sync."""
    assert [each.subject for each in found(**changes)] == subjects


def test_a_certificate_s_deadline_carries_its_evidence() -> None:
    """What ends, when, by which source, read when; and it began when the end came near."""
    (finding,) = found(ends={A: "-10d"}, certificates_read="20m")
    end = at("-10d")

    assert (finding.verdict, finding.kind) == (Verdict.DEADLINE_NEAR, Kind.DEADLINE)
    assert finding.evidence.why is Why.CERTIFICATE_ENDS
    assert finding.evidence.deadline == end
    assert finding.since == end - MONTH
    assert finding.evidence.measured_at == NOW
    assert finding.evidence.statements == (
        Statement(
            "The certificate of SYNC-A expires on 2026-03-24", Source.CERTIFICATES, at("20m")
        ),
    )


def test_the_end_of_support_is_a_day_in_utc() -> None:
    """Midnight as the day begins: a day too early costs nothing."""
    (finding,) = found(**runs(a="2.6.1.0"))

    assert finding.evidence.why is Why.SUPPORT_ENDS
    assert finding.evidence.deadline == datetime(2026, 4, 13, tzinfo=UTC)
    assert finding.evidence.statements[0].text == (
        "SYNC-A runs 2.6.1.0, supported until 2026-04-13"
    )


def test_support_by_old_facts_says_so() -> None:
    """The reader may know better than a file that is a year old."""
    facts = replace(FACTS, checked_on=date(2025, 3, 1))
    (finding,) = found(facts=facts, **runs(a="2.6.1.0"))

    assert finding.evidence.statements[0].text.endswith(
        "by version facts of 2025-03-01, which are old"
    )


def test_an_estimated_end_of_support_is_not_told_as_known() -> None:
    """A build between two listed ones is supported at least as long as the older one."""
    (near,) = found(**runs(a="2.6.2.0"))
    (past,) = found(**runs(a="2.5.100.0"))

    assert near.evidence.statements[0].text.endswith("supported until 2026-04-13 or longer")
    assert past.evidence.statements[0].text.endswith("may be unsupported since 2026-03-14")


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_deadline_that_comes_nearer_is_the_same_problem(first: int, minutes: int) -> None:
    """Its beginning and subject do not move from tick to tick."""
    scene = Scene(ends={A: f"-{first}m"})
    later = replace(scene.view, at=NOW + timedelta(minutes=minutes))
    (before,), (after,) = deadlines(scene.view, scene.roles), deadlines(later, scene.roles)

    assert (before.subject, before.since) == (after.subject, after.since)


@given(st.text(max_size=300), st.datetimes(timezones=st.just(UTC)))
def test_no_name_and_no_date_breaks_it(name: str, end: datetime) -> None:
    """The subject is bounded and keeps what it is about, whatever a source says."""
    scene = Scene(certificates=known(Certificates((Certificate(name, end),))))
    active = ServerRole(name, Role.ACTIVE)

    for finding in deadlines(scene.view, Roles((active,), active)):
        assert len(finding.subject) <= 140
        assert finding.subject.endswith(":certificate")
        assert finding.since <= end
