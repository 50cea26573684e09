"""The card of the weekly digest: state, gaps, readiness, drills of every tenant.

It comes also when all is well. It keeps the Teams workflow alive, which some plans switch off after
90 days without a trigger (Microsoft, "Limits of automated, scheduled, and instant flows"), and it
proves the whole way from the timer to the phone: a channel that is silent on the day is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.bulletins.weekly import next_slot
from shared.domain.cards.bulletin_parts import BulletinText, counted, message, status_button
from shared.domain.cards.tenant_words import Words
from shared.domain.cards.wording import inert, narrow, opening, utc
from shared.domain.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.domain.bulletins.bulletin import Bulletin
    from shared.domain.bulletins.summary import BulletinFacts, TenantSummary
    from shared.domain.cards.presentation import Presentation

_SHOWN: Final = 4
_PROOF: Final = "This card also proves that alerts reach this channel."


def digest(
    bulletin: Bulletin, facts: BulletinFacts, at: datetime, presentation: Presentation
) -> dict[str, object]:
    """The message of the weekly digest; see `bulletins.bulletin_message`."""
    tenants = sorted(facts.tenants, key=lambda tenant: tenant.trouble, reverse=True)
    if len(tenants) == 1:
        text = _one(tenants[0], facts, at, presentation)
    else:
        text = _many(tenants, facts, at, presentation)
    return message(bulletin, text, status_button(presentation, at))


def _one(
    tenant: TenantSummary, facts: BulletinFacts, at: datetime, presentation: Presentation
) -> BulletinText:
    words = Words(tenant, at, presentation)
    return BulletinText(
        emoji="🗓️",
        title="Weekly check",
        about=tenant.name,
        word="DIGEST",
        state=words.state,
        short=f"{words.short}, {words.brief_gap}, {words.brief_standby}",
        action=(f"{words.span}. {_PROOF}", *filter(None, (words.unseen, words.problem))),
        footer=_warning(facts, at),
        facts=(
            ("Gap", words.gap),
            ("Outage", words.outage),
            ("Standby", words.standby),
            ("Drill", words.drill),
        ),
    )


def _many(
    tenants: Sequence[TenantSummary],
    facts: BulletinFacts,
    at: datetime,
    presentation: Presentation,
) -> BulletinText:
    total = counted(len(tenants), "tenant")
    troubled = sum(1 for tenant in tenants if tenant.standing)
    unread = sum(1 for tenant in tenants if tenant.unreadable)
    state = f"**Attention: an incident is open in {troubled} of {total}.**"
    short = f"{troubled} with an open incident"
    if not troubled:
        state, short = f"No incident is open in {total}.", "no incident open"
    if unread:
        state += f" **{unread} could not be read now:** this says nothing about their sync."
        short += f", {unread} not readable now"
    more = len(tenants) - _SHOWN
    rest = f"The {_SHOWN} that need it most are shown, and there are {more} more."
    return BulletinText(
        emoji="🗓️",
        title="Weekly check",
        about=total,
        word="DIGEST",
        state=state,
        short=short,
        action=(
            f"{Words(tenants[0], at, presentation).span}. {_PROOF}",
            *([rest] if more > 0 else []),
        ),
        footer=_warning(facts, at),
        facts=tuple(_fact(tenant, at, presentation) for tenant in tenants[:_SHOWN]),
    )


def _fact(tenant: TenantSummary, at: datetime, presentation: Presentation) -> tuple[str, str]:
    words = Words(tenant, at, presentation)
    title = "Open" if tenant.standing else "Blind" if tenant.blind else "Well"
    if title == "Well" and tenant.verdict is not Verdict.HEALTHY:
        title = "Late"
    worst = tenant.standing[0].verdict if tenant.standing else tenant.verdict
    parts = [str(worst), words.brief_gap, words.brief_standby, words.brief_drill]
    if tenant.unreadable:
        parts.insert(1, "not readable now")
    name = narrow(inert(tenant.name)) or "a tenant without a name"
    return title, opening(f"{name}: {', '.join(parts)}")


def _warning(facts: BulletinFacts, at: datetime) -> str:
    if facts.digest is None:
        return ""
    coming = utc(next_slot(facts.digest, at), at)
    when = inert(str(facts.digest))
    return f"If this card does not arrive {when} (next: {coming}), treat alerting as broken"
