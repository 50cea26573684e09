"""The version facts that ship: they load, they are whole, and a slip in the file is refused."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.standby.versions import SupportState, stale, support
from shared.sources import version_facts
from shared.sources.version_facts import FILE, facts_from, load

TEXT = FILE.read_text(encoding="utf-8")


def test_the_shipped_facts_load() -> None:
    """The floor and the recalled build are what Microsoft published."""
    facts = load()

    assert facts.floor == (2, 5, 79, 0)
    assert facts.floor_since == date(2026, 9, 30)
    assert facts.agent_floor == (4, 5, 2466, 0)
    assert facts.recalled == {(2, 6, 79, 0)}
    assert facts.latest == (2, 6, 92, 0)
    assert facts.support_ends[2, 5, 79, 0] == date(2026, 10, 23)
    assert not stale(facts, date(2026, 11, 21))
    assert set(facts.notes) >= facts.recalled


def test_the_shipped_facts_name_their_sources() -> None:
    """Who updates the file must know where to look; a path on somebody's disk helps nobody."""
    sources = tomllib.loads(TEXT)["sources"]

    assert any("reference-connect-version-history" in each for each in sources)
    assert not any(each.startswith("/") for each in sources)


def test_every_listed_build_is_told_as_listed() -> None:
    """The floor itself is in the table: it is the build that most outdated standbys will have."""
    facts = load()

    assert facts.floor in facts.support_ends
    for build, day in facts.support_ends.items():
        assert support(facts, build).state is SupportState.LISTED
        assert support(facts, build).ends_on == day


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("checked_on = 2026-10-06", "checked_on = 'today'", "checked_on"),
        ("checked_on = 2026-10-06", "checked_on = 2026-10-06T00:00:00Z", "checked_on"),
        ("checked_on = 2026-10-06", "", "checked_on"),
        ("checked_on = 2026-10-06", "checked = 2026-10-06", "checked"),
        ("checked_on = 2026-10-06", "checked_on = ", "TOML"),
        ("sources = [", "sources = []\nothers = [", "others"),
        ('floor = "2.5.79.0"', "floor = 2.5", "connect.floor"),
        ('floor = "2.5.79.0"', 'floor = "2.5"', "connect.floor"),
        ('floor = "4.5.2466.0"', 'floor = ""', "health_agent.floor"),
        ('latest = "2.6.92.0"', 'latest = "2.6.1.0"', "connect.latest"),
        ('latest = "2.6.92.0"', 'latest = "new"', "connect.latest"),
        ('"2.6.1.0" = 2027-03-10', '"2.6.1.0" = 2026-03-10', "connect.support_ends"),
        ('"2.6.1.0" = 2027-03-10', '"2.6.1" = "soon"', "connect.support_ends.2.6.1"),
        ('"2.6.1.0" = 2027-03-10', '"2.6" = 2027-03-10', "connect.support_ends"),
        ('"2.6.79.0" = "an issue', '"2.6.92.0" = "an issue', "connect.recalled"),
        ('after its release"', 'after its release."', "connect.recalled.2.6.79.0"),
        ("[connect.known_issues]", "[connect.issues]", "table connect"),
        ("[health_agent]", "[agent]", "top level"),
        ("floor_since = 2026-09-30", "floor_since = 1", "connect.floor_since"),
    ],
)
def test_a_slip_in_the_file_is_refused_by_name(old: str, new: str, names: str) -> None:
    """The message names the file and the place, so that the next edit can be the right one."""
    assert TEXT.count(old) == 1, f"{old} is not in the file once"

    with pytest.raises(ValueError, match=r"version_facts\.toml") as refused:
        facts_from(TEXT.replace(old, new))

    assert names in str(refused.value)


@pytest.mark.parametrize("sources", ["[]", "'one page'", "[1]", "['']", "['a', 2]"])
def test_facts_without_sources_are_refused(sources: str) -> None:
    """A fact that nobody can check again is a rumour."""
    start, rest = TEXT.split("sources = [", 1)
    text = f"{start}sources = {sources}\n{rest.split(']', 1)[1]}"

    with pytest.raises(ValueError, match="sources must be a list of pages"):
        facts_from(text)


@pytest.mark.parametrize("root", ["connect = 1", "connect = []", "health_agent = 'x'"])
def test_a_table_must_be_a_table(root: str) -> None:
    """Also where a value of another type stands in its place."""
    name = root.split(" ", maxsplit=1)[0]
    other = {"connect": "health_agent.floor = '4.5.1.0'", "health_agent": "connect = {}"}[name]
    text = f"checked_on = 2026-10-06\nsources = ['a']\n{root}\n{other}\n"

    with pytest.raises(ValueError, match="must be"):
        facts_from(text)


@given(st.text())
def test_any_text_gives_facts_or_a_plain_refusal(text: str) -> None:
    """No other error escapes, whatever the file holds."""
    with pytest.raises(ValueError, match=r"version_facts\.toml"):
        facts_from(text)


@given(st.integers(0, len(TEXT)), st.integers(0, 40))
def test_a_file_with_a_hole_gives_facts_or_a_plain_refusal(start: int, length: int) -> None:
    """A cut anywhere in the real file."""
    refusal = ""
    try:
        facts_from(TEXT[:start] + TEXT[start + length :])
    except ValueError as error:
        refusal = str(error)

    assert not refusal or refusal.startswith("version_facts.toml")


def test_a_missing_file_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An app that was deployed by halves says so."""
    monkeypatch.setattr(version_facts, "FILE", tmp_path / "version_facts.toml")

    with pytest.raises(ValueError, match="Deploy the app again"):
        load()


def test_the_file_ships_with_the_package() -> None:
    """It lies beside the module that reads it, below `shared`, where everything ships."""
    assert FILE.parent == Path(version_facts.__file__).parent
    assert FILE.parts[-3:] == ("shared", "sources", "version_facts.toml")
