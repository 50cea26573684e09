"""The version facts that ship with this release: a data file, read once and checked whole.

A broken file is a defect of the release, so it stops the start instead of giving half the facts.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.domain.standby.versions import Version, VersionFacts, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).with_name("version_facts.toml")

_TABLES: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"checked_on", "sources", "connect", "health_agent"}),
    "connect": frozenset(
        {"floor", "floor_since", "latest", "support_ends", "recalled", "known_issues"}
    ),
    "health_agent": frozenset({"floor"}),
}
"""Every table and its keys; all are required, and a key that nobody reads is a typing error."""


def load() -> VersionFacts:
    """The facts in the package's own file.

    Raises:
        ValueError: The file is missing or broken; the message says where and what to do.
    """
    try:
        text = FILE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{FILE.name} cannot be read ({type(error).__name__}). Deploy the app again, whole."
        ) from None
    return facts_from(text)


def facts_from(text: str) -> VersionFacts:
    """The facts in a TOML text, checked for what would make a wrong judgement.

    Args:
        text: As in `version_facts.toml`.

    Raises:
        ValueError: It is no TOML, misses a key, or contradicts itself.
    """
    try:
        root = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{FILE.name} is not valid TOML: {error}.") from None
    _keys("", root)
    connect = _table(root, "connect")
    agent = _table(root, "health_agent")
    recalled = _notes(connect, "recalled")
    _sources(root["sources"])
    facts = VersionFacts(
        checked_on=_day("checked_on", root["checked_on"]),
        floor=_version("connect.floor", connect["floor"]),
        agent_floor=_version("health_agent.floor", agent["floor"]),
        recalled=frozenset(recalled),
        support_ends={
            _version("connect.support_ends", build): _day(f"connect.support_ends.{build}", day)
            for build, day in _mapping("connect.support_ends", connect["support_ends"]).items()
        },
        latest=_version("connect.latest", connect["latest"]),
        floor_since=_day("connect.floor_since", connect["floor_since"]),
        notes=_notes(connect, "known_issues") | recalled,
    )
    _agree(facts)
    return facts


# -- values ---------------------------------------------------------------------------------------


def _broken(where: str, right: str) -> ValueError:
    return ValueError(f"{FILE.name}: {where} must be {right}. Correct the file.")


def _mapping(where: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _broken(where, "a table")
    return value


def _table(root: Mapping[str, object], name: str) -> dict[str, object]:
    table = _mapping(name, root[name])
    _keys(name, table)
    return table


def _keys(name: str, table: Mapping[str, object]) -> None:
    if wrong := _TABLES[name].symmetric_difference(table):
        listed = ", ".join(sorted(_TABLES[name]))
        where = f"table {name}" if name else "the top level"
        raise _broken(where, f"made of {listed}; look at what is missing or extra: {sorted(wrong)}")


def _version(where: str, value: object) -> Version:
    version = parse(value) if isinstance(value, str) else None
    if version is None:
        raise _broken(where, f'a version such as "2.5.79.0", not {value!r}')
    return version


def _day(where: str, value: object) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _broken(where, f"a day such as 2026-10-06, not {value!r}")
    return value


def _notes(connect: Mapping[str, object], name: str) -> dict[Version, str]:
    where = f"connect.{name}"
    notes: dict[Version, str] = {}
    for build, note in _mapping(where, connect[name]).items():
        if not isinstance(note, str) or not note.strip() or note.endswith("."):
            raise _broken(f"{where}.{build}", "a clause without full stop")
        notes[_version(where, build)] = note
    return notes


def _sources(value: object) -> None:
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(each, str) and each.strip() for each in value)
    ):
        raise _broken("sources", "a list of pages, at least one")


def _agree(facts: VersionFacts) -> None:
    """Refuse facts that contradict each other, which a slip of the hand in one line does."""
    ends = [facts.support_ends[build] for build in sorted(facts.support_ends)]
    if ends != sorted(ends):
        raise _broken("connect.support_ends", "in order: no older build outlives a newer one")
    if facts.latest is None or facts.latest < max([facts.floor, *facts.support_ends]):
        raise _broken("connect.latest", "the newest build of the file")
    if facts.recalled & {facts.latest, facts.floor}:
        raise _broken("connect.recalled", "without the floor and the latest build")
