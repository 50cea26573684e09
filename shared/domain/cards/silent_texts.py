"""What a card says of a sync that stopped: by the server's name, where the pair is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.domain.cards.seen import Facts, Text
from shared.domain.cards.servers import called, source_name
from shared.domain.cards.wording import STATEMENT_LENGTH, duration, inert
from shared.domain.pair.report import Advice, AdviceReason, Fitness
from shared.domain.pair.view import EVIDENCE_LASTS
from shared.domain.verdicts import Verdict, Why

if TYPE_CHECKING:
    from datetime import timedelta

    from shared.domain.cards.seen import Seen
    from shared.domain.pair.report import ServerReport

_SUSPECT: Final = "Suspect a long cycle, a suspended scheduler or an open wizard."
_STOPPED: Final = re.compile(r"sync service\b.* (?:does not run|is not running|is stopped)\b")
_FACTS: Final = 4

_CLOUD_SYNC: Final = " Cloud Sync keeps the tenant's times fresh: they prove nothing about Connect."

_NO_STANDBY: Final = "Sync down, no standby"
_TITLES: Final = {
    AdviceReason.SWITCHED_OFF: "Sync is switched off",
    AdviceReason.TWO_ACTIVE: "Two active servers",
    AdviceReason.EXPORT_BLOCKED: "Export is blocked",
    AdviceReason.ENTRA_OUTAGE: "Entra has an outage",
    AdviceReason.BOTH_SILENT: "Both servers silent",
    AdviceReason.AD_IMPORT_ERRORS: "AD cannot be read",
    AdviceReason.LONG_CYCLE: "Sync in a long cycle",
    AdviceReason.STANDBY_BELOW_FLOOR: _NO_STANDBY,
    AdviceReason.STANDBY_UNFIT: _NO_STANDBY,
    AdviceReason.NO_STANDBY: _NO_STANDBY,
}
"""Titles of a stopped sync where a failover is advised against."""


def silent_text(seen: Seen) -> Text:
    """The sync server is silent."""
    active = seen.servers.measured_active
    words = _tenant_silent(seen) if active is None else _server_silent(seen, active)
    effect = seen.effect("AD", seen.evidence.object_sync_at, "are not in")
    if _cloud_sync(seen):
        effect = ()
    return Text("attention", "🔴", _title(seen, "Sync is silent"), *words, _facts(seen, effect))


def _was_silent(seen: Seen) -> bool:
    """Whether everything had stopped before: a sign of life may be another server's then."""
    incident = seen.incident
    return incident.worst is Verdict.SERVER_SILENT and incident.switched_at is None


def stalled_text(seen: Seen) -> Text:
    """Object sync stopped, while something shows that the server lives, or nothing is known."""
    evidence = seen.evidence
    object_at, password_at = evidence.object_sync_at, evidence.password_sync_at
    short = state = f"No object sync for {seen.age(object_at)}"
    lives = "was alive at that read" if seen.stale else "is alive"
    alive = f"The server {lives}: password sync ran at {seen.utc(password_at)}. {_cause(seen)}"
    if _was_silent(seen):
        ran = f"Password sync ran at {seen.utc(password_at)}, by which server is not known"
        alive = f"{ran}: it lives again, or another one was made active."
    if evidence.why is Why.OBJECTS_STALLED_PASSWORD_UNREAD:
        alive = "Whether the server is alive could not be read: no answer about password sync."
    elif evidence.why is Why.STOPPED_SERVER_ALIVE:
        stopped = "Object sync stopped" if seen.single else "Both syncs stopped"
        stamps = (object_at,) if seen.single else (object_at, password_at)
        short = f"{stopped}, server alive"
        state = f"{short}:** nothing for **{seen.age(*stamps)}"
        alive = f"{_seen_alive(seen)}{_cause(seen)}{seen.single}".strip()
    active = seen.servers.measured_active
    lead = f"{seen.servers.label(active)}: " if active else ""
    return Text(
        "warning",
        "🟠",
        _title(seen, "Sync stalled"),
        f"{lead}**{state}**{seen.limit}{seen.as_read}. {alive}{_cloud_sync(seen)}".rstrip(),
        f"{short[:1].lower()}{short[1:]}",
        _facts(seen, seen.effect("AD", object_at, "may be missing in")),
    )


def _cause(seen: Seen) -> str:
    """What stopped object sync, as reported; a guess where nothing was, and no failover is due."""
    found = seen.recommendation
    if found is None:
        return _SUSPECT
    stated = (*found.because, *seen.evidence.statements)
    reported = next((each for each in stated if _STOPPED.search(each.text)), None)
    if reported is None:
        return "" if seen.target is not None else _SUSPECT
    text = inert(reported.text.rstrip("."), STATEMENT_LENGTH)
    source = source_name(reported.source)
    by = [] if text.startswith(source) else [f"says {source}"]
    when = [seen.utc(reported.at)] if reported.at else []
    return f"{', '.join([text, *by, *when])}."


def _tenant_silent(seen: Seen) -> tuple[str, str]:
    evidence = seen.evidence
    single = evidence.why is Why.OBJECTS_SILENT
    age = seen.age(evidence.object_sync_at, None if single else evidence.password_sync_at)
    what = "No sync" if single else "No sync and no password sync"
    if _cloud_sync(seen):
        what, age = "No sign of life of a sync server", seen.age(evidence.alive_at)
    state = f"**{what} for {age}**{seen.limit}{seen.as_read}.{seen.single}{_cloud_sync(seen)}"
    return state, f"{what.lower()} for {age}"


def _server_silent(seen: Seen, active: ServerReport) -> tuple[str, str]:
    evidence = seen.evidence
    single = evidence.why is Why.OBJECTS_SILENT
    stamps = (evidence.object_sync_at, None if single else evidence.password_sync_at)
    if evidence.why is Why.CLOUD_SYNC_HIDES:
        stamps = (evidence.alive_at, active.seen_at)
    name, age = called(active.name), seen.age(*stamps)
    missed = _missed(seen.span(*stamps), evidence.cadence)
    limit = f" Limit: {duration(evidence.limit)}." if evidence.limit else ""
    what, but = "silent", ""
    if evidence.why is not Why.CLOUD_SYNC_HIDES and _lives(seen, active):
        what, but = "has not synced for", f" But it was {seen.last_seen(active)}."
    state = (
        f"{seen.servers.label(active)} {what} **{age}**{missed}{seen.as_read}.{limit}{but}"
        f"{_cloud_sync(seen) or seen.single}"
    )
    return state, f"{name} {what} {age}{_standby(seen)}"


def _lives(seen: Seen, active: ServerReport) -> bool:
    """Whether a source saw the server lately, although its sync is silent."""
    return active.seen_at is not None and seen.measured_at - active.seen_at < EVIDENCE_LASTS


def _missed(age: timedelta | None, cadence: timedelta) -> str:
    cycles = age // cadence if age and cadence else 0
    return f", {cycles} {'cycle' if cycles == 1 else 'cycles'} missed" if cycles else ""


def _standby(seen: Seen) -> str:
    standby = seen.servers.standby
    if standby is None or standby.fitness is None:
        return ""
    words = {Fitness.FIT: "fit", Fitness.UNFIT: "not fit", Fitness.UNKNOWN: "not checked"}
    return f", standby {called(standby.name)} {words[standby.fitness]}"


def _cloud_sync(seen: Seen) -> str:
    pair = seen.evidence.pair
    present = pair is not None and pair.cloud_sync
    return _CLOUD_SYNC if present or seen.evidence.why is Why.CLOUD_SYNC_HIDES else ""


def _seen_alive(seen: Seen) -> str:
    alive_at, active = seen.evidence.alive_at, seen.servers.active
    if alive_at is None:
        return ""
    by = ""
    if active and active.seen_source and active.seen_at == alive_at:
        by = f" ({source_name(active.seen_source)})"
    ago = "" if seen.stale else f", {seen.ago(alive_at)}"
    return f"It was seen alive at {seen.utc(alive_at)}{ago}{by}. "


def _title(seen: Seen, usual: str) -> str:
    found = seen.recommendation
    if found is None:
        return usual
    if seen.target is not None:
        return "Fail over {}?"
    if found.advice is Advice.DO_NOT_FAIL_OVER:
        return _TITLES.get(found.reason, usual)
    return usual


def _facts(seen: Seen, effect: Facts) -> Facts:
    both = seen.both
    password = () if len(both) > 1 else (seen.password,)
    return (seen.synced, *both, *password, *effect)[:_FACTS]
