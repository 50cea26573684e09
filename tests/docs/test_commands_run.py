"""Every command in a document that does not need Azure is run, here and as it stands."""

from __future__ import annotations

import asyncio
import re
import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared import cli, wiring
from tests.support.command_line import printed, tenant
from tests.support.documents import ROOT, Block, command_blocks, documents
from tests.support.settings_env import KEY_BODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = [block for path in documents() for block in command_blocks(path) if not block.needs_azure]
OWN = ".venv/bin/python -m shared.cli "


def _demo(tmp_path: Path) -> None:
    """`make demo` is one command; what it sets up first would throw away this very Python."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo: .*\n\t@\$\(PY\) -m shared\.cli demo ", recipe, re.MULTILINE)
    assert cli.main(["demo", "--out", str(tmp_path / "demo.html")], {}) == 0
    assert (tmp_path / "demo.html").stat().st_size > 10_000


def _test(_: Path) -> None:
    """`make test` is this very run, and what CI and `make check` run besides lint and types."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^test: .*\n\t@\$\(PY\) -m pytest ", recipe, re.MULTILINE)
    assert re.search(r"^check: lint types test ", recipe, re.MULTILINE)
    assert "for step in lint types test;" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _generate(script: str) -> Callable[[Path], None]:
    """A generator that ran would write into the checkout: another test compares what it writes."""

    def looked(_: Path) -> None:
        assert (ROOT / script).is_file()
        asked = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
        assert any(script.removeprefix("docs/") in text for text in asked)

    return looked


ELSEWHERE: dict[str, Callable[[Path], None]] = {
    "make demo": _demo,
    "make test": _test,
    ".venv/bin/python docs/generate_cost.py": _generate("docs/generate_cost.py"),
}
"""Commands that are not run word for word, each with what is done instead."""


def test_there_are_commands_to_run() -> None:
    """Else the tests below would pass by finding nothing."""
    assert {"README.md", "docs/pages.md", "docs/teams-workflow.md"} <= {b.path for b in HERE}


@pytest.mark.parametrize("block", HERE, ids=lambda block: block.name)
def test_every_command_runs_as_it_stands(
    block: Block,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Against a simulated tenant whose watchdog has ticked; the exit code is 0."""
    monkeypatch.chdir(tmp_path)
    with tenant(tmp_path) as (_, environ):
        environ["WATCHDOG_SIGNING_KEYS"] = f"k1:{KEY_BODY}"
        asyncio.run(_one_tick(environ))
        for command in block.commands():
            if command in ELSEWHERE:
                ELSEWHERE[command](tmp_path)
                continue
            assert command.startswith(OWN), f"no test knows how to run: {command}"
            code = cli.main(shlex.split(command.removeprefix(OWN)), environ)
            out, err = printed(capsys)
            assert code == 0, f"{command}\nexit code {code}\n{out}{err}"


async def _one_tick(environ: dict[str, str]) -> None:
    watch = wiring.build(environ, now=lambda: datetime.now(UTC))
    try:
        assert (await watch.tick()).committed
    finally:
        await watch.aclose()
