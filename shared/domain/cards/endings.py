"""What a card says of an incident that is about to close, or closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.cards.pair_texts import export_facts
from shared.domain.cards.seen import Facts, Text
from shared.domain.cards.servers import called
from shared.domain.cards.wording import duration, narrow
from shared.domain.verdicts import Kind

if TYPE_CHECKING:
    from shared.domain.cards.seen import Seen
    from shared.domain.incidents.incident import Incident


def recovering_text(seen: Seen) -> Text:
    """What to say of an incident whose finding is gone, but not for long enough to close it."""
    incident = seen.incident
    gone_at = seen.utc(incident.gone_at)
    what = _WHAT[incident.kind]
    if incident.kind in _BEATS and incident.clean_at is not None:
        now = f"A sync was seen again at {gone_at}; one more closes this."
    elif incident.kind in _BEATS:
        now = f"Not over the limit since {gone_at}, but {what} was not seen to run again yet."
    elif incident.quiet:
        now = f"Not seen any more since {gone_at}; it closes after six hours without it."
    else:
        now = f"Not seen any more since {gone_at}; one more clean read closes this."
    worst = f"{incident.worst} since {seen.utc(incident.since)}"
    return Text(
        "warning",
        "🟡",
        "Recovering",
        f"**{worst}.** {now}{switched_words(seen)}",
        f"{worst}, not closed yet",
    )


def over_text(seen: Seen, *, missed: bool) -> Text:
    """What to say of an incident that is closed.

    Args:
        seen: A resolved incident.
        missed: Whether this is the only card that tells of it.
    """
    incident = seen.incident
    # a clock that ran ahead and was set right ends an incident before it began
    end = max(incident.since, incident.gone_at or incident.resolved_at or seen.at)
    lasted = f"{duration(incident.outage)}, {seen.utc(incident.since)} to {seen.utc(end)}"
    facts = failover_facts(seen)
    if incident.kind is Kind.DUAL_ACTIVE:
        facts = export_facts(seen)
    if missed:
        state = (
            f"**{incident.worst}** for {lasted}. It happened and recovered while no card could "
            f"be delivered.{switched_words(seen)}"
        )
        short = f"{incident.worst} for {duration(incident.outage)}, over since {seen.utc(end)}"
        return Text("good", "✅", "Already recovered", state, short, facts)
    title, state = _OVER[incident.kind]
    word = "outage" if incident.kind in _BEATS else "lasted"
    short = f"{word} {duration(incident.outage)}"
    if failed_over(incident):
        name = called(incident.switched_to)
        state = f"Syncing again from {name}** (new active).**"
        short = f"syncing from {name}, the new active. {short.capitalize()}"
    state = f"**{state}** {word.capitalize()} {lasted}.".replace(".****", ".")
    return Text("good", "✅", title, state, short, facts)


def failed_over(incident: Incident) -> bool:
    """Whether the active role went to another server while the incident was open."""
    return incident.kind is Kind.SYNC and incident.switched_at is not None


def switched_words(seen: Seen) -> str:
    """The change of the active server in a sentence, with a space before; "" without one."""
    incident = seen.incident
    if not failed_over(incident):
        return ""
    new, old = called(incident.switched_to), called(incident.switched_from)
    return f" **{new}** is active since {seen.utc(incident.switched_at)}, before it was {old}."


def failover_facts(seen: Seen) -> Facts:
    """When a failover was detected, acknowledged, made and recovered from; none without one."""
    incident = seen.incident
    if incident.switched_at is None or incident.kind is not Kind.SYNC:
        return ()
    taken = incident.first_acknowledged_at
    back = incident.gone_at or incident.resolved_at
    detected = duration(incident.opened_at - incident.since)
    after = duration(incident.switched_at - incident.opened_at)
    old, new = (narrow(called(n)) for n in (incident.switched_from, incident.switched_to))
    return (
        ("Detected", f"{seen.utc(incident.opened_at)}, {detected} after the last sign of life"),
        ("Taken", f"{seen.utc(taken)} (acknowledged)" if taken else "never acknowledged"),
        ("Switched", f"{seen.utc(incident.switched_at)}, {old} to {new}, {after} after detection"),
        ("Back", f"{seen.utc(back)}, {duration(incident.outage)} in all" if back else "not yet"),
    )


def still_to_do(incident: Incident) -> tuple[str, ...]:
    """What remains to do after an incident is closed; a sentence or two each."""
    if not failed_over(incident):
        return (_AFTERWARDS[incident.kind],)
    new, old = called(incident.switched_to), called(incident.switched_from)
    errors = f"export errors of {new}{_errors_before(incident)}"
    return (
        f"before {old} starts, isolate it: it must come up in staging mode.",
        f"· Watch the {errors}: its MSOL_xxxx account may lack permissions in AD.",
        f"· Check that password sync of {new} runs; hashes need time to catch up.",
    )


def _errors_before(incident: Incident) -> str:
    """How many export errors were known before the switch; "" where that is not known."""
    pair = incident.evidence.pair
    errors = pair.export_errors if pair else None
    if errors is None:
        return ""
    return f" ({errors} {'object' if errors == 1 else 'objects'} before the switch)"


_BEATS: Final = frozenset({Kind.SYNC, Kind.PASSWORD_SYNC})
_WHAT: Final = {Kind.SYNC: "object sync", Kind.PASSWORD_SYNC: "password sync"} | dict.fromkeys(
    set(Kind) - _BEATS, "it"
)

_OVER: Final = {
    Kind.SYNC: ("Recovered", "Syncing again."),
    Kind.PASSWORD_SYNC: ("Password sync recovered", "Password sync runs again."),
    Kind.DISABLED: ("Sync no longer off", "Graph no longer says that sync is switched off."),
    Kind.NEVER: ("Sync is known now", "Graph no longer says that this tenant never synced."),
    Kind.CLOCK: ("Clock is right again", "The times agree again."),
    Kind.BLIND: ("Watchdog sees again", "What could not be read can be read again."),
    Kind.EXPORT: ("Exports go on", "The stop of exports is no longer reported."),
    Kind.DUAL_ACTIVE: ("One active server", "Only one server is seen to export."),
    Kind.NO_ACTIVE: ("A server is active", "A server is seen to be active again."),
    Kind.STANDBY: ("Standby no longer unfit", "What spoke against it is no longer found."),
    Kind.HEALTH_ALERT: ("Health alert is over", "Connect Health no longer reports it."),
    Kind.DEADLINE: ("Deadline is gone", "No end is near any more."),
}

_AFTER_FAILOVER: Final = (
    "If you failed over: before the old active server starts, make sure that it is in staging "
    "mode. Which server syncs now was not measured."
)
_AFTERWARDS: Final = {
    Kind.SYNC: _AFTER_FAILOVER,
    Kind.PASSWORD_SYNC: "Find out why it stopped. " + _AFTER_FAILOVER,
    Kind.DISABLED: "Check that a cycle runs to its end, and who switched it and why.",
    Kind.NEVER: "Check that this is the server and the tenant that you expect.",
    Kind.CLOCK: "Find out which clock was wrong; sync problems meanwhile have cards of their own.",
    Kind.BLIND: "Nothing, if you know why. Sync problems meanwhile have cards of their own.",
    Kind.EXPORT: "Check that the deletes that were exported are the ones that were meant.",
    Kind.DUAL_ACTIVE: "Compare the settings of both servers, and watch the next cycle's exports.",
    Kind.NO_ACTIVE: "Check that exactly one server is active, and look at what it exports.",
    Kind.STANDBY: "Nothing.",
    Kind.HEALTH_ALERT: "Nothing, if you know why it came.",
    Kind.DEADLINE: "Nothing.",
}
