"""What a card says of a problem of the tenant, a clock or the watchdog: one `Text` per verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.cards.pair_texts import PAIR_TEXTS
from shared.domain.cards.seen import Text
from shared.domain.cards.silent_texts import silent_text, stalled_text
from shared.domain.cards.wording import DETAIL_LENGTH, duration, inert, narrow, opening
from shared.domain.verdicts import Verdict, Why

if TYPE_CHECKING:
    from shared.domain.cards.seen import Seen


def open_text(seen: Seen) -> Text:
    """What is wrong now."""
    return _OPEN[seen.incident.verdict](seen)


def _password_sync_stalled(seen: Seen) -> Text:
    stamp = seen.evidence.password_sync_at
    age = seen.age(stamp)
    return Text(
        "warning",
        "🟠",
        "Password sync stalled",
        f"**No password sync for {age}**{seen.limit}{seen.as_read}. "
        f"Object sync ran at {seen.utc(seen.evidence.object_sync_at)}.",
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
    what = "Connect Health" if seen.incident.subject else "Microsoft Graph"
    silent_on = "the servers" if seen.incident.subject else "sync"
    blind_for = duration(seen.at - (read_at or since))
    detail = inert(seen.evidence.detail, DETAIL_LENGTH)
    last = seen.utc(read_at) if read_at else f"never, watching since {seen.utc(since)}"
    known = seen.evidence.object_sync_at
    synced = (("Synced", f"{seen.utc(known)}, as known then"),) if known else ()
    return Text(
        "emphasis",
        "⬛",
        "Watchdog is blind",
        f"{what} could not be read for **{blind_for}**. **This says nothing about {silent_on}.**",
        f"{what.removeprefix('Microsoft ')} unreadable for {blind_for}. "
        f"This says nothing about {silent_on}",
        (("Cause", opening(narrow(detail)) or "not known"), ("Read", last), *synced),
    )


_OPEN: Final = {
    Verdict.SERVER_SILENT: silent_text,
    Verdict.SYNC_STALLED: stalled_text,
    Verdict.PASSWORD_SYNC_STALLED: _password_sync_stalled,
    Verdict.SYNC_DISABLED: _sync_disabled,
    Verdict.NEVER_SYNCED: _never_synced,
    Verdict.CLOCK_SUSPECT: _clock_suspect,
    Verdict.BLIND: _blind,
    **PAIR_TEXTS,
}
