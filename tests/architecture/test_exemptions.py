"""Exemptions: what tells a linter to be quiet, or a test not to run, says why."""

from __future__ import annotations

import re

import pytest

from tests.support.checkout import python_files, read, sources

QUIET = re.compile(
    r"#\s*(?:ruff: )?noqa(?P<codes>: [A-Z0-9]+(?:, [A-Z0-9]+)*)?"
    r"|#\s*type: ignore(?P<kinds>\[[a-z, -]+\])?"
    r"|#\s*shellcheck disable=(?P<rules>[A-Z0-9,]+)"
)
SKIPPING = re.compile(r"\.skip\(|\.skipif|\.skipTest|importorskip|\.xfail|[^_]collect_ignore")
OWN = "tests/architecture/test_exemptions.py"
"""Its samples would speak for themselves."""


def bare(line: str) -> bool:
    """Whether a line silences a linter without naming the rule, or without a reason after it."""
    found = list(QUIET.finditer(line))
    if not found:
        return False
    named = all(any(each.groupdict().values()) for each in found)
    return not named or not re.search(r"[A-Za-z]{2}", line[found[-1].end() :])


def test_every_exemption_names_its_rule_and_its_reason() -> None:
    """A linter that is silenced without a reason hides what it would have said."""
    scripts = [path for path in sources() if path.endswith(".sh") or path == ".ci/run"]
    paths = {*python_files(), *scripts} - {OWN}
    found = [
        f"{path}:{number}"
        for path in sorted(paths)
        for number, line in enumerate(read(path).splitlines(), 1)
        if bare(line)
    ]

    assert len(paths) > 500
    assert found == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("import x  # {noqa}", True),
        ("import x  # {noqa}: F401", True),
        ("import x  # {noqa}: F401, E402", True),
        ("import x  # {noqa}: F401  a fixture", False),
        ("import x  # {noqa}: F401, E402 - a fixture", False),
        ("x = f()  # {ignore}", True),
        ("x = f()  # {ignore}[no-any-return]", True),
        ("x = f()  # {ignore}[no-any-return]  # it has no types", False),
        ("x = f()  # {ignore}[no-any-return]  # {noqa}: F401 - both", False),
        ("x = f()  # {ignore}  # {noqa}: F401 - one without a name", True),
        ("# {disable}=SC2034", True),
        ("# {disable}=SC2034  # used elsewhere", False),
        ("x = 1  # plain", False),
    ],
)
def test_a_bare_exemption_would_be_found(line: str, *, wanted: bool) -> None:
    """The pattern above matches what it is for."""
    words = {"noqa": "noqa", "ignore": "type: ignore", "disable": "shellcheck disable"}

    assert bare(line.format(**words)) is wanted


def test_a_test_can_be_skipped_in_one_place_only() -> None:
    """There a missing component is a failure in CI, so that none can hide."""
    tests = [path for path in python_files() if path.startswith("tests/") and path != OWN]
    skipping = [path for path in tests if SKIPPING.search(read(path))]

    assert skipping == ["tests/support/components.py"]


def test_a_missing_component_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a laptop it is a skip that says so; in CI nothing may be left out."""
    from tests.support.components import require  # noqa: PLC0415 - what is tested here

    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="NOT tested"):
        require(None, "Azurite", "npm ci")

    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="NOT tested"):
        require(None, "Azurite", "npm ci")


def test_ci_says_that_it_is_ci() -> None:
    """`.ci/run` sets what turns a skip into a failure."""
    assert "\nexport CI=true\n" in read(".ci/run")
