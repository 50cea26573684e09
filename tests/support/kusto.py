"""The queries of `infra/queries`: parsed by Microsoft's analyser, and run on local rows.

Two engines, because neither does both. The analyser is Microsoft's own (the npm package behind the
portal's editor): it knows every operator and type, but runs nothing. `duckdb-kql` runs queries on
DuckDB; its authors compare its answers with Microsoft's emulator.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import duckdb_kql

from tests.support.components import ROOT, node_script
from tests.support.log_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duckdb_kql import TranslationResult

QUERIES: Final = ROOT / "infra" / "queries"
INSIGHTS: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-watchdog"
    "/providers/Microsoft.Insights/components/appi-watchdog"
)
SILENCE: Final = "20m"
"""Both are what the tests fill in for the parameters of the queries."""

_PACKAGE: Final = "@kusto/language-service-next/Kusto.Language.Bridge.min.js"
_TYPES: Final = {
    "datetime": "TIMESTAMP",
    "string": "VARCHAR",
    "real": "DOUBLE",
    "int": "INTEGER",
    "bool": "BOOLEAN",
    "dynamic": "JSON",
}

_RELATIVE: Final = re.compile(r"\b(?:ago|now)\(")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analyser says of one query.

    Attributes:
        problems: Each diagnostic with its line; empty when the query is valid.
        columns: Name and type of each column of the result, in order.
    """

    problems: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


def queries() -> dict[str, str]:
    """Every query by name, as Azure gets it: with its parameters filled in."""
    return {path.stem: filled(path.read_text()) for path in sorted(QUERIES.glob("*.kql"))}


def filled(text: str) -> str:
    """A query with its parameters filled in, as the templates do it."""
    return text.replace("__insightsId__", INSIGHTS).replace("__silence__", SILENCE)


def analysed(texts: Mapping[str, str]) -> dict[str, Analysis]:
    """What Microsoft's analyser says of each query, by name.

    It takes seconds to start and remembers nothing, so that a text is asked about once.
    """
    unknown = {text: text for text in texts.values() if text not in _ANALYSED}
    if unknown:
        _ANALYSED.update(_ask(unknown))
    return {name: _ANALYSED[text] for name, text in texts.items()}


_ANALYSED: Final[dict[str, Analysis]] = {}


def _ask(texts: Mapping[str, str]) -> dict[str, Analysis]:
    asked = {
        "folder": str(node_script(_PACKAGE).parent),
        "tables": {
            name: "(" + ", ".join(f"{column}: {kind}" for column, kind in columns.items()) + ")"
            for name, columns in TABLES.items()
        },
        "queries": dict(texts),
    }
    script = Path(__file__).with_name("kusto.js")
    told = subprocess.run(  # noqa: S603 - node runs our own script
        ["node", str(script)],  # noqa: S607 - found by `node_script`
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        name: Analysis(tuple(said["problems"]), tuple((a, b) for a, b in said["columns"]))
        for name, said in json.loads(told.stdout).items()
    }


class Workspace:
    """A Log Analytics workspace with only the rows that a test puts in."""

    def __init__(self) -> None:
        """Make an empty one: every table is there."""
        self._connection = duckdb_kql.connect()
        self._connection.sql("SET TimeZone = 'UTC'")
        for table, columns in TABLES.items():
            typed = ", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in columns.items())
            self._connection.sql(f'CREATE TABLE "{table}" ({typed})')

    def __enter__(self) -> Self:
        """Itself, to be forgotten at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Forget everything."""
        self._connection.close()

    def add(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Put rows into a table; columns that are not given are null."""
        for row in rows:
            given = {"_ResourceId": INSIGHTS.lower(), **row}
            given = {name: value for name, value in given.items() if name in TABLES[table]}
            names = ", ".join(f'"{name}"' for name in given)
            marks = ", ".join("?" for _ in given)
            insert = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - own names
            self._connection.execute(insert, [_plain(value) for value in given.values()])

    def clear(self) -> None:
        """Take every row out again."""
        for table in TABLES:
            self._connection.sql(f'DELETE FROM "{table}"')  # noqa: S608 - own names

    def run(self, query: str, now: datetime) -> list[Row]:
        """The rows of a query's answer; times are UTC without a zone.

        Args:
            query: The text.
            now: What `now()` and `ago()` go by.
        """
        translated = _translated(query, _plain(now) if _RELATIVE.search(query) else None)
        answer = self._connection.execute(str(translated), translated.parameters or None)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@cache
def _translated(query: str, now: object) -> TranslationResult:
    schema = {table: list(columns) for table, columns in TABLES.items()}
    return duckdb_kql.to_sql(query, schema=schema, query_now=now)


def _plain(value: object) -> object:
    """The moment as Azure writes it: UTC, without saying so."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
