"""`history` and `link`: what the command line exports, and the addresses that it signs."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared import cli, past, wiring
from shared.domain.cards.links import LinkCheck, LinkKey, verify
from tests.support.command_line import printed, tenant
from tests.support.status_cases import DRILLED

if TYPE_CHECKING:
    from pathlib import Path

KEY = LinkKey("k1", b"\x07" * 32)
LINKS = {
    "WATCHDOG_TENANT_ID": "11111111-2222-3333-4444-555555555555",
    "WATCHDOG_PUBLIC_URL": "https://watchdog.contoso.com",
    "WATCHDOG_PAGE_ACCESS": "link",
    "WATCHDOG_SIGNING_KEYS": f"{KEY.id}:{b64encode(KEY.key).decode()}",
    "WATCHDOG_STORE": "sqlite:///never-opened.db",
}
INCIDENT = "20261121-0154-abcdef0123"


@pytest.mark.parametrize(
    ("words", "path", "subject", "lasts"),
    [
        (["status"], "status", "status", timedelta(hours=24)),
        (["badge"], "status.svg", "badge", timedelta(days=400)),
        (["incident", INCIDENT], f"incidents/{INCIDENT}", INCIDENT, timedelta(hours=24)),
    ],
)
def test_a_link_opens_its_page_for_as_long_as_it_says(
    capsys: pytest.CaptureFixture[str], words: list[str], path: str, subject: str, lasts: timedelta
) -> None:
    """Signed for this page alone; the address alone stands on standard output."""
    code = cli.main(["link", *words], LINKS)
    out, err = capsys.readouterr()
    address, token = out.strip().split("?t=")
    now = datetime.now(UTC)

    assert (code, address) == (0, f"https://watchdog.contoso.com/api/{path}")
    assert verify([KEY], subject, token, now + lasts - timedelta(minutes=1)) is LinkCheck.VALID
    assert verify([KEY], subject, token, now + lasts + timedelta(minutes=1)) is LinkCheck.EXPIRED
    assert verify([KEY], "other", token, now) is LinkCheck.FORGED
    assert "whoever has it may open it" in err


def test_with_sign_in_the_address_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is signed that would open nothing."""
    code = cli.main(["link", "status"], {**LINKS, "WATCHDOG_PAGE_ACCESS": "entra"})

    assert (code, capsys.readouterr().out) == (0, "https://watchdog.contoso.com/api/status\n")


@pytest.mark.parametrize(
    ("words", "missing", "said"),
    [
        (["status"], "WATCHDOG_PUBLIC_URL", "Set WATCHDOG_PUBLIC_URL"),
        (["status"], "WATCHDOG_SIGNING_KEYS", "Set WATCHDOG_SIGNING_KEYS"),
        (["incident", "../status"], "", "no incident's id"),
    ],
)
def test_without_what_a_link_needs_it_says_so(
    capsys: pytest.CaptureFixture[str], words: list[str], missing: str, said: str
) -> None:
    """Nothing is printed that does not open."""
    environ = {name: value for name, value in LINKS.items() if name != missing}
    code = cli.main(["link", *words], environ)
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert said in err


async def practise(environ: dict[str, str]) -> None:
    """Store a drill that Oncall started and Second stopped."""
    watch = wiring.build_from(wiring.load_settings(environ, "check"))
    drill = replace(DRILLED, by="Oncall", ended_by="Second")
    try:
        store, tenant_id = watch.outside.store, watch.plan.tenant_id
        await store.commit(tenant_id, [past.put_drill(drill)], "w1")
    finally:
        await watch.aclose()


def test_the_history_is_written_to_a_file_or_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """CSV with CR LF as it is, JSON as one document; a practice shows up in both."""
    target = tmp_path / "drills.csv"
    with tenant(tmp_path) as (_, environ):
        asyncio.run(practise(environ))
        code = cli.main(["history", "--what", "drills", "--out", str(target)], environ)
        out, err = printed(capsys)
        assert (code, out) == (0, "")
        assert "1 drill(s)" in err
        lines = target.read_bytes().split(b"\r\n")
        assert len(lines) == 3
        assert b",Oncall," in lines[1]

        assert cli.main(["history", "--format", "json"], environ) == 0
        document = json.loads(printed(capsys)[0])
    assert [drill["ended_by"] for drill in document["drills"]] == ["Second"]
    assert document["left_out"] == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--since", "soon"], "a day such as"),
        (["--out", "/no/such/place/x.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_exported_exits_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    """A day that is none, a file that cannot be."""
    with tenant(tmp_path) as (_, environ):
        code = cli.main(["history", *more], environ)

    assert code == 2
    assert said in printed(capsys)[1]
