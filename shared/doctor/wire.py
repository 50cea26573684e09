"""A report as JSON, and back from an app that may be older, broken or somebody else's."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from shared.doctor.judging import DETAIL_LENGTH, FIX_LENGTH, clipped
from shared.doctor.report import Outcome, Report, Row, Status
from shared.doctor.settings_rows import numbered

MAX_ROWS = 150
_NAME_LENGTH = 120


def as_json(report: Report) -> dict[str, object]:
    """The report as a JSON object."""
    return {
        "status": str(report.status),
        "build": report.build,
        "where": report.where,
        "rows": [asdict(row) for row in report.rows],
    }


class _Row(msgspec.Struct):
    name: str
    outcome: Outcome
    detail: str = ""
    fix: str = ""
    required: bool = True


class _Report(msgspec.Struct):
    status: Status
    build: str
    rows: list[_Row]
    where: str = "the app's identity"


def from_json(body: bytes) -> Report | None:
    """The report in an answer; None when it holds none. Never raises.

    What it says is foreign text: control characters go, and it is cut.

    Args:
        body: The answer's body.
    """
    try:
        found = msgspec.json.decode(body, type=_Report)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # ValueError: it is not UTF-8
        return None
    if not 0 < len(found.rows) <= MAX_ROWS:
        return None
    taken: set[str] = set()
    rows = tuple(
        Row(
            numbered(_one_line(each.name) or "(no name)", taken),
            each.outcome,
            clipped(each.detail, DETAIL_LENGTH),
            clipped(each.fix, FIX_LENGTH),
            each.required,
        )
        for each in found.rows
    )
    misconfigured = found.status is Status.MISCONFIGURED
    return Report(_one_line(found.build), _one_line(found.where), rows, misconfigured)


def _one_line(text: str) -> str:
    return " ".join(clipped(text, _NAME_LENGTH).split())
