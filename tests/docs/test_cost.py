# ruff: noqa: RUF001 - products are written with their own sign
"""The cost of a month: the page is the generated one, and its measured numbers are so."""

from __future__ import annotations

import asyncio
import logging
import re
import runpy
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import wiring
from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant, TenantPlan
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, SERVERS, STORIES
from tests.support.documents import ROOT, documents, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.tick_log import TickResult

GENERATOR: dict[str, Any] = runpy.run_path(
    str(ROOT / "docs" / "generate_cost.py"), run_name="generator"
)
GIVEN: dict[str, Any] = GENERATOR["load"]()
START = datetime(2026, 11, 3, tzinfo=UTC)
"""A Tuesday, 00:00: no weekly card falls into these hours."""

HOURS = 2
"""Measured for so long: no source is read less often than once an hour."""


class Heard(logging.Handler):
    """What was logged; pytest's own way would show thousands of lines when a test fails."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The watchdog's log, and only that."""
    handler, log = Heard(), logging.getLogger("watchdog")
    level, propagates = log.level, log.propagate
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    yield handler
    log.removeHandler(handler)
    log.setLevel(level)
    log.propagate = propagates


def bicep(name: str) -> str:
    """The text of a template."""
    return (ROOT / "infra" / name).read_text(encoding="utf-8")


# -- the page -------------------------------------------------------------------------------------


def test_the_committed_page_is_the_generated_one() -> None:
    """After a change of `docs/cost.toml`: `python docs/generate_cost.py`."""
    page = read("docs/cost.md")

    assert GENERATOR["with_table"](page, GIVEN) == page


def test_a_page_without_the_markers_is_refused() -> None:
    """The generator never writes a page without its table."""
    with pytest.raises(ValueError, match="once"):
        GENERATOR["with_table"]("# Cost of a month\n", GIVEN)


@pytest.mark.parametrize("line", GENERATOR["bill"](GIVEN), ids=lambda line: line.what)
def test_each_amount_is_the_product_that_stands_beside_it(line: Any) -> None:
    """A reader with a pocket calculator comes to the same sum, by the text alone."""
    products = re.findall(
        r"([\d,.]+)(?: [A-Za-z' ]+?)? × ([\d.]+)(?: / ([\d,]+))?(?=$| \+|, \d)",
        line.reckoning,
    )
    assert products, line.reckoning
    amount = sum(
        float(count.replace(",", "")) * float(price) / float((per or "1").replace(",", ""))
        for count, price, per in products
    )

    assert amount == pytest.approx(line.amount, abs=0.01 + 0.005 * line.amount)


@pytest.mark.parametrize("path", documents())
def test_every_document_names_the_same_sum(path: str) -> None:
    """The README too."""
    total = sum(round(line.amount, 2) for line in GENERATOR["bill"](GIVEN))
    named = re.findall(r"[Aa]bout (\d+) US dollars a month", read(path))

    assert set(named) <= {f"{total:.0f}"}
    if path in {"README.md", "docs/cost.md"}:
        assert named


# -- what it reckons with -------------------------------------------------------------------------


def test_the_measured_numbers_are_those_of_the_real_watchdog(tmp_path: Path, heard: Heard) -> None:
    """Calls and requests exactly; bytes of log rounded up, by a sixth at most."""
    measured, every = GIVEN["measured"], minutes(GIVEN["minutes_between_ticks"])
    results = asyncio.run(_some_hours(tmp_path, every, heard))
    calls = Counter(result.store_calls for result in results)
    requests = sum(result.http_requests for result in results) * 24 / HOURS
    size = sum(len(line.encode()) for line in heard.lines) / len(results)
    found = f"{calls}, {requests} requests, {size:.0f} bytes: write them into docs/cost.toml"

    assert all(result.heartbeat for result in results)
    assert set(calls) == {measured["storage_calls_of_a_healthy_tick"]}, found
    assert requests == measured["requests_of_a_day"], found
    assert size <= measured["log_bytes_of_a_tick"] <= size * 7 / 6, found


async def _some_hours(folder: Path, every: timedelta, heard: Heard) -> list[TickResult]:
    clock, tenant = VirtualClock(START), Tenant(TenantPlan(SERVERS), START)
    with LoopbackTenant(tenant, clock) as loopback:
        environ = settings_for(STORIES[DEFAULT], loopback, folder)
        watch = wiring.build(environ, now=clock.now)
        begun, hour = START + minutes(100), timedelta(hours=1) // every
        results: list[TickResult] = []
        for number in range(hour * (1 + HOURS)):
            if number == hour:  # everything was read once, and the log has begun
                heard.lines.clear()
                results.clear()
            loopback.advance_to(begun + number * every)
            results.append(await watch.tick())
        await watch.aclose()
    return results


def test_the_numbers_of_the_templates_are_theirs() -> None:
    """Alert rules, the availability test, and the memory of an instance."""
    template = GIVEN["template"]
    rules = re.findall(r"'Microsoft\.Insights/scheduledQueryRules@", bicep("modules/alerts.bicep"))
    availability = bicep("modules/availability.bicep")
    public = re.search(r"AzureCloud: \[([^\]]+)\]", availability)

    assert public
    assert template == {
        "instance_memory_mb": int(
            re.findall(r"param instanceMemoryMB int = (\d+)", bicep("main.bicep"))[0]
        ),
        "log_alert_rules_5_minutes": len(rules),
        "metric_alert_rules": len(re.findall(r"'Microsoft\.Insights/metricAlerts@", availability)),
        "availability_test_seconds": int(re.findall(r"Frequency: (\d+)", availability)[0]),
        "availability_test_locations": len(re.findall(r"'[a-z0-9-]+'", public[1])),
    }
    assert set(re.findall(r"evaluationFrequency: '(\w+)'", bicep("modules/alerts.bicep"))) == {
        "PT5M"
    }


def test_no_input_is_left_over() -> None:
    """Every number in `docs/cost.toml` is reckoned with."""
    script = (ROOT / "docs" / "generate_cost.py").read_text(encoding="utf-8")
    names = [
        name
        for table in ("measured", "template", "assumed", "free", "price")
        for name in GIVEN[table]
    ]

    assert [
        name for name in names if f'["{name}"]' not in script and f"['{name}']" not in script
    ] == []
