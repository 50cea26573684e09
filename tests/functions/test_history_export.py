"""`/api/history.csv`, `/api/history.json`: complete, bounded, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.incidents.incident import Event, State, Transition
from shared.domain.verdicts import Verdict
from shared.history_export import (
    Asked,
    Exported,
    ExportError,
    What,
    as_csv,
    as_json,
    asked_of,
    cell,
)
from tests.functions.test_status_route import get
from tests.support.card_pairs import NOW
from tests.support.status_cases import DRILLED, HOUR, past
from tests.support.watchdog_app import watchdog_app

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CHANGE = Transition("i", 0, Event.OPENED, None, State.OPEN, NOW, Verdict.SERVER_SILENT, "both")
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


def rows_of(text: str) -> list[dict[str, str]]:
    """What a reader of RFC 4180 finds."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@given(notes=st.lists(st.one_of(TEXTS, st.sampled_from(FORMULAS)), max_size=6))
def test_whatever_is_written_comes_back_from_the_csv(notes: list[str]) -> None:
    """Quotes, commas, line ends, any script; the lines end with CR LF; no cell is a formula."""
    changes = [replace(CHANGE, number=n, note=note, by=note) for n, note in enumerate(notes)]
    text = as_csv(Exported(Asked(What.TRANSITIONS), transitions={"i": changes}))
    found = rows_of(text)

    assert [row["note"] for row in found] == [cell(note) for note in notes]
    assert [int(row["number"]) for row in found] == list(range(len(notes)))
    assert text.endswith("\r\n")
    assert text.encode().decode() == text
    for row in found:
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row.values())


@given(text=TEXTS)
def test_a_cell_is_changed_only_where_it_would_be_a_formula(text: str) -> None:
    """An apostrophe before it, and nothing else; a spreadsheet does not show it."""
    assert cell(text) in {text, f"'{text}"}
    assert (cell(text) != text) == text.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("what", list(What))
def test_an_empty_export_has_a_header_alone(what: What) -> None:
    """A spreadsheet that reads it every day finds its columns on the first day, too."""
    (line,) = as_csv(Exported(Asked(what))).splitlines()
    full = Exported(Asked(what), [past(HOUR)], {"i": [CHANGE]}, [DRILLED])

    assert "id" in line.split(",") or "incident" in line.split(",")
    assert list(rows_of(as_csv(full))[0]) == line.split(",")


def test_the_columns_stay_as_they_are() -> None:
    """People's spreadsheets rest on them: one may be added at the end, none renamed."""
    header = as_csv(Exported(Asked())).strip().split(",")

    assert header[:7] == ["id", "kind", "verdict", "worst", "subject", "since", "opened_at"]
    assert header[-5:] == [
        "outage_seconds",
        "detect_seconds",
        "decide_seconds",
        "switch_seconds",
        "total_seconds",
    ]


def test_the_json_holds_the_transitions_of_each_incident() -> None:
    """Of closed ones within the incident, of open ones beside them."""
    closed = past(HOUR)
    found = Exported(
        Asked(), [closed], {closed.id: [replace(CHANGE, incident=closed.id)], "i": [CHANGE]}
    )
    document = json.loads(as_json(found, NOW))

    assert document["incidents"][0]["transitions"][0]["event"] == "opened"
    assert document["open_incidents"][0]["id"] == "i"
    assert document["schema"] == 1


@pytest.mark.parametrize(
    "query",
    [{"what": "all"}, {"since": "yesterday"}, {"until": "2026-02-30"}, {"since": "9999-01-01"}],
)
def test_what_is_no_export_is_refused_with_what_would_be(query: dict[str, str]) -> None:
    """Nobody gets something else than what was asked for."""
    with pytest.raises(ExportError, match=r"one of|a day such as"):
        asked_of(query)


def test_days_are_taken_whole() -> None:
    """`since` from its midnight on, `until` to the end of its day, UTC."""
    day = f"{NOW:%Y-%m-%d}"
    assert asked_of({"since": day, "until": day}).holds(NOW)
    assert not asked_of({"since": "2026-11-22"}).holds(NOW)
    assert not asked_of({"until": "2026-11-20"}).holds(NOW)


async def test_an_outage_is_in_every_export_when_it_is_over(tmp_path: Path) -> None:
    """Through the runtime: a file to save, with what happened in order."""
    async with watchdog_app(tmp_path) as app:
        incident = await app.died()
        app.tenant.change(lambda model: model.server_returns("SYNC-A"))
        for _ in range(30):
            app.after(5)
            await app.tick()
        answer = await get(app, "history_csv")
        (row,) = [each for each in rows_of(answer.text) if each["id"] == incident]
        assert (row["verdict"], row["cards"]) == ("SERVER_SILENT", "2")
        assert int(row["outage_seconds"]) > 3_600
        assert "attachment; filename=" in answer.headers["content-disposition"]
        assert answer.headers["watchdog-left-out"] == "0"

        answer = await get(app, "history_csv", "?what=transitions")
        events = [each["event"] for each in rows_of(answer.text) if each["incident"] == incident]
        assert (events[0], events[-1]) == ("opened", "recovered")
        document = json.loads((await get(app, "history_json")).text)
        (found,) = [each for each in document["incidents"] if each["id"] == incident]
        assert [each["event"] for each in found["transitions"]] == events

        assert rows_of((await get(app, "history_csv", "?since=2099-01-01")).text) == []
        wrong = await get(app, "history_csv", "?what=everything")
        assert (wrong.status, "one of incidents" in wrong.text) == (400, True)
