"""What a card says of a problem of the pair: one `Text` per verdict, from its evidence alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.domain.cards.seen import Facts, Seen, Text
from shared.domain.cards.servers import called, source_name
from shared.domain.cards.wording import STATEMENT_LENGTH, day, duration, inert, narrow, opening
from shared.domain.pair.readings import AlertLevel, server_key
from shared.domain.verdicts import Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.domain.pair.report import Statement

_SHOWN: Final = 3
_SERVICE: Final = "the whole sync service"


def subject(seen: Seen) -> str:
    """The server that an incident is about, with its role where it has one; "" for the tenant."""
    found = seen.servers.find(seen.subject) if seen.subject else None
    if found is not None:
        return seen.servers.label(found)
    name = seen.servers.spelled(seen.subject) if seen.subject else ""
    return f"**{name}**" if name else ""


def evidence_facts(seen: Seen, title: str) -> Facts:
    """The evidence as facts, at most three."""
    shown = seen.evidence.statements[:_SHOWN]
    return tuple((title, opening(narrow(seen.stated(each)))) for each in shown)


def last_exports(seen: Seen) -> tuple[str, ...]:
    """When each of two active servers exported last and by whom that is known, newest first."""
    newest: dict[str, tuple[str, Statement]] = {}
    for each in seen.evidence.statements:
        found = _EXPORTED.fullmatch(each.text.rstrip("."))
        if found is None:
            continue
        name, key = found[1], server_key(found[1])
        known = newest.get(key)
        if known is None or _later(each, known[1]):
            newest[key] = (name, each)
    return tuple(
        f"{called(name)} exported last at {seen.utc(each.at)} ({source_name(each.source)})"
        for name, each in newest.values()
    )


def export_facts(seen: Seen) -> Facts:
    """The last export of each server, and what else shows that two are active; at most three."""
    others = (
        seen.stated(each)
        for each in seen.evidence.statements
        if not _EXPORTED.fullmatch(each.text.rstrip("."))
    )
    shown = (*last_exports(seen), *others)[:_SHOWN]
    return tuple(("Export", opening(narrow(each))) for each in shown)


_EXPORTED: Final = re.compile(r"(.+) exported(?: before that)?")


def _later(one: Statement, other: Statement) -> bool:
    return one.at is not None and (other.at is None or one.at > other.at)


def _dual_active(seen: Seen) -> Text:
    returned = seen.evidence.why is Why.RETURNED
    active = [each for each in seen.servers.all if str(each.role) == "active"]
    names = " and ".join(called(each.name) for each in active[:_SHOWN])
    since = f"since {seen.utc(seen.incident.since)}"
    state = f"**Two servers export**, {since}{seen.as_read}."
    short = "two servers export"
    if len(active) > 1:
        state = f"**{names} both export**, {since}{seen.as_read}."
        short = f"{names} both export"
    title = "Two active servers"
    if returned:
        back = seen.servers.to_staging or "The former active server"
        state = f"**{back} has returned and exports** after the failover, {since}{seen.as_read}."
        title, short = "Old server is back", f"{back} has returned and exports"
    # where it cannot be told who is right, they stand before the button
    exports = export_facts(seen) if seen.servers.to_staging else ()
    risk = ("Risk", "Both write to Entra ID: each overwrites what the other wrote")
    return Text("attention", "🛑", title, state, short, (*exports, risk))


def _no_active(seen: Seen) -> Text:
    state = f"**No server is active**{seen.as_read}: each one that was read is in staging mode."
    stamp = seen.evidence.object_sync_at
    return Text(
        "attention",
        "🔴",
        "No active server",
        f"{state} While that is so, nothing is exported to Entra ID.",
        "no server is active, every one is in staging mode",
        (*evidence_facts(seen, "Server"), *((seen.synced,) if stamp else ())),
    )


def _export_blocked(seen: Seen) -> Text:
    active = seen.servers.measured_active
    lead = f"{seen.servers.label(active)}: **exports" if active else "**Exports"
    return Text(
        "attention",
        "🔴",
        "Export is blocked",
        f"{lead} are stopped, too many deletes**{seen.as_read}. The protection against accidental "
        "deletes holds every change back.",
        "exports are stopped by the protection against accidental deletes",
        (*evidence_facts(seen, "Export")[:2], *seen.both)[:4],
    )


def _standby_unfit(seen: Seen) -> Text:
    who = subject(seen) or "**The standby**"
    return Text(
        "warning",
        "⚠️",
        "Standby not fit",
        f"{who} cannot take over{seen.as_read}.",
        f"{who.replace('**', '')} cannot take over",
        _pair_facts(seen),
    )


def _standby_missing(seen: Seen) -> Text:
    who = subject(seen)
    state = f"{who} is set as a standby, but not registered" if who else "**No standby is known**"
    return Text(
        "warning",
        "⚠️",
        "Standby missing" if who else "No standby",
        f"{state}{seen.as_read}.",
        f"{who.replace('**', '') or 'no standby'} is not registered",
        _pair_facts(seen),
    )


def _health_alert(seen: Seen) -> Text:
    alert, count = seen.evidence.alert, seen.evidence.alerts
    if alert is None or seen.evidence.why is Why.MORE_ALERTS:
        what = f"{count} more {'alert is' if count == 1 else 'alerts are'} active"
        state = f"**{what}** in Connect Health{seen.as_read}."
        named = (("Gravest", _fact(alert.name)),) if alert and _fact(alert.name) else ()
        return Text("warning", "⚠️", "Health alerts", state, what, named)
    name = inert(alert.name, STATEMENT_LENGTH) or "an alert without a name"
    who = subject(seen) or (f"**{inert(alert.server)}**" if inert(alert.server) else _SERVICE)
    since = alert.created_at or seen.incident.since
    level = {
        AlertLevel.ERROR: "error",
        AlertLevel.WARNING: "warning",
        AlertLevel.PRE_WARNING: "early warning",
    }[alert.level]
    more = f" It stands for {count} alerts." if count > 1 else ""
    facts: Facts = (
        ("Server", _fact(alert.server) or _SERVICE),
        ("Since", f"{seen.utc(since)}, {duration(seen.measured_at - since)} before the read"),
        ("Level", f"{level} (Connect Health)"),
    )
    return Text(
        "warning",
        "⚠️",
        "Health alert",
        f"Connect Health on {who}: **{name}**{seen.as_read}.{more}",
        f"{inert(alert.server) or 'sync service'}: {name}",
        facts,
    )


def _deadline_near(seen: Seen) -> Text:
    ends, who = seen.evidence.deadline, subject(seen)
    support = seen.evidence.why is Why.SUPPORT_ENDS
    what = "support of its version" if support else "its certificate"
    when = "ends on a day that is not known"
    if ends is not None and ends > seen.measured_at:
        when = f"ends on **{day(ends)}**, in {duration(ends - seen.measured_at)}"
    elif ends is not None:
        when = f"ended on **{day(ends)}**"
    effect = (
        "An unsupported version may stop syncing."
        if support
        else "Without it the server cannot sign in to Entra ID."
    )
    return Text(
        "warning",
        "⚠️",
        "Version support ends" if support else "Certificate ends",
        f"{who or '**A server**'}: {what} {when}{seen.as_read}. {effect}",
        f"{who.replace('**', '') or 'a server'}: {what} {when.replace('**', '')}",
        evidence_facts(seen, "Seen"),
    )


def _pair_facts(seen: Seen) -> Facts:
    return (seen.synced, *seen.both) if seen.evidence.object_sync_at else seen.both


def _fact(text: str) -> str:
    return opening(narrow(inert(text, STATEMENT_LENGTH)))


PAIR_TEXTS: Final[dict[Verdict, Callable[[Seen], Text]]] = {
    Verdict.DUAL_ACTIVE: _dual_active,
    Verdict.NO_ACTIVE: _no_active,
    Verdict.EXPORT_BLOCKED: _export_blocked,
    Verdict.STANDBY_UNFIT: _standby_unfit,
    Verdict.STANDBY_MISSING: _standby_missing,
    Verdict.HEALTH_ALERT: _health_alert,
    Verdict.DEADLINE_NEAR: _deadline_near,
}
"""What each verdict about the pair says."""
