"""Rows that an earlier release stored are understood by this one, open incidents included (R9).

`tests/data/rows/<release>.json` holds one row of each kind as that release wrote it. A file is
added with each change of a stored type and never edited afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared import ledger
from shared.domain.bulletins.bulletin import Bulletin
from shared.domain.drills.drill import Drill
from shared.domain.history.past import Past
from shared.domain.incidents.days import Day
from shared.domain.incidents.incident import Transition
from shared.domain.incidents.notifications import Notification
from shared.domain.maintenance.window import Window
from shared.dossier import dossier
from shared.ledger import Archived, TenantState
from shared.ports import Row

RELEASES = sorted((Path(__file__).parents[1] / "data" / "rows").glob("*.json"))


def rows(release: Path) -> dict[str, Row]:
    """The rows of a release by what they are."""
    found: dict[str, Any] = json.loads(release.read_text(encoding="utf-8"))
    return {
        name: Row(item["key"], json.dumps(item["document"]), "e", {})
        for name, item in found.items()
    }


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_live_rows_of_a_release_are_read_whole(release: Path) -> None:
    """State, day, incident, card: none is set aside as damaged."""
    snap = ledger.snapshot(row for row in rows(release).values() if row.key.startswith("live|"))
    assert snap.damaged == []
    assert snap.state is not None
    assert snap.today is not None
    assert len(snap.incidents) == len(snap.notifications) == 1


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_an_incident_of_a_release_keeps_what_it_said(release: Path) -> None:
    """Every field that the older release stored is there, with the same value, and stays so."""
    row = rows(release)["incident"]
    snap = ledger.snapshot([row])
    (incident,) = snap.incidents.values()
    again = json.loads(ledger.encode(incident))
    assert row.document is not None
    assert _kept(json.loads(row.document), again) == []


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_the_history_of_a_release_is_readable(release: Path) -> None:
    """Transitions, days and archived incidents are read by pages and reports."""
    found = rows(release)
    identifier = found["archived"].key.split("|")[2]
    told = dossier(ledger.Snapshot(), [found["archived"], found["transition"]], identifier)
    assert told is not None
    assert told.archive is not None
    for name, kind in (("transition", Transition), ("archived", Archived), ("today", Day)):
        text = found[name].document
        assert text is not None
        ledger.decode(text, kind)


KINDS = {
    "live|window|": Window,
    "live|bulletin|": Bulletin,
    "live|drill": Drill,
    "live|state": TenantState,
    "live|notification|": Notification,
    "past|day": Day,
    "past|drill": Drill,
    "past|incident": Past,
    "h|transition": Transition,
}
"""What the rows of each kind hold."""


def kind_of(key: str) -> type | None:
    """What a row of this key holds; None where the tests above read it."""
    parts = key.split("|")
    group = f"{parts[0]}|{parts[2]}" if parts[0] == "past" else ""
    if parts[0] == "h" and parts[3] == "transition":
        group = "h|transition"
    return next((kind for start, kind in KINDS.items() if (group or key).startswith(start)), None)


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_every_row_of_a_release_keeps_what_it_said(release: Path) -> None:
    """Windows, drills, bulletins, the past and what people did, besides state and cards."""
    told = [(row, kind) for row in rows(release).values() if (kind := kind_of(row.key))]
    assert len(told) >= 3
    for row, kind in told:
        assert row.document is not None
        again = json.loads(ledger.encode(ledger.decode(row.document, kind)))
        assert _kept(json.loads(row.document), again) == [], row.key


def test_the_newest_release_has_a_row_of_every_kind() -> None:
    """A kind without a row could change unnoticed."""
    found = {kind_of(row.key) for row in rows(RELEASES[0].with_name("phone.json")).values()}
    assert set(KINDS.values()) <= found


def _kept(old: object, new: object, where: str = "") -> list[str]:
    """The places at which a newer document says something else than the older one."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            problem
            for name, value in old.items()
            for problem in _kept(value, new.get(name), f"{where}.{name}")
        ]
    return [] if old == new else [f"{where}: {old!r} became {new!r}"]
