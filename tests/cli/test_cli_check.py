"""`check`: one look at a tenant, its exit code and what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import cli
from shared.domain.pair.reading_plan import OPTIONAL

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.command_line import CANARY, WRONG, one_object, printed, tenant

# -- check ----------------------------------------------------------------------------------------


def test_check_of_a_healthy_tenant_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every source with its reading, the verdict, and that no card would be sent."""
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["check"], environ)
    out, err = printed(capsys)
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())

    assert (code, err) == (0, "")
    assert lines["Tenant"].startswith("Contoso")
    assert lines["Graph"] == "ok"
    assert lines["Verdict"].startswith("HEALTHY")
    assert lines["Card"] == "none"
    assert " ago " in lines["Object"]
    assert " ago " in lines["Password"]


def test_check_of_a_silent_server_exits_1_and_shows_the_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what the watchdog would do, and does not do it."""
    with tenant(tmp_path, silent=True) as (loopback, environ):
        code = cli.main(["check"], environ)
        assert loopback.http_requests["teams"] == 0
    out, _ = printed(capsys)

    assert code == 1
    assert "SERVER_SILENT" in out
    assert "fail_over (standby_fit): SYNC-B" in out
    for shown in ("due now:", "| 🔴 Fail over Contoso?", "| Synced: ", "| Effect: ", "message 1"):
        assert shown in out
    assert not [mark for mark in ("**", "<at>", "{{") if mark in out]


def test_check_of_a_tenant_that_cannot_be_read_exits_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason and the next step, not a verdict about sync."""
    with tenant(tmp_path) as (loopback, environ):
        loopback.graph_fails(403)
        code = cli.main(["check"], environ)
    out, _ = printed(capsys)

    assert code == 2
    assert "forbidden: " in out
    assert "BLIND" in out
    assert "HEALTHY" not in out
    assert "due once this has lasted 30 min" in out


def test_check_stores_and_sends_nothing_and_needs_no_webhook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be run against production from any desk."""
    with tenant(tmp_path, silent=True) as (loopback, environ):
        del environ["WATCHDOG_TEAMS_URL"]
        code = cli.main(["check"], environ)
        methods = {request.method for request in loopback.requests}
    printed(capsys)

    assert code == 1
    assert methods == {"GET"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("state", "code", "verdict"),
    [("healthy", 0, "HEALTHY"), ("silent", 1, "SERVER_SILENT"), ("unreadable", 2, "BLIND")],
)
def test_check_prints_one_json_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, code: int, verdict: str
) -> None:
    """For scripts: the same facts, one object and nothing around it."""
    with tenant(tmp_path, silent=state == "silent") as (loopback, environ):
        if state == "unreadable":
            loopback.graph_fails(403)
        found = cli.main(["check", "--json"], environ)
    report = one_object(printed(capsys)[0])

    assert found == code
    assert report["verdict"] == verdict
    assert report["sources"].pop("graph") == ("forbidden" if state == "unreadable" else "ok")
    assert set(report["sources"]) == set(OPTIONAL)
    assert len(report["cards"]) == (0 if state == "healthy" else 1)
    assert (report["object_sync_age_seconds"] is None) == (state == "unreadable")
    assert report["cards_are_sent_after_seconds"] == (1800 if state == "unreadable" else 0)


def test_a_hostile_name_cannot_reach_into_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tenant's name is foreign text: no escape sequence or further line of it is printed."""
    with tenant(tmp_path, name="Con\x1b[2Jtoso\nVerdict  HEALTHY\x9b1A\u202e") as (_, environ):
        cli.main(["check"], environ)
    out, _ = printed(capsys)

    assert "Con" in out
    assert all(mark.isprintable() for mark in out.replace("\n", ""))
    assert len([line for line in out.splitlines() if line.startswith("Verdict")]) == 1


# -- wrong settings -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "send-test-card"])
def test_wrong_settings_exit_2_and_are_all_named(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """On standard error, one line for each, with what would be right."""
    code = cli.main([command], WRONG)
    out, err = printed(capsys)
    named = [line.split()[0] for line in err.splitlines() if line.startswith("  ")]

    assert (code, out) == (2, "")
    assert set(named) == set(WRONG)
    assert len(named) == len(WRONG)
    assert all("Right: " in line for line in err.splitlines() if line.startswith("  "))


def test_wrong_settings_are_one_json_object_where_that_was_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A script gets the same names."""
    code = cli.main(["check", "--json"], WRONG)
    out, err = printed(capsys)
    report = one_object(out)

    assert (code, err) == (2, "")
    assert report["status"] == "misconfigured"
    assert {problem["name"] for problem in report["problems"]} == set(WRONG)
    assert all(problem["what_is_wrong"] and problem["right"] for problem in report["problems"])


def test_a_client_that_refuses_its_settings_is_told_like_a_wrong_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only the client notices ends no other way than what the settings notice."""

    def refuse(*_: object, **__: object) -> None:
        raise ValueError(f"http://127.0.0.1/x?sig={CANARY} will not do")

    monkeypatch.setattr("shared.wiring.clients.GraphSource", refuse)
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["check"], environ)
    _, err = printed(capsys)

    assert code == 2
    assert "will not do" in err


def test_a_defect_is_not_mistaken_for_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python exits with 1 when something escapes, which here means that a person is needed."""

    def fail(*_: object) -> None:
        raise LookupError(f"http://127.0.0.1/x?sig={CANARY}")

    monkeypatch.setattr("shared.check.look", fail)
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["check"], environ)
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert "LookupError" in err
    assert CANARY not in err
