"""The command line: exit codes, what is printed where, and no traceback and no secret ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from shared import cli
from simulator.clock import VirtualClock, minutes
from simulator.model import Tenant, TenantPlan
from simulator.runner import settings_for
from simulator.server import LoopbackTenant
from simulator.stories import DEFAULT, SERVERS, STORIES, A
from simulator.teams import SIGNATURE
from tests.support.components import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "c4nary-S1gnatur3"
WRONG = {
    "WATCHDOG_TENANT_ID": "contoso",
    "WATCHDOG_SILENT_AFTER": "an hour",
    "WATCHDOG_TEAMS_URL": f"https://contoso.webhook.office.com/webhookb2/1?sig={CANARY}",
    "WATCHDOG_TYPO": "1",
}


@contextmanager
def tenant(
    folder: Path, *, silent: bool = False, name: str = "Contoso"
) -> Iterator[tuple[LoopbackTenant, dict[str, str]]]:
    """A tenant as of this very moment, because the command line has the real clock."""
    now = datetime.now(UTC)
    start = now - minutes(100)
    clock = VirtualClock(start)
    with LoopbackTenant(Tenant(TenantPlan(SERVERS, display_name=name), start), clock) as loopback:
        if silent:
            loopback.change(lambda model: model.server_dies(A))
        loopback.advance_to(now)
        yield loopback, settings_for(STORIES[DEFAULT], loopback, folder)


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Standard output and error, after checking that neither holds what it must not."""
    out, err = capsys.readouterr()
    for text in (out, err):
        assert SIGNATURE not in text
        assert CANARY not in text
        assert "Traceback" not in text
    return out, err


def one_object(text: str) -> dict[str, Any]:
    """The one JSON object that the text is."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


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
    assert "check_first" in out


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
    assert report["sources"] == {"graph": "forbidden" if state == "unreadable" else "ok"}
    assert len(report["cards"]) == (0 if state == "healthy" else 1)
    assert (report["object_sync_age_seconds"] is None) == (state == "unreadable")


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

    monkeypatch.setattr("shared.wiring.GraphSource", refuse)
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

    monkeypatch.setattr(cli, "look", fail)
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["check"], environ)
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert "LookupError" in err
    assert CANARY not in err


# -- send-test-card -------------------------------------------------------------------------------


def test_a_test_card_is_posted_and_called_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0, and the reminder that accepted is not posted."""
    with tenant(tmp_path) as (loopback, environ):
        code = cli.main(["send-test-card"], environ)
        (card,) = loopback.cards
    out, _ = printed(capsys)

    assert code == 0
    assert out.startswith("accepted: ")
    assert "look whether the card is in the channel" in out
    assert "Test card" in json.dumps(card.message)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_test_card_exits_2_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer's meaning, not its number alone."""
    with tenant(tmp_path) as (loopback, environ):
        loopback.teams_fails(404)
        code = cli.main(["send-test-card"], environ)
    out, _ = printed(capsys)

    assert code == 2
    assert out.startswith("refused: ")
    assert "404" in out
    assert "Accepted" not in out


def test_a_test_card_needs_the_webhook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, naming the setting."""
    with tenant(tmp_path) as (_, environ):
        del environ["WATCHDOG_TEAMS_URL"]
        code = cli.main(["send-test-card"], environ)
    _, err = printed(capsys)

    assert code == 2
    assert "WATCHDOG_TEAMS_URL" in err


# -- demo, and the program itself -----------------------------------------------------------------


def test_an_unknown_story_exits_2_and_shows_which_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And writes no report."""
    out_file = tmp_path / "demo.html"
    code = cli.main(["demo", "--story", "server-dyes", "--out", str(out_file)], {})
    out, _ = printed(capsys)

    assert code == 2
    assert "Did you mean server-dies?" in out
    assert not out_file.exists()


def test_the_demo_says_where_it_is_when_it_did_not_ship(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Azure there is no simulator; a hint, not a traceback."""
    monkeypatch.setitem(sys.modules, "simulator.demo", None)
    code = cli.main(["demo"], {})
    _, err = printed(capsys)

    assert code == 2
    assert "make demo" in err


@pytest.mark.parametrize("arguments", [[], ["chek"], ["check", "--yaml"]])
def test_a_wrong_command_line_exits_2_and_shows_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """The same code as any other wrong configuration."""
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments, {})
    _, err = printed(capsys)

    assert caught.value.code == 2
    assert "usage: watchdog" in err


def test_the_program_runs_as_a_module_on_a_terminal_without_unicode(tmp_path: Path) -> None:
    """`python -m shared.cli` as the documentation says, with a name that ASCII does not have."""
    with tenant(tmp_path, silent=True, name="Zürich Käse 東京") as (_, environ):
        done = subprocess.run(
            [sys.executable, "-m", "shared.cli", "check"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii", **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (done.returncode, done.stderr) == (1, "")
    assert "SERVER_SILENT" in done.stdout
    assert SIGNATURE not in done.stdout
