"""`maintenance add`, `list` and `end`: what they print, store and exit with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared import cli
from tests.support.command_line import printed
from tests.support.settings_env import TENANT

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
SETTING = "2026-01-04T22:00 PT4H FREQ=MONTHLY;BYDAY=1SU Patch night; 2020-01-01T08:00 P2D Past"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A store of its own; nothing on the network is ever asked."""
    return {
        "WATCHDOG_TENANT_ID": TENANT,
        "WATCHDOG_CREDENTIAL": "loopback",
        "WATCHDOG_GRAPH_URL": "http://127.0.0.1:9",
        "WATCHDOG_STORE": f"sqlite:///{tmp_path / 'w.db'}",
        "WATCHDOG_TIME_ZONE": "Europe/Berlin",
        "WATCHDOG_MAINTENANCE": SETTING,
        "USER": "oncall",
    }


def local(hours: float) -> str:
    """A time so many hours from now, as a person in Berlin types it."""
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return f"{moment.astimezone(BERLIN):%Y-%m-%dT%H:%M}"


def announced(out: str) -> str:
    """The id that `add` printed."""
    found = re.match(r"Announced as ([0-9a-f]+)\.", out)
    assert found
    return found[1]


def test_a_window_is_announced_listed_and_ended(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """In local time and UTC, with who announced it, and what is on now."""
    start = local(-1)
    code = cli.main(
        ["maintenance", "add", "--start", start, "--for", "PT4H", "--title", "Patch"], environ
    )
    out, _ = printed(capsys)
    name = announced(out)
    assert code == 0
    assert f"{start[:10]} {start[11:]} Europe/Berlin (" in out

    assert cli.main(["maintenance", "list"], environ) == 0
    out, _ = printed(capsys)
    assert out.startswith("Maintenance is on (Patch): cards wait until ")
    assert f"{name}: Patch, PT4H, announced by oncall (command line)" in out
    assert "  on now " in out
    assert "UTC)" in out

    assert cli.main(["maintenance", "end", name, "--by", "A colleague"], environ) == 0
    assert "go with the next tick" in printed(capsys)[0]
    assert cli.main(["maintenance", "end", name], environ) == 0
    assert "was ended before" in printed(capsys)[0]
    assert cli.main(["maintenance", "list"], environ) == 0
    out, _ = printed(capsys)
    assert name not in out


def test_the_windows_of_the_setting_are_listed_with_what_comes_next(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Three times ahead, on Sundays at 22:00; a past one is not shown."""
    assert cli.main(["maintenance", "list"], environ) == 0
    out, _ = printed(capsys)

    assert "setting-1: Patch night, PT4H, FREQ=MONTHLY;BYDAY=1SU (setting)" in out
    assert len(re.findall(r"Sun \d{4}-\d{2}-\d{2} 22:00 Europe/Berlin \(", out)) == 3
    assert "Past" not in out


def test_a_repeated_window_shows_its_next_times(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What a rule means is best seen."""
    arguments = ["--start", "2099-03-01T22:00", "--for", "PT1H", "--repeat", "FREQ=WEEKLY"]
    assert cli.main(["maintenance", "add", *arguments], environ) == 0
    out, _ = printed(capsys)

    assert re.findall(r"next   \w+ (\S+) 22:00 Europe/Berlin", out) == [
        "2099-03-01",
        "2099-03-08",
        "2099-03-15",
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--start", "tomorrow", "--for", "PT4H"], "local time such as 2026-12-06T22:00"),
        (["--start", "2099-12-06T22:00", "--for", "4h"], "PT5M to P7D, such as PT2H"),
        (["--start", "2099-12-06T22:00", "--for", "P8D"], "PT5M to P7D"),
        (["--start", "2099-12-06T22:00", "--for", "PT4H", "--repeat", "FREQ=HOURLY"], "FREQ"),
        (["--start", "2099-12-06T22:00", "--for", "PT4H", "--title", "\x1b[2J"], "title"),
    ],
)
def test_a_wrong_window_exits_2_and_says_what_would_be_right(
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    problem: str,
) -> None:
    """And stores nothing."""
    assert cli.main(["maintenance", "add", *arguments], environ) == 2
    _, err = printed(capsys)

    assert problem in err
    assert "\x1b" not in err


def test_what_cannot_be_done_exits_1(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A window that is over, one that nobody knows, and one that stands in the setting."""
    past = ["--start", "2020-12-06T22:00", "--for", "PT4H"]
    assert cli.main(["maintenance", "add", *past], environ) == 1
    assert "over already" in printed(capsys)[1]
    assert cli.main(["maintenance", "end", "nothing"], environ) == 1
    assert "There is no window 'nothing'" in printed(capsys)[1]
    assert cli.main(["maintenance", "end", "setting-1"], environ) == 1
    assert "change the setting" in printed(capsys)[1]


def test_a_wrong_setting_exits_2(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same as any other command."""
    environ["WATCHDOG_MAINTENANCE"] = "2026-01-05T22:00 PT4H FREQ=MONTHLY;BYDAY=1SU"
    assert cli.main(["maintenance", "list"], environ) == 2
    _, err = printed(capsys)

    assert "WATCHDOG_MAINTENANCE window 1 begins at a time that its own rule does not name" in err
