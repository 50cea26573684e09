"""A report as text and as JSON, rows of wrong settings, and the document of all rows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.doctor import outside
from shared.doctor.checks import CHECKS
from shared.doctor.facts import Place
from shared.doctor.fixes import vault_reference
from shared.doctor.report import Outcome, Report, Row, Status
from shared.doctor.settings_rows import settings_rows
from shared.doctor.text import WIDTH, as_text
from shared.doctor.wire import MAX_ROWS, as_json, from_json
from shared.settings.types import Problem, SettingsError
from tests.support.components import ROOT
from tests.support.doctor_facts import CLIENT, ENVIRON
from tests.support.settings_env import CANARY, read

FINE = Row("a", Outcome.PASS, "It works.")
WRONG = Row("b", Outcome.FAIL, "It does not.", "Mend it:\n$ az mend --it")
MISSED = Row("c", Outcome.NOT_PERMITTED, "Denied.", "Grant it.", required=False)
MISSING = Row("d", Outcome.NOT_PERMITTED, "Denied.", "Grant it.")
UNKNOWN = Row("e", Outcome.NOT_VERIFIABLE, "Not known.")
REFERENCE = "@Microsoft.KeyVault(SecretUri=https://Contoso-kv.vault.azure.net/secrets/teams-url/)"
PLACE = Place("contoso-watchdog", "rg-watchdog")


def text(*rows: Row, colour: bool = False, misconfigured: bool = False) -> str:
    """The text of a report of these rows."""
    return "\n".join(as_text(Report("build", "nobody", rows, misconfigured), colour=colour))


# -- what a report comes to -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "status", "code"),
    [
        ((FINE, UNKNOWN, MISSED), Status.OK, 0),
        ((FINE, WRONG), Status.FAULTS, 1),
        ((FINE, MISSING), Status.FAULTS, 1),
    ],
)
def test_the_exit_code_says_whether_something_is_to_mend(
    rows: tuple[Row, ...], status: Status, code: int
) -> None:
    """What is optional may be missing, and what is unknown fails no pipeline."""
    report = Report("build", "nobody", rows)

    assert (report.status, report.exit_code) == (status, code)


def test_wrong_settings_end_with_2() -> None:
    """Nothing else could be looked at."""
    report = Report("build", "nobody", (WRONG,), misconfigured=True)

    assert (report.status, report.exit_code) == (Status.MISCONFIGURED, 2)


# -- as text --------------------------------------------------------------------------------------


def test_capitals_mark_what_is_to_mend_without_any_colour() -> None:
    """And the last lines name it."""
    shown = text(FINE, WRONG, MISSED, MISSING, UNKNOWN)

    assert re.search(r"^FAIL +b$", shown, re.MULTILINE)
    assert re.search(r"^NOT PERMITTED +d$", shown, re.MULTILINE)
    assert re.search(r"^not permitted +c: Denied\.$", shown, re.MULTILINE)
    assert "5 rows: 1 pass, 1 fail, 2 not permitted, 1 not verifiable." in shown
    assert "To mend, 2: b; d." in shown
    assert "\x1b" not in shown


def test_a_command_is_never_broken_and_everything_else_fits_80_columns() -> None:
    """A command is made to be copied."""
    long = Row("b", Outcome.FAIL, "word " * 60, "sentence " * 30 + "\n$ az " + "option " * 30)
    lines = text(long).splitlines()
    commands = [line for line in lines if "$ az" in line]

    assert len(commands) == 1
    assert commands[0].count("option") == 30
    assert all(len(line) <= WIDTH for line in lines if line not in commands)


def test_the_same_fix_is_told_once() -> None:
    """A reader at 3 a.m. reads it once."""
    long = "Grant it to the identity, in a checkout of the project:\n$ infra/scripts/grant it"
    rows = (Row("d", Outcome.FAIL, "No.", long), Row("f", Outcome.FAIL, "No.", long))
    shown = text(*rows, MISSING, MISSED)

    assert shown.count("$ infra/scripts/grant it") == 1
    assert shown.count("-> Grant it.") == 2  # short ones are as quickly read again
    assert "-> as for 'd'" in shown


def test_colour_changes_no_word() -> None:
    """Whoever cannot see it misses nothing."""
    rows = (FINE, WRONG, MISSED, MISSING, UNKNOWN)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(*rows, colour=True))

    assert plain == text(*rows)
    assert text(*rows, colour=True) != plain


def test_nothing_to_mend_is_said() -> None:
    """And that unknown is not good news."""
    shown = text(FINE, UNKNOWN)

    assert "Nothing to mend." in shown
    assert "Not verifiable is not good news" in shown
    assert "Not verifiable is not good news" not in text(FINE)


def test_wrong_settings_are_to_be_mended_first() -> None:
    """The ending says that nothing else was looked at."""
    assert "Mend them first." in text(WRONG, misconfigured=True)


# -- as JSON --------------------------------------------------------------------------------------


@given(
    st.lists(
        st.builds(
            Row,
            st.from_regex(r"[a-z][a-z ]{0,20}[a-z]", fullmatch=True).map(
                lambda name: " ".join(name.split())
            ),
            st.sampled_from(Outcome),
            st.just("It is so."),
            st.sampled_from(["", "Do:\n$ az it"]),
            required=st.booleans(),
        ),
        min_size=1,
        max_size=30,
        unique_by=lambda row: row.name,
    ),
    st.booleans(),
)
def test_a_report_survives_its_own_json(rows: list[Row], misconfigured: bool) -> None:  # noqa: FBT001 - Hypothesis passes it so
    """What the app sends is what the command line prints."""
    report = Report("build", "nobody", tuple(rows), misconfigured)

    assert from_json(json.dumps(as_json(report)).encode()) == report


@given(st.binary() | st.recursive(st.text() | st.none(), st.lists).map(json.dumps).map(str.encode))
def test_no_answer_breaks_the_reader(body: bytes) -> None:
    """Any bytes are a report or none."""
    assert from_json(body) is None


def wired(**changes: Any) -> bytes:
    """A report with one row as an app sends it, changed."""
    row = {"name": "a", "outcome": "pass", "detail": "d", "fix": ""}
    return json.dumps({"status": "ok", "build": "b", "rows": [row | changes]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        wired(outcome="perfect"),
        wired(detail=7),
        b'{"status": "ok", "build": "b", "rows": []}',
        b'{"status": "fine", "build": "b", "rows": [{"name": "a", "outcome": "pass"}]}',
        json.dumps(
            {
                "status": "ok",
                "build": "b",
                "rows": [{"name": "a", "outcome": "pass"}] * (MAX_ROWS + 1),
            }
        ).encode(),
        wired()[:-5],
        wired(detail="not UTF-8").replace(b"not UTF-8", b"\xff"),
        b"<html>sign in</html>",
    ],
)
def test_what_is_no_report_is_none(body: bytes) -> None:
    """A word that is unknown must not pass for one that is known."""
    assert from_json(body) is None


def test_foreign_text_cannot_reach_into_the_terminal() -> None:
    """Whoever answers at that address: no escape sequence, no row in another's clothes."""
    hostile = wired(name="a\x1b[2J\nPASS", detail="x\x9b1A\u202e" + "y" * 9999, fix="z\r$ rm\x00")
    found = from_json(hostile)

    assert found is not None
    assert all(mark.isprintable() for mark in text(*found.rows).replace("\n", ""))
    assert len(found.rows[0].detail) <= 600


def test_rows_of_the_same_name_are_told_apart() -> None:
    """Also where the app used a name of the outside."""
    row = {"name": "a", "outcome": "pass"}
    body = json.dumps({"status": "ok", "build": "b", "rows": [row, row]}).encode()
    found = from_json(body)

    assert found is not None
    assert [each.name for each in found.rows] == ["a", "a (2)"]
    more = outside.with_rows(found, (FINE,))
    assert [each.name for each in more.rows] == ["a", "a (2)", "a (3)"]


# -- wrong settings -------------------------------------------------------------------------------


def problems(environ: dict[str, str]) -> tuple[Problem, ...]:
    """What is wrong with an environment."""
    with pytest.raises(SettingsError) as caught:
        read(environ)
    return caught.value.problems


def test_each_wrong_setting_has_a_row_of_its_own() -> None:
    """By name, with what would be right, and without the value of a secret."""
    environ = {
        **ENVIRON,
        "WATCHDOG_TENANT_ID": "contoso",
        "WATCHDOG_TEAMS_URL": f"https://contoso.webhook.office.com/1?sig={CANARY}",
        "WATCHDOG_TYPO": "1",
    }
    rows = settings_rows(problems(environ), environ, PLACE)

    assert [row.name for row in rows] == [
        f"setting {name}" for name in ("WATCHDOG_TENANT_ID", "WATCHDOG_TEAMS_URL", "WATCHDOG_TYPO")
    ]
    assert {row.outcome for row in rows} == {Outcome.FAIL}
    assert all(row.fix.startswith("Right: ") for row in rows)
    assert CANARY not in str(rows)


def test_an_unresolved_reference_names_vault_secret_role_and_identity() -> None:
    """Every command is filled with the real names, and the app reads its references again."""
    environ = {**ENVIRON, "WATCHDOG_TEAMS_URL": REFERENCE}
    (row,) = settings_rows(problems(environ), environ, PLACE)

    assert "the secret teams-url of the vault contoso-kv" in row.detail
    for part in (
        "az keyvault secret show --vault-name contoso-kv --name teams-url",
        "set-secrets.sh --vault contoso-kv",
        f'--assignee {CLIENT} --role "Key Vault Secrets User"',
        "--resource-group rg-watchdog --name contoso-watchdog",
        "configreferences/appsettings/refresh",
    ):
        assert part in row.fix


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (REFERENCE, ("contoso-kv", "teams-url")),
        ("@Microsoft.KeyVault(VaultName=kv1;SecretName=s)", ("kv1", "s")),
        (
            "@microsoft.keyvault(SecretUri=https://kv1.vault.usgovcloudapi.net/secrets/s/0a1b)",
            ("kv1", "s"),
        ),
        ("@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/s;rm -rf /)", None),
        ("@Microsoft.KeyVault(SecretUri=https://evil.example/secrets/s)", None),
        ("@Microsoft.KeyVault(VaultName=$(reboot);SecretName=s)", None),
        (REFERENCE + "$(reboot)", None),
        ("@Microsoft.KeyVault(", None),
    ],
)
def test_a_reference_is_quoted_only_in_its_strict_form(
    value: str, found: tuple[str, str] | None
) -> None:
    """A command is made to be pasted into a shell."""
    assert vault_reference(value) == found


def test_a_reference_of_no_known_form_is_not_quoted() -> None:
    """Somebody may have pasted a secret into it."""
    environ = {**ENVIRON, "WATCHDOG_TEAMS_URL": f"@Microsoft.KeyVault({CANARY})"}
    (row,) = settings_rows(problems(environ), environ, PLACE)

    assert "no known form" in row.detail
    assert CANARY not in str(row)


# -- the document ---------------------------------------------------------------------------------


def test_every_row_stands_in_the_document_and_no_other() -> None:
    """`docs/doctor.md` has a table: row, what it looks at, what mends it."""
    document = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    table = document.partition("## The rows")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    own = [check.name for check in CHECKS]

    assert told == [*own, outside.HEALTH, outside.SIGN_IN, outside.KEYS]
