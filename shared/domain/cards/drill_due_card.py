"""The card that reminds the team to practise: the last drill is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.bulletins.falling import DRILL_REMIND_EVERY
from shared.domain.cards.bulletin_parts import BulletinText, message, status_button
from shared.domain.cards.tenant_words import Words
from shared.domain.cards.wording import day
from shared.domain.drills.drill import DRILL_EVERY

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.bulletins.bulletin import Bulletin
    from shared.domain.bulletins.summary import BulletinFacts
    from shared.domain.cards.presentation import Presentation


def drill_due(
    bulletin: Bulletin, facts: BulletinFacts, at: datetime, presentation: Presentation
) -> dict[str, object]:
    """The message that a drill is due; see `bulletins.bulletin_message`.

    That a failover in reality often takes 15 to 30 minutes, and that practice shortens this much,
    is said by the guide to a pair of Entra Connect servers that this project started from.
    """
    tenant = facts.tenants[0]
    buttons = status_button(presentation, at)
    last = tenant.drill_at
    days = (at - (last or tenant.watched_since)).days
    if last is None:
        state = f"**No drill is recorded** in the {days} d since watching began."
        short = f"no drill recorded in {days} d"
    else:
        state = f"**The last drill that ended with a recovery was {days} d ago**, on {day(last)}."
        short = f"last drill {days} d ago"
    page = ", or on the status page" if buttons else ""
    words = Words(tenant, at, presentation)
    text = BulletinText(
        emoji="🎯",
        title="Practise failing over",
        about=tenant.name,
        word="DRILL_DUE",
        state=state,
        short=f"{short}, limit {DRILL_EVERY.days} d",
        action=(
            "**Plan a practice failover** in a maintenance window, with the users told.",
            "A real failover often takes 15 to 30 minutes; practice makes that much shorter.",
            f"Start the stopwatch with the command **drill start**{page}.",
            "Real monitoring goes on meanwhile.",
        ),
        footer=f"Asked again every {DRILL_REMIND_EVERY.days} d until one ends with a recovery",
        facts=(("Limit", f"a drill every {DRILL_EVERY.days} d"), ("Standby", words.standby)),
    )
    return message(bulletin, text, buttons)
