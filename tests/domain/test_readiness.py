"""Readiness: what the checks together make of a server, and which of several comes first."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import (
    HealthReading,
    Known,
    Source,
)
from shared.domain.pair.report import (
    Check,
    CheckName,
    Fitness,
    Outcome,
    Role,
    ServerReport,
    Statement,
)
from shared.domain.pair.view import ServerRole
from shared.domain.readings import Reason, Unavailable
from shared.domain.standby.readiness import REQUIRED, rank, report
from tests.support.judging import NOW, at
from tests.support.pairs import REFUSED, A, B, failed, member
from tests.support.readiness import FINE, Scene, alert

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL
UNKNOWN, NOTE = Outcome.UNKNOWN, Outcome.NOTE
STALE = "Health service data is not up to date"


# -- together -------------------------------------------------------------------------------------


def test_a_standby_with_every_evidence_is_fit() -> None:
    """The one case in which a failover may be advised."""
    scene = Scene(agents={B: "4.5.2466.0"})
    outcomes = [check.outcome for check in scene.report.checks]

    assert scene.report.fitness is Fitness.FIT
    assert outcomes == [PASS] * 9 + [NOTE] * 2


def test_every_check_is_made_once_in_its_order() -> None:
    """A report is read from the top."""
    assert [check.name for check in Scene().report.checks] == list(CheckName)


def test_the_report_names_the_build_and_the_proof_of_life() -> None:
    """A card shows them beside the name."""
    found = Scene(seen="7m").report

    assert (found.name, found.version, found.seen_at) == (B, FINE, at("7m"))
    assert found.seen_source is Source.CONNECT_HEALTH


def test_an_unknown_build_is_not_made_up() -> None:
    """Foreign text that is no version is not shown as one."""
    assert Scene(versions={A: FINE, B: "two"}).report.version == ""


def test_the_active_server_is_asked_for_no_more_than_its_version() -> None:
    """Fitness to take over is a question about standbys."""
    scene = Scene()
    active = ServerRole(A, Role.ACTIVE, member=scene.a)

    found = report(scene.view, active, replace(scene.roles, active=active))

    assert (found.fitness, found.checks, found.version) == (None, (), FINE)


BROKEN: dict[str, dict[str, list[Any]]] = {
    "role": {"role": list(Role)},
    "basis": {"basis": [None, Source.INTENDED, Source.CONNECT_HEALTH]},
    "b": {
        "b": [
            None,
            member(B),
            member(B, seen="46m"),
            member(B, seen="1d"),
            member(B, ran="6d"),
            member(B, ran="8d"),
            member(B, ran=None),
            member(B, unread=REFUSED),
            member(B, disabled=True),
        ]
    },
    "versions": {
        "versions": [
            {},
            *({A: a, B: b} for a, b in itertools.product([None, FINE, "2.1"], repeat=2)),
        ]
    },
    "ends": {"ends": [{}, {B: "-10d"}, {B: "-100d"}, {B: "1d"}]},
    "alerts": {"alerts": [(), (alert(),), (alert(STALE),), REFUSED]},
    "age": {"health_read": ["0m", "45m", "46m", "9d"]},
    "details age": {"details_read": ["0m", "25h"]},
    "certificates age": {"certificates_read": ["0m", "25h"]},
    "health": {"health": [None, Known(), failed()]},
}
worlds = st.fixed_dictionaries(
    {key: st.sampled_from(values) for each in BROKEN.values() for key, values in each.items()}
)


@given(worlds)
def test_no_unknown_required_check_gives_a_fit_server(changes: dict[str, Any]) -> None:
    """Fit only if nothing failed and all evidence is there; unfit exactly if something failed."""
    found = Scene(**changes).report
    outcomes = {check.name: check.outcome for check in found.checks}
    required = {outcomes[name] for name in REQUIRED}

    assert (found.fitness is Fitness.UNFIT) is (FAIL in outcomes.values())
    if found.fitness is Fitness.FIT:
        assert UNKNOWN not in required
        assert found.role is Role.STAGING
    if found.fitness is Fitness.UNKNOWN:
        assert UNKNOWN in required


@given(worlds)
def test_each_check_names_the_server_and_what_to_do(changes: dict[str, Any]) -> None:
    """What lacks or fails says how to check by hand; its words hold no foreign name."""
    for check in Scene(**changes).report.checks:
        named = B in check.statement.text or check.name is CheckName.PASSWORDS
        assert named, check
        assert not check.statement.text.endswith("."), check
        assert B not in check.how, check
        if check.outcome in {FAIL, UNKNOWN, WARN}:
            assert check.how.endswith((".", "?")), check
        else:
            assert check.how == "", check


def test_what_fails_says_what_repairs_it() -> None:
    """A card shows this sentence of the first failed check, so it must lead on."""
    hows = {
        CheckName.SEEN: (Scene(b=member(B, seen="3h")), "is it up"),
        CheckName.SYNCED: (Scene(b=member(B, ran="8d")), "-PolicyType Initial"),
        CheckName.VERSION: (Scene(versions={A: "2.1.0.0", B: "2.1.0.0"}), "Upgrade it"),
        CheckName.NOT_OLDER: (Scene(versions={A: FINE, B: "2.6.84.0"}), "Upgrade it"),
        CheckName.CERTIFICATE: (Scene(ends={B: "1d"}), "SchedulerSuspended must be False"),
        CheckName.ALERTS: (Scene(alerts=(alert(),)), "how to fix it"),
        CheckName.STAGING: (Scene(role=Role.ACTIVE), "which server is meant to export"),
    }

    for name, (scene, said) in hows.items():
        check = scene.check(name)
        assert check.outcome is FAIL, name
        assert said in check.how, name


def test_a_refused_source_is_told_with_its_reason() -> None:
    """`forbidden` is a permission to grant, `throttled` is not."""
    problem = Unavailable(Reason.THROTTLED, "Wait.")
    health: Known[HealthReading] = Known(tried_at=NOW, problem=problem)

    text = Scene(health=health).check(CheckName.SEEN).statement.text

    assert text == "Not known for SYNC-B: Connect Health asked the watchdog to wait"


# -- several standbys -----------------------------------------------------------------------------


def standby(name: str, fitness: Fitness | None = Fitness.FIT, **changes: Any) -> ServerReport:
    """A report on one standby."""
    outcomes = changes.pop("outcomes", ())
    seen = changes.pop("seen", "5m")
    checks = tuple(
        Check(CheckName.SEEN, outcome, "", Statement("", Source.GRAPH)) for outcome in outcomes
    )
    return ServerReport(
        name,
        Role.STAGING,
        seen_at=None if seen is None else at(seen),
        fitness=fitness,
        checks=checks,
        version=changes.pop("version", FINE),
    )


RANKED = [
    standby("G-FIT"),
    standby("F-SEEN-EARLIER", seen="6m"),
    standby("F-SEEN-NEVER", seen=None),
    standby("E-OLDER", version="2.6.84.0"),
    standby("D-NO-VERSION", version=""),
    standby("C-WARNED", outcomes=(WARN,)),
    standby("C-WARNED-TWICE", outcomes=(WARN, WARN)),
    standby("B-UNKNOWN", Fitness.UNKNOWN, outcomes=(UNKNOWN,)),
    standby("A-LESS-KNOWN", Fitness.UNKNOWN, outcomes=(UNKNOWN, UNKNOWN)),
    standby("A-UNFIT", Fitness.UNFIT, outcomes=(FAIL,)),
    standby("A-UNFIT-TWICE", Fitness.UNFIT, outcomes=(FAIL, FAIL)),
]


@given(st.permutations(RANKED))
def test_the_fittest_standby_comes_first(reports: list[ServerReport]) -> None:
    """By fitness, then what is against it, build, proof of life and name; in one total order."""
    assert [each.name for each in rank(reports)] == [each.name for each in RANKED]


@given(st.permutations([standby("SYNC-C"), standby("SYNC-B"), standby("sync-d")]))
def test_equally_fit_standbys_are_ranked_by_name(reports: list[ServerReport]) -> None:
    """Two ticks must not name different servers."""
    assert [each.name for each in rank(reports)] == ["SYNC-B", "SYNC-C", "sync-d"]
