"""Properties: whatever comes together, every check has one row, and time is bounded."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.channels._http import MAX_BODY
from shared.doctor import doctor as module
from shared.doctor.checks import CHECKS
from shared.doctor.doctor import LONGEST, Doctor, Tools, guarded
from shared.doctor.facts import (
    Address,
    Audience,
    Door,
    Gone,
    Named,
    Place,
    Probed,
    Step,
    Token,
)
from shared.doctor.judging import Check, Said, judged, passed
from shared.doctor.report import EXIT_FAULTS, EXIT_GOOD, Outcome, Report
from shared.doctor.text import as_text
from shared.doctor.wire import as_json
from shared.domain.pair.readings import CloudSync, HealthReading, Source, SyncConfiguration
from shared.ports import Delivery, Receipt
from shared.watch import Health
from tests.support.doctor_facts import (
    ALL,
    DESK,
    FORBIDDEN,
    HEALTHY,
    NOT_SET_UP,
    NOW,
    READING,
    SIGN_IN,
    SIGNED,
    SOURCES,
    THROTTLED,
    UNREACHABLE,
    facts,
    page,
    rows,
    token,
)
from tests.support.scheduler import VirtualLoop

if TYPE_CHECKING:
    from shared.doctor.facts import Facts

LATE = Gone("did not end within 20 s")
BROKEN = Gone("failed in an unexpected way", "KeyError")
NOTHING = (LATE, BROKEN)
REFUSALS = (FORBIDDEN, THROTTLED, UNREACHABLE, NOT_SET_UP)

WHOLE = [facts(each) for each in ({}, DESK, SIGNED, {"WATCHDOG_CONNECT_HEALTH": "on"})]
TOKENS = [
    token(),
    token(*ALL[:3]),
    token(*ALL, "Mail.Read"),
    token(delegated=True),
    Token(None, NOW),
    NOT_SET_UP,
    *NOTHING,
]
NAMES = [Named("a.contoso.com", ("10.0.0.4",)), Named("a.contoso.com", why="no such name"), LATE]
PAGES = [HEALTHY, *map(page, (200, 302, 401, 403, 404, 500, 503, None)), *NOTHING]
PAGES += [page(302, location=SIGN_IN), page(302, location="https://[")]
READINGS: dict[Source, list[Any]] = {each: [SOURCES[each], *REFUSALS, *NOTHING] for each in SOURCES}
READINGS[Source.CLOUD_SYNC].append(CloudSync(jobs=1, running=1, last_success_at=None))
READINGS[Source.CONNECT_HEALTH].append(HealthReading())
READINGS[Source.SYNC_CONFIGURATION].append(SyncConfiguration())


def some(keys: Any, values: list[Any]) -> st.SearchStrategy[dict[Any, Any]]:
    """One of the values for some of the keys."""
    return st.dictionaries(st.sampled_from(list(keys)), st.sampled_from(values))


def every(keys: Any, values: list[Any]) -> st.SearchStrategy[dict[Any, Any]]:
    """One of the values for each key."""
    return st.fixed_dictionaries({key: st.sampled_from(values) for key in keys})


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "tokens": some(Audience, TOKENS),
        "names": some(Address, NAMES),
        "graph_answer": st.sampled_from(PAGES),
        "tenant": st.sampled_from([READING, *REFUSALS, *NOTHING]),
        "sources": st.fixed_dictionaries(
            {key: st.sampled_from(values) for key, values in READINGS.items()}
        ),
        "store": st.sampled_from(
            [
                Probed(Step.DONE),
                Probed(Step.WRITE, "the store answered 403 X: do"),
                Probed(Step.READ, "odd"),
                Probed(Step.DELETE, ": "),
                *NOTHING,
            ]
        ),
        "health": st.sampled_from(
            [Health("ok", timedelta(0)), Health("stale", None), Health("new word", None), *NOTHING]
        ),
        "card": st.sampled_from([None, Receipt(Delivery.REFUSED, "no"), *NOTHING]),
        "web": every(Door, PAGES),
        "facts_age": st.timedeltas(timedelta(days=-400), timedelta(days=4000)),
    },
)


@given(st.sampled_from(WHOLE), CHANGES)
@settings(max_examples=400, deadline=None)
def test_any_combination_of_faults_gives_one_row_per_check(
    whole: Facts, changes: dict[str, Any]
) -> None:
    """No fault hides another row, no judge breaks, and the exit code tells whether one is there."""
    found = judged(CHECKS, replace(whole, **changes))
    report = Report("build", "where", found)
    faults = [row for row in found if row.is_fault]
    broken = [row.name for row in found if "is a defect" in row.detail]

    assert [row.name for row in found] == [check.name for check in CHECKS]
    assert report.exit_code == (EXIT_FAULTS if faults else EXIT_GOOD)
    assert all(row.detail for row in found)
    assert not broken or BROKEN in _values(changes), broken
    assert all(row.fix for row in faults if row.name != "settings"), faults
    assert len("\n".join(as_text(report))) < 60_000
    assert len(json.dumps(as_json(report))) < MAX_BODY  # what `--app` reads of it


def _values(changes: dict[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in changes.values():
        found += value.values() if isinstance(value, dict) else [value]
    return found


def test_names_are_unique() -> None:
    """A row can be found by its name."""
    names = [check.name for check in CHECKS]

    assert len(set(names)) == len(names)


def test_a_judge_that_breaks_is_a_row_that_fails() -> None:
    """And the rows around it are as they would be."""

    def broken(_: Facts) -> Said:
        raise LookupError("c4nary-S1gnatur3")

    fine = Check("fine", lambda _: passed("It works."))
    found = judged([fine, Check("broken", broken), fine], facts())

    assert [row.outcome for row in found] == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]
    assert "LookupError" in found[1].detail
    assert "c4nary" not in str(found)


# -- time -----------------------------------------------------------------------------------------


class Hangs:
    """Answers nothing, ever, whatever it is asked, and does not let itself be cancelled at once."""

    requests = calls = 0

    def __getattr__(self, _: str) -> Any:
        async def never(*_: Any, **__: Any) -> Any:
            while True:
                try:
                    await asyncio.get_running_loop().create_future()
                except asyncio.CancelledError:
                    if asyncio.get_running_loop().time() > LONGEST.total_seconds() * 2:
                        raise

        return never


def hanging_doctor(whole: Facts) -> Doctor:
    """A doctor in a world in which everything hangs."""

    class Stub:
        plan = type("Plan", (), {"facts": type("F", (), {"checked_on": NOW.date()})})
        outside = type(
            "Outside",
            (),
            {"tenant": Hangs(), "store": Hangs(), "sources": dict.fromkeys(Source, Hangs())},
        )
        health = Hangs().health

    Stub.outside.channel = Hangs()  # type: ignore[attr-defined]  # a stub
    Stub.plan.presentation = None  # type: ignore[attr-defined]  # likewise
    hang: Any = Hangs()
    tools = Tools(dict.fromkeys(Audience, hang), hang.resolve, hang.ask, "build", Place())
    watch: Any = Stub()
    return Doctor(whole.settings, watch, tools, now=lambda: NOW, new_id=lambda: "id")


def test_a_look_ends_in_time_although_everything_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is there, each probe says so itself, and it took at most 45 s (virtual ones)."""
    monkeypatch.setattr(module, "check_message", lambda *_: {})
    loop = VirtualLoop()
    looking = loop.create_task(hanging_doctor(facts()).look(send_card=True))
    report = loop.run_until_complete(looking)
    took = loop.time()
    for left in asyncio.all_tasks(loop):  # they swallow the first cancellation
        loop.now = LONGEST.total_seconds() * 3
        left.cancel()
        loop.run_until_complete(asyncio.gather(left, return_exceptions=True))
    loop.close()

    assert took <= LONGEST.total_seconds()
    assert [row.name for row in report.rows] == [check.name for check in CHECKS]
    late = {row.name for row in report.rows if "did not end within" in row.detail}
    assert late >= {"store writable", "last success", "webhook", "pages reachable", "tenant"}
    assert not any("defect" in row.detail for row in report.rows)


async def test_a_probe_that_raises_brings_its_kind_and_not_its_words() -> None:
    """An exception may quote a secret."""

    async def broken() -> int:
        raise LookupError("c4nary-S1gnatur3")

    async def fine() -> int:
        return 3

    assert await guarded(broken(), 5) == Gone("failed in an unexpected way", "LookupError")
    assert await guarded(fine(), 5) == 3


@pytest.mark.parametrize("name", sorted(rows(facts())))
def test_each_row_is_short_enough_to_be_read(name: str) -> None:
    """One sentence or two."""
    assert len(rows(facts())[name].detail) < 260
