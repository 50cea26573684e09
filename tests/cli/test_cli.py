"""The commands beside `check`: their exit codes and what they print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shared import cli
from simulator.teams import SIGNATURE
from tests.support.components import ROOT

if TYPE_CHECKING:
    from pathlib import Path
from tests.support.command_line import printed, tenant

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


def test_a_report_that_cannot_be_written_is_told_before_the_story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody should watch a whole story for nothing."""
    (tmp_path / "file").touch()
    code = cli.main(["demo", "--out", str(tmp_path / "file" / "demo.html")], {})
    out, err = printed(capsys)

    assert code == 2
    assert "--out" in out
    assert "SERVER_SILENT" not in out + err


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
