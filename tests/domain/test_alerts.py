"""Connect Health's alerts: told by their words, each once, and none dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.alerts.findings import (
    active_alerts,
    alert_findings,
    covered_by,
    subject_of,
)
from shared.domain.pair.readings import AlertLevel, HealthAlert, HealthReading, Known
from shared.domain.pair.view import Roles
from shared.domain.readings import Reason, Unavailable
from shared.domain.verdicts import Verdict, Why
from tests.support.advising import alert
from tests.support.judging import NOW, at
from tests.support.pairs import REFUSED, A, B, health, known, view

# -- which are active -----------------------------------------------------------------------------


def test_only_active_alerts_count() -> None:
    """A resolved alert is history."""
    seen = view(alerts=(alert("One", A), alert("Two", A, active=False)))
    got = active_alerts(seen.readings)

    assert isinstance(got, tuple)
    assert [each.name for each in got] == ["One"]


def test_alerts_of_an_older_read_are_still_known() -> None:
    """A failed read takes no alert away: its incident must not close for that."""
    old = health(alerts=(alert("One", A),), read="3h", problem=REFUSED)

    assert len(alert_findings(view(connect_health=old), frozenset())) == 1


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (Known(), Reason.NOT_CONFIGURED),
        (Known(tried_at=NOW, problem=REFUSED), Reason.FORBIDDEN),
        (known(HealthReading(alerts=REFUSED)), Reason.FORBIDDEN),
    ],
    ids=["never asked", "refused", "alerts refused"],
)
def test_alerts_that_were_never_read_are_unavailable_not_absent(
    what: Known[HealthReading], reason: Reason
) -> None:
    """No alerts is a good answer; no answer is none."""
    seen = view(connect_health=what)
    got = active_alerts(seen.readings)

    assert isinstance(got, Unavailable)
    assert got.reason is reason
    assert alert_findings(seen, frozenset()) == []
    assert covered_by(seen, Roles(), ()) == frozenset()


# -- findings -------------------------------------------------------------------------------------


def _many(count: int, **other: Any) -> tuple[HealthAlert, ...]:
    return tuple(
        alert(f"Alert {n}", A, key=f"00000000-{n:04}", created=f"{n + 1}h", **other)
        for n in range(count)
    )


def test_each_alert_has_a_finding_with_what_is_known_of_it() -> None:
    """The server, the name and Connect Health's own advice, as of its read."""
    one = alert("Import from Active Directory failed", A, key="0000-0001", created="3h")
    seen = view(connect_health=health(alerts=(replace(one, remediation="Rerun it"),), read="5m"))
    (got,) = alert_findings(seen, frozenset())

    assert (got.verdict, got.subject, got.since) == (Verdict.HEALTH_ALERT, "0000-0001", at("3h"))
    assert got.evidence.why is Why.ALERT_ACTIVE
    assert got.evidence.alert is not None
    assert [each.text for each in got.evidence.statements] == [
        "Connect Health reports on SYNC-A: Import from Active Directory failed",
        "Connect Health advises: Rerun it",
    ]
    assert {each.at for each in got.evidence.statements} == {at("5m")}


@pytest.mark.parametrize(("created", "since"), [(None, "5m"), ("-3h", "5m"), ("4m", "5m")])
def test_an_alert_without_a_believable_date_began_when_it_was_read(
    created: str | None, since: str
) -> None:
    """A problem never begins after it was seen."""
    seen = view(connect_health=health(alerts=(alert("One", A, created=created),), read="5m"))

    assert alert_findings(seen, frozenset())[0].since == at(since)


def test_alerts_beyond_ten_share_one_finding() -> None:
    """The oldest ten are told one by one; the others are counted, the gravest named."""
    warnings = _many(13, level=AlertLevel.WARNING)
    newest = alert("The gravest", B, created="1m")
    seen = view(alerts=(newest, *warnings))
    got = alert_findings(seen, frozenset())
    more = got[-1]

    assert len(got) == 11
    assert (more.subject, more.evidence.why) == ("more", Why.MORE_ALERTS)
    assert more.evidence.alerts == 4
    assert more.evidence.alert is not None
    assert more.evidence.alert.name == "The gravest"
    assert "4 more are active" in more.evidence.statements[0].text


def test_alerts_that_the_reading_left_out_are_counted() -> None:
    """Nobody knows their names, but that they are there is told."""
    reading = HealthReading(alerts=_many(2), alerts_left_out=9_980)
    got = alert_findings(view(connect_health=known(reading)), frozenset())

    assert [f.subject for f in got] == ["00000000-0001", "00000000-0000", "more"]
    assert got[-1].evidence.alerts == 9_980
    assert got[-1].evidence.alert is None


@given(st.sets(st.integers(0, 40), max_size=15), st.integers(0, 4))
def test_a_newcomer_never_takes_the_place_of_an_alert_that_has_its_incident(
    ages: set[int], newcomers: int
) -> None:
    """Whatever comes later, the single findings of before are still there."""
    before = tuple(
        alert(f"A{age}", A, key=f"00000000-{age}", created=f"{age + 1}h") for age in ages
    )
    new = tuple(alert(f"N{n}", A, key=f"ffffffff-{n}", created=f"{n}m") for n in range(newcomers))
    first = {f.subject for f in alert_findings(view(alerts=before), frozenset())}
    then = {f.subject for f in alert_findings(view(alerts=new + before), frozenset())}

    assert first - {"more"} <= then


def test_an_alert_without_a_date_counts_as_new() -> None:
    """So it takes no place of one that is dated."""
    undated = alert("Undated", A, key="00000000-undated", created=None)
    got = alert_findings(view(alerts=(undated, *_many(10))), frozenset())

    assert got[-1].subject == "more"
    assert got[-1].evidence.alert == undated


@given(st.lists(st.text(max_size=300), max_size=30, unique=True), st.integers(0, 3))
def test_no_alert_is_dropped(ids: list[str], left_out: int) -> None:
    """Every alert is told or counted, whatever its id is, and subjects are never shared."""
    alerts = tuple(alert("New", key=each) for each in ids)
    seen = view(connect_health=known(HealthReading(alerts=alerts, alerts_left_out=left_out)))
    got = alert_findings(seen, frozenset())

    assert sum(finding.evidence.alerts for finding in got) == len(ids) + left_out
    assert len({finding.subject for finding in got}) == len(got) <= 11
    assert all(0 < len(finding.subject) <= 64 for finding in got)


@pytest.mark.parametrize("odd", ["more", "", "a/b?c#d", "x" * 200, "\ud800"])
def test_an_odd_id_becomes_a_plain_subject(odd: str) -> None:
    """A subject is part of a row's key, and the word for all further alerts stays free."""
    got = subject_of(odd)

    assert got.isascii()
    assert got.isalnum()
    assert got != "more"
    assert subject_of(odd + "2") != got


def test_covered_alerts_have_no_finding() -> None:
    """What another finding tells is not told twice."""
    alerts = _many(3)

    assert len(alert_findings(view(alerts=alerts), frozenset({alerts[0].id}))) == 2
