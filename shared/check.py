"""One look at a tenant, as `check` takes it: read everything, judge, store and send nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.bookkeeping import Look, Plan, look
from shared.delivery import named
from shared.domain.cards import wording
from shared.domain.cards.envelope import card_lines
from shared.domain.cards.messages import incident_message
from shared.domain.incidents.notifications import Message
from shared.domain.pair import reading_plan
from shared.domain.pair.judging import advice_of
from shared.domain.pair.readings import Source, SourceReading
from shared.domain.readings import Observation, Unavailable
from shared.domain.tenant.heartbeats import Memory, reference_time
from shared.domain.verdicts import Evidence, PasswordSync, Verdict, Why
from shared.ledger import Snapshot, TenantState, incident_id
from shared.reading import read_all
from shared.tick_log import word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.domain.pair.report import ServerReport
    from shared.watch import Outside

_PATIENCE = 45.0
"""Seconds for all sources together: a person waits, no tick does."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one look found.

    Attributes:
        plan: What the team configured.
        view: What a tick would decide.
        answers: What each source said.
        cards: The cards that would be due.
    """

    plan: Plan
    view: Look
    answers: Mapping[Source, SourceReading | Unavailable]
    cards: list[dict[str, object]]

    @property
    def blind(self) -> bool:
        """Whether Graph could not be read, so that nothing is known about sync."""
        return self.view.memory.unavailable is not None

    @property
    def needs_a_person(self) -> bool:
        """Whether something is wrong."""
        return bool(self.view.judgement.findings)


async def check(plan: Plan, outside: Outside, at: datetime) -> Checked:
    """Read every source once and judge as a first tick would.

    Args:
        plan: What the team configured.
        outside: The clients; store and channel are not touched.
        at: Now.
    """
    until = asyncio.get_running_loop().time() + _PATIENCE
    tenant = await outside.tenant.read(at)
    answers = await read_all(outside.sources, reading_plan.OPTIONAL, at, until)
    snap = _as_if_watched_before(plan, at)
    seen = Observation(at=at, tenant=tenant)
    view = look(plan, snap, seen, answers, lambda _kind: incident_id(at, "preview000"))
    shown = named(plan.presentation, view.memory)
    cards = [incident_message(step.incident, Message.FIRST, 1, at, shown) for step in view.steps]
    return Checked(plan, view, answers, cards)


def _as_if_watched_before(plan: Plan, at: datetime) -> Snapshot:
    """A ledger in which nothing was ever read: what cannot be read now is BLIND at once."""
    memory = Memory(started_at=at - plan.policy.blind_after)
    evidence = Evidence(why=Why.UNREADABLE, read_at=None)
    return Snapshot(state=TenantState(memory, "", memory.started_at, Verdict.BLIND, evidence))


# -- for scripts ----------------------------------------------------------------------------------


def as_json(found: Checked) -> str:
    """The look as one JSON object."""
    plan, view = found.plan, found.view
    evidence, problem = view.judgement.evidence, view.memory.unavailable
    at, now = view.observation.at, reference_time(view.observation)
    advice = advice_of(view.judgement)
    sources = {Source.GRAPH: word(problem)} | {s: word(a) for s, a in found.answers.items()}
    report: dict[str, object] = {
        "tenant": plan.tenant_id,
        "display_name": view.memory.display_name,
        "at": at.isoformat(),
        "sources": sources,
        "verdict": view.judgement.verdict,
        "findings": [finding.verdict for finding in view.judgement.findings],
        "why": evidence.why,
        "detail": evidence.detail,
        "advice": advice.advice,
        "advice_reason": advice.reason,
        "advice_server": advice.server,
        "password_sync": evidence.password_sync,
    }
    stamps = {"object_sync": evidence.object_sync_at, "password_sync": evidence.password_sync_at}
    for name, stamp in stamps.items():
        report[f"{name}_at"] = stamp.isoformat() if stamp else None
        report[f"{name}_age_seconds"] = int((now - stamp).total_seconds()) if stamp else None
    lasting = plan.policy.blind_after.total_seconds() if problem else 0
    report["servers"] = [_server(each) for each in _servers(found)]
    report["cards_are_sent_after_seconds"] = int(lasting)
    return json.dumps(report | {"cards": found.cards}, indent=2)


def _servers(found: Checked) -> list[ServerReport]:
    pair = found.view.judgement.evidence.pair
    if pair is None:
        return []
    return [*([pair.active] if pair.active else []), *pair.standbys]


def _server(server: ServerReport) -> dict[str, object]:
    return {
        "name": server.name,
        "role": server.role,
        "basis": server.basis,
        "seen_at": server.seen_at.isoformat() if server.seen_at else None,
        "fitness": server.fitness,
        "checks": {check.name: [check.outcome, check.reason] for check in server.checks},
    }


# -- for people -----------------------------------------------------------------------------------


def as_text(found: Checked) -> Iterator[str]:
    """The look line by line, as a terminal shows it."""
    view = found.view
    evidence, problem = view.judgement.evidence, view.memory.unavailable
    at, now = view.observation.at, reference_time(view.observation)
    advice = advice_of(view.judgement)
    lines = {
        "Tenant": f"{view.memory.display_name or '(name not read)'}  {found.plan.tenant_id}",
        "Looked at": wording.utc(at, at),
        "Graph": _said(problem),
        **{_title(source): _said(answer) for source, answer in found.answers.items()},
        "Object sync": _ago(evidence.object_sync_at, now),
        "Password sync": {
            PasswordSync.USED: _ago(evidence.password_sync_at, now),
            PasswordSync.NOT_USED: "not used: judged on object sync alone",
            PasswordSync.UNREAD: "could not be read",
        }[evidence.password_sync],
        "Verdict": f"{view.judgement.verdict} ({evidence.why})",
        "Detail": "" if problem else evidence.detail,
        "Advice": f"{advice.advice} ({advice.reason})" + _about(advice.server),
        "Card": "" if found.cards else "none",
    }
    yield from (f"{title:<20}{text}" for title, text in lines.items() if text)
    for server in _servers(found):
        yield from _told(server, now)
    lasting = wording.duration(found.plan.policy.blind_after)
    due = f"once this has lasted {lasting}; its ages will be those of then" if problem else "now"
    for card in found.cards:
        yield f"{'Card':<20}due {due}:"
        yield from (f"  | {line}" for line in card_lines(card))


def _about(server: str) -> str:
    return f": {wording.inert(server)}" if server else ""


def _title(source: Source) -> str:
    return str(source).replace("_", " ").capitalize()


def _said(answer: object) -> str:
    return f"{answer.reason}: {answer.detail}" if isinstance(answer, Unavailable) else "ok"


def _told(server: ServerReport, now: datetime) -> Iterator[str]:
    name = wording.inert(server.name)
    basis = f" by {server.basis}" if server.basis else ""
    fit = f", {server.fitness}" if server.fitness else ""
    yield f"{'Server':<20}{name}: {server.role}{basis}{fit}, seen {_ago(server.seen_at, now)}"
    for check in server.checks:
        text = wording.inert(check.statement.text, 200)
        yield f"  {check.outcome:<8}{check.name}: {text}"


def _ago(stamp: datetime | None, at: datetime) -> str:
    return f"{wording.duration(at - stamp)} ago ({wording.utc(stamp, at)})" if stamp else "no time"
