"""What a card says of an incident: one `Text` per verdict, from the incident's evidence alone.

Ages are those of the read that the verdict rests on, because nobody measured a later one; when
that read is older than the card, the text says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.domain.verdicts import PasswordSync, Verdict, Why
from shared.domain.wording import (
    DETAIL_LENGTH,
    duration,
    inert,
    narrow,
    opening,
    utc,
    utc_and_local,
)

if TYPE_CHECKING:
    from shared.domain.incidents import Incident

_SAME_TICK: Final = timedelta(minutes=2)
"""A card is sent within the tick that read, or else its evidence is from an earlier one."""

_SUSPECT: Final = "Suspect a long cycle, a suspended scheduler or an open wizard."

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one card.

    Attributes:
        style: The first container's style, which carries the colour.
        emoji: Carries the state where colours do not.
        title: A few words; the tenant's name follows.
        state: What is wrong, as measured.
        short: The same in a few words, for the summary.
        facts: Title and value of each fact.
    """

    style: str
    emoji: str
    title: str
    state: str
    short: str
    facts: Facts = ()


class Seen:
    """The evidence of an incident in words. Strings are of ours or inert."""

    def __init__(self, incident: Incident, at: datetime) -> None:
        self.evidence, self.incident, self.at = incident.evidence, incident, at
        read_at = self.evidence.read_at
        self.measured_at = read_at or at
        self.stale = read_at is not None and at - read_at > _SAME_TICK

    @property
    def as_read(self) -> str:
        """When the evidence was read, if that is not now."""
        return f", as last read at {self.utc(self.measured_at)}" if self.stale else ""

    def utc(self, moment: datetime) -> str:
        """A time as this card writes it."""
        return utc(moment, self.at)

    def stamp(self, moment: datetime | None) -> str:
        """As `utc`, of a time that may be missing."""
        return self.utc(moment) if moment else "an unknown time"

    def age(self, *stamps: datetime | None) -> str:
        """The age of the newest stamp, when it was read.

        Our clock may contradict the judgement, which uses Graph's where the two differ; then only
        what was judged is said.
        """
        limit, known = self.evidence.limit, [stamp for stamp in stamps if stamp]
        age = self.measured_at - max(known) if known else None
        if age is None or (limit is not None and age < limit):
            return f"more than {duration(limit)}" if limit else "an unknown time"
        return duration(age)

    @property
    def limit(self) -> str:
        """The limit in brackets, with a space before; "" without one."""
        return f" (limit {duration(self.evidence.limit)})" if self.evidence.limit else ""

    @property
    def single(self) -> str:
        """A sentence if object sync is the only evidence."""
        if self.evidence.password_sync is not PasswordSync.NOT_USED:
            return ""
        return " Password hash sync is not used: judged on object sync alone."

    @property
    def synced(self) -> tuple[str, str]:
        """The fact: the last object sync."""
        stamp = self.evidence.object_sync_at
        return ("Synced", utc_and_local(stamp, self.at) if stamp else "never reported")

    @property
    def password(self) -> tuple[str, str]:
        """The fact: the last password sync."""
        value = {
            PasswordSync.USED: self.stamp(self.evidence.password_sync_at),
            PasswordSync.NOT_USED: "not used",
            PasswordSync.UNREAD: "could not be read",
        }[self.evidence.password_sync]
        return ("Password", value)

    def effect(self, what: str, since: datetime | None, verb: str) -> Facts:
        """The fact: what is missing in the cloud, by the last sync alone."""
        if since is None:
            return ()
        return (("Effect", f"{what} changes since {self.utc(since)} {verb} Entra ID"),)


def open_text(incident: Incident, at: datetime) -> Text:
    """What is wrong now."""
    return _OPEN[incident.verdict](Seen(incident, at))


def _server_silent(seen: Seen) -> Text:
    evidence = seen.evidence
    single = evidence.why is Why.OBJECTS_SILENT
    age = seen.age(evidence.object_sync_at, None if single else evidence.password_sync_at)
    what = "No sync" if single else "No sync and no password sync"
    return Text(
        "attention",
        "🔴",
        "Sync is silent",
        f"**{what} for {age}**{seen.limit}{seen.as_read}.{seen.single}",
        f"{what.lower()} for {age}",
        (seen.synced, seen.password, *seen.effect("AD", evidence.object_sync_at, "are not in")),
    )


def _sync_stalled(seen: Seen) -> Text:
    evidence = seen.evidence
    object_at, password_at = evidence.object_sync_at, evidence.password_sync_at
    short = state = f"No object sync for {seen.age(object_at)}"
    lives = "was alive at that read" if seen.stale else "is alive"
    alive = f"The server {lives}: password sync ran at {seen.stamp(password_at)}. {_SUSPECT}"
    if evidence.why is Why.OBJECTS_STALLED_PASSWORD_UNREAD:
        alive = "Whether the server is alive could not be read: no answer about password sync."
    elif evidence.why is Why.STOPPED_SERVER_ALIVE:
        stopped = "Object sync stopped" if seen.single else "Both syncs stopped"
        stamps = (object_at,) if seen.single else (object_at, password_at)
        short = f"{stopped}, server alive"
        state = f"{short}:** nothing for **{seen.age(*stamps)}"
        alive = f"{_SUSPECT}{seen.single}"
    effect = seen.effect("AD", object_at, "may be missing in")
    return Text(
        "warning",
        "🟠",
        "Sync stalled",
        f"**{state}**{seen.limit}{seen.as_read}. {alive}",
        f"{short[:1].lower()}{short[1:]}",
        (seen.synced, seen.password, *effect),
    )


def _password_sync_stalled(seen: Seen) -> Text:
    stamp = seen.evidence.password_sync_at
    age = seen.age(stamp)
    return Text(
        "warning",
        "🟠",
        "Password sync stalled",
        f"**No password sync for {age}**{seen.limit}{seen.as_read}. "
        f"Object sync ran at {seen.stamp(seen.evidence.object_sync_at)}.",
        f"no password sync for {age}",
        (seen.synced, seen.password, *seen.effect("Password", stamp, "may be missing in")),
    )


def _sync_disabled(seen: Seen) -> Text:
    first = seen.utc(seen.incident.since)
    return Text(
        "attention",
        "🔴",
        "Sync switched off",
        f"**Directory sync is switched off in the tenant**, first seen at {first}{seen.as_read}. "
        "No server can sync.",
        f"directory sync is switched off in the tenant, first seen {first}",
        (seen.synced,),
    )


def _never_synced(seen: Seen) -> Text:
    known = seen.evidence.object_sync_at is not None
    why = (
        "its state is empty now, although a sync was seen before."
        if known
        else "there never was one, or it is no longer known."
    )
    return Text(
        "warning",
        "⚠️",
        "Never synced",
        f"**Graph knows no directory sync of this tenant**{seen.as_read}: {why}",
        "Graph knows no directory sync of this tenant",
        (seen.synced,),
    )


def _clock_suspect(seen: Seen) -> Text:
    detail = inert(seen.evidence.detail, DETAIL_LENGTH)
    state = {
        Why.CLOCKS_DIFFER: "The watchdog's clock and Graph's differ",
        Why.IN_THE_FUTURE: "A sync time lies in the future",
        Why.WENT_BACKWARD: "A sync time went backward",
    }.get(seen.evidence.why, "A time cannot be right")
    return Text(
        "warning",
        "⚠️",
        "Clock is suspect",
        f"**{state}**{seen.as_read}. Until that is clear, no age of a sync can be trusted.",
        f"{state[:1].lower()}{state[1:]}",
        (("Cause", opening(narrow(detail)) or "not known"), seen.synced, seen.password),
    )


def _blind(seen: Seen) -> Text:
    read_at, since = seen.evidence.read_at, seen.incident.since
    blind_for = duration(seen.at - (read_at or since))
    detail = inert(seen.evidence.detail, DETAIL_LENGTH)
    last = seen.utc(read_at) if read_at else f"never, watching since {seen.utc(since)}"
    known = seen.evidence.object_sync_at
    synced = (("Synced", f"{seen.utc(known)}, as known then"),) if known else ()
    return Text(
        "emphasis",
        "⬛",
        "Watchdog is blind",
        f"Microsoft Graph could not be read for **{blind_for}**. **This says nothing about sync.**",
        f"Graph unreadable for {blind_for}. This says nothing about sync",
        (("Cause", opening(narrow(detail)) or "not known"), ("Read", last), *synced),
    )


_OPEN: Final = {
    Verdict.SERVER_SILENT: _server_silent,
    Verdict.SYNC_STALLED: _sync_stalled,
    Verdict.PASSWORD_SYNC_STALLED: _password_sync_stalled,
    Verdict.SYNC_DISABLED: _sync_disabled,
    Verdict.NEVER_SYNCED: _never_synced,
    Verdict.CLOCK_SUSPECT: _clock_suspect,
    Verdict.BLIND: _blind,
}
