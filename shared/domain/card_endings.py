"""What a card says of an incident that is about to close, or closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.card_texts import Seen, Text
from shared.domain.verdicts import Kind
from shared.domain.wording import duration

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.incidents import Incident


def recovering_text(incident: Incident, at: datetime) -> Text:
    """What to say of an incident whose finding is gone, but not for long enough to close it."""
    seen = Seen(incident, at)
    gone_at = seen.stamp(incident.gone_at)
    what = _WHAT[incident.kind]
    if incident.kind in _BEATS and incident.clean_at is not None:
        now = f"A sync was seen again at {gone_at}; one more closes this."
    elif incident.kind in _BEATS:
        now = f"Not over the limit since {gone_at}, but {what} was not seen to run again yet."
    else:
        now = f"Not seen any more since {gone_at}; one more clean read closes this."
    worst = f"{incident.worst} since {seen.utc(incident.since)}"
    return Text("warning", "🟡", "Recovering", f"**{worst}.** {now}", f"{worst}, not closed yet")


def over_text(incident: Incident, at: datetime, *, missed: bool) -> Text:
    """What to say of an incident that is closed.

    Args:
        incident: A resolved incident.
        at: Now.
        missed: Whether this is the only card that tells of it.
    """
    seen = Seen(incident, at)
    end = incident.gone_at or incident.resolved_at or at
    lasted = f"{duration(incident.outage)}, {seen.utc(incident.since)} to {seen.utc(end)}"
    if missed:
        state = (
            f"**{incident.worst}** for {lasted}. It happened and recovered while no card could "
            "be delivered."
        )
        short = f"{incident.worst} for {duration(incident.outage)}, over since {seen.utc(end)}"
        return Text("good", "✅", "Already recovered", state, short)
    title, state = _OVER[incident.kind]
    word = "outage" if incident.kind in _BEATS else "lasted"
    state = f"**{state}** {word.capitalize()} {lasted}."
    return Text("good", "✅", title, state, f"{word} {duration(incident.outage)}")


def still_to_do(incident: Incident) -> str:
    """What remains to do after an incident is closed."""
    return _AFTERWARDS[incident.kind]


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
    Kind.BLIND: ("Watchdog sees again", "Microsoft Graph can be read again."),
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
}
