"""The cards of bulletins: each occasion and the function that writes its card.

A bulletin is written when it is sent, like every card, from what the sending tick knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.domain.bulletins.bulletin import Occasion
from shared.domain.cards import digest_card, drill_cards, drill_due_card

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.bulletins.bulletin import Bulletin
    from shared.domain.bulletins.summary import BulletinFacts
    from shared.domain.cards.presentation import Presentation


def has_subject(bulletin: Bulletin, facts: BulletinFacts) -> bool:
    """Whether there still is something to tell; without, nobody needs the card any more."""
    if bulletin.occasion is Occasion.DIGEST:
        return facts.digest is not None
    if bulletin.occasion is Occasion.DRILL_DUE:
        return facts.drill_is_due
    return facts.drill is not None


def bulletin_message(
    bulletin: Bulletin, facts: BulletinFacts, at: datetime, presentation: Presentation
) -> dict[str, object]:
    """The message to post.

    Args:
        bulletin: What is sent.
        facts: What it tells.
        at: Now, aware.
        presentation: What cards show and link to.

    Returns:
        The whole envelope, as `messages.incident_message` returns it.

    Raises:
        ValueError: It is about a drill, and there is none: see `has_subject`.
    """
    if bulletin.occasion is Occasion.DIGEST:
        return digest_card.digest(bulletin, facts, at, presentation)
    if bulletin.occasion is Occasion.DRILL_DUE:
        return drill_due_card.drill_due(bulletin, facts, at, presentation)
    if facts.drill is None:
        raise ValueError(f"{bulletin.id} has no drill to tell of: ask has_subject first.")
    if bulletin.occasion is Occasion.DRILL_STARTED:
        return drill_cards.started(facts.drill, at, presentation)
    return drill_cards.over(facts.drill, at, presentation)
