"""The command line: look at a real tenant, play the demo, send a test card.

Exit codes: 0 healthy, 1 needs a person, 2 blind or misconfigured.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import io
import json
import os
import sys
import traceback
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared import wiring
from shared.bookkeeping import look
from shared.delivery import named
from shared.domain import wording
from shared.domain.advice import advise
from shared.domain.card_json import card_lines
from shared.domain.cards import check_message, incident_message
from shared.domain.heartbeats import Memory, reference_time
from shared.domain.notifications import Message
from shared.domain.readings import Observation, Unavailable
from shared.domain.verdicts import Evidence, PasswordSync, Verdict, Why
from shared.ledger import Snapshot, TenantState, incident_id
from shared.ports import Delivery
from shared.secret import redact
from shared.settings.types import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.bookkeeping import Look, Plan

HEALTHY: Final = 0
NEEDS_A_PERSON: Final = 1
BLIND: Final = 2


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
        if options.command == "check":
            return asyncio.run(_check(environ, as_json=options.json))
        if options.command == "send-test-card":
            return asyncio.run(_send_test_card(environ))
        return _demo(options.story, Path(options.out))
    except SettingsError as wrong:
        return _misconfigured(wrong, as_json=getattr(options, "json", False))
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
    commands.add_parser("send-test-card", help="post a test card to WATCHDOG_TEAMS_URL")
    demo = commands.add_parser("demo", help="play a story against a simulated tenant")
    demo.add_argument("--story", default="server-dies", help="which one (default: server-dies)")
    demo.add_argument("--out", default="build/demo.html", help="where to write the report")
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
    at = wiring.utc_now()
    try:
        tenant = await watch.outside.tenant.read(at)
    finally:
        await watch.aclose()
    view = look(
        watch.plan,
        _as_if_watched_before(watch.plan, at),
        Observation(at=at, tenant=tenant),
        lambda _kind: incident_id(at, "preview000"),
    )
    presentation = named(watch.plan.presentation, view.memory)
    cards = [
        incident_message(step.incident, Message.FIRST, 1, at, presentation) for step in view.steps
    ]
    if as_json:
        print(json.dumps(_report(watch.plan, view, cards), indent=2))
    else:
        _print_report(watch.plan, view, cards)
    if isinstance(tenant, Unavailable):
        return BLIND
    return NEEDS_A_PERSON if view.judgement.findings else HEALTHY


def _as_if_watched_before(plan: Plan, at: datetime) -> Snapshot:
    """A ledger in which nothing was ever read: what cannot be read now is BLIND at once."""
    memory = Memory(started_at=at - plan.policy.blind_after)
    evidence = Evidence(why=Why.UNREADABLE, read_at=None)
    return Snapshot(state=TenantState(memory, "", memory.started_at, Verdict.BLIND, evidence))


def _report(plan: Plan, view: Look, cards: Sequence[object]) -> dict[str, object]:
    evidence, problem = view.judgement.evidence, view.memory.unavailable
    at, now = view.observation.at, reference_time(view.observation)
    report: dict[str, object] = {
        "tenant": plan.tenant_id,
        "display_name": view.memory.display_name,
        "at": at.isoformat(),
        "sources": {"graph": problem.reason if problem else "ok"},
        "verdict": view.judgement.verdict,
        "why": evidence.why,
        "detail": evidence.detail,
        "advice": advise(view.judgement),
        "password_sync": evidence.password_sync,
    }
    for name, stamp in _stamps(evidence).items():
        report[f"{name}_at"] = stamp.isoformat() if stamp else None
        report[f"{name}_age_seconds"] = int((now - stamp).total_seconds()) if stamp else None
    lasting = plan.policy.blind_after if problem else timedelta(0)
    report["cards_are_sent_after_seconds"] = int(lasting.total_seconds())
    return report | {"cards": list(cards)}


def _stamps(evidence: Evidence) -> dict[str, datetime | None]:
    return {"object_sync": evidence.object_sync_at, "password_sync": evidence.password_sync_at}


def _print_report(plan: Plan, view: Look, cards: Sequence[Mapping[str, object]]) -> None:
    evidence, problem = view.judgement.evidence, view.memory.unavailable
    at, now = view.observation.at, reference_time(view.observation)
    lines = {
        "Tenant": f"{view.memory.display_name or '(name not read)'}  {plan.tenant_id}",
        "Looked at": wording.utc(at, at),
        "Graph": f"{problem.reason}: {problem.detail}" if problem else "ok",
        "Object sync": _ago(evidence.object_sync_at, now),
        "Password sync": {
            PasswordSync.USED: _ago(evidence.password_sync_at, now),
            PasswordSync.NOT_USED: "not used: judged on object sync alone",
            PasswordSync.UNREAD: "could not be read",
        }[evidence.password_sync],
        "Verdict": f"{view.judgement.verdict} ({evidence.why})",
        "Detail": "" if problem else evidence.detail,
        "Advice": advise(view.judgement),
        "Card": "" if cards else "none",
    }
    for title, text in lines.items():
        if text:
            print(f"{title:<15}{text}")
    lasting = wording.duration(plan.policy.blind_after)
    due = f"once this has lasted {lasting}; its ages will be those of then" if problem else "now"
    for card in cards:
        print(f"{'Card':<15}due {due}:")
        for line in card_lines(card):
            print(f"  | {line}")


def _ago(stamp: datetime | None, at: datetime) -> str:
    return f"{wording.duration(at - stamp)} ago ({wording.utc(stamp, at)})" if stamp else "no time"


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


def _print_anything() -> None:
    """Let a terminal that lacks a character show its number: a name must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    _print_anything()
    raise SystemExit(main())
