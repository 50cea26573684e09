"""The command line: look at a real tenant, play the demo, send a test card.

Exit codes: 0 healthy, 1 needs a person, 2 blind or misconfigured.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared import check, wiring
from shared.cli import doctor, drill, history, links, maintenance, running
from shared.domain.cards.messages import check_message
from shared.ports import Delivery
from shared.secret import redact
from shared.settings.types import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

HEALTHY: Final = 0
NEEDS_A_PERSON: Final = 1
BLIND: Final = 2


GROUPS: Final[tuple[Callable[[Commands], None], ...]] = (
    doctor.add,
    drill.add,
    history.add,
    links.add,
    maintenance.add,
)
"""Adds the commands of the other modules of this package; each sets `run(options, environ)`."""


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name; those of the process when None.
        environ: The environment; that of the process when None.

    Returns:
        The exit code.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    environ = os.environ if environ is None else environ
    try:
        return int(options.run(options, environ))
    except SettingsError as wrong:
        return _misconfigured(wrong, as_json=getattr(options, "json", False))
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return BLIND
    except Exception as defect:  # noqa: BLE001 - the one boundary: Python would exit 1, a verdict here
        trace = redact("".join(traceback.format_exception(defect)))
        print(f"The command failed, which is a defect; please report it.\n{trace}", file=sys.stderr)
        return BLIND


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="watchdog",
        description="The Entra Connect Watchdog on the command line.",
        epilog="Exit codes: 0 healthy, 1 needs a person, 2 blind or misconfigured.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="look once at the tenant, read-only: every source, the verdict, the card"
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=lambda options, env: running.run(_check(env, as_json=options.json)))
    card = commands.add_parser("send-test-card", help="post a test card to WATCHDOG_TEAMS_URL")
    card.set_defaults(run=lambda _, env: running.run(_send_test_card(env)))
    demo = commands.add_parser("demo", help="play a story against a simulated tenant")
    demo.add_argument("--story", default="server-dies", help="which one (default: server-dies)")
    demo.add_argument("--out", default="build/demo.html", help="where to write the report")
    demo.set_defaults(run=lambda options, _: _demo(options.story, Path(options.out)))
    for group in GROUPS:
        group(commands)
    return parser


def _misconfigured(wrong: SettingsError, *, as_json: bool) -> int:
    if as_json:
        problems = [
            {"name": p.name, "what_is_wrong": p.what_is_wrong, "right": p.what_would_be_right}
            for p in wrong.problems
        ]
        print(json.dumps({"status": "misconfigured", "problems": problems}))
    else:
        print(f"Misconfigured, {len(wrong.problems)} problem(s):", file=sys.stderr)
        for problem in wrong.problems:
            print(f"  {problem}", file=sys.stderr)
    return BLIND


async def _check(environ: Mapping[str, str], *, as_json: bool) -> int:
    """Read every source once; judge as a first tick would; store and send nothing."""
    settings = wiring.load_settings(environ, "check")
    watch = wiring.build_from(settings)
    try:
        found = await check.check(watch.plan, watch.outside, wiring.utc_now())
    finally:
        await watch.aclose()
    if as_json:
        print(check.as_json(found))
    else:
        print("\n".join(check.as_text(found)))
    if found.blind:
        return BLIND
    return NEEDS_A_PERSON if found.needs_a_person else HEALTHY


async def _send_test_card(environ: Mapping[str, str]) -> int:
    settings = wiring.load_settings(environ, "watch")
    watch = wiring.build_from(settings)
    try:
        if watch.outside.channel is None:
            print("WATCHDOG_TEAMS_URL is not set: no card can be sent.", file=sys.stderr)
            return BLIND
        message = check_message(wiring.utc_now(), watch.plan.presentation)
        receipt = await watch.outside.channel.post(message)
    finally:
        await watch.aclose()
    print(f"{receipt.delivery}: {receipt.detail}")
    if receipt.delivery is Delivery.ACCEPTED:
        print("Accepted is not posted: look whether the card is in the channel.")
        return HEALTHY
    return BLIND


def _demo(story: str, out: Path) -> int:
    try:
        demo = importlib.import_module("simulator.demo")
    except ModuleNotFoundError as missing:
        print(
            f"The demo needs {missing.name}, which does not ship to Azure: run `make demo` in a"
            " checkout of the project.",
            file=sys.stderr,
        )
        return BLIND
    return int(demo.main(story, out))


def print_anything() -> None:
    """Let a terminal that lacks a character show its number: a name must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
