"""What a Workflows webhook does with a message: accept everything, and fail quietly later.

A 202 is not delivery: the flow parses the message after it has answered. The checks below are
the reasons for which such runs are known to fail: the envelope, the card's type, its version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.graph import Json

CARD_TYPE: Final = "application/vnd.microsoft.card.adaptive"
MAX_BYTES: Final = 28_672
"""Larger messages are accepted and then fail in the run (Teams' message limit of 28 KB)."""
SIGNATURE: Final = "canary-8Yq1ZkV0sX2nB7"
"""The `sig=` of the webhook, a made-up secret that must turn up nowhere else."""
WEBHOOK_PATH: Final = (
    "/powerautomate/automations/direct/workflows/0f1e2d3c4b5a/triggers/manual/paths/invoke"
)
WEBHOOK_QUERY: Final = f"?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"


def read_message(body: bytes) -> tuple[Json, str | None]:
    """Parse a posted message as the flow would.

    Returns:
        The message (empty if it is no JSON object), and why its run fails: None if it succeeds.
    """
    try:
        message = json.loads(body)
    except ValueError:
        return {}, "the body is not JSON"
    if not isinstance(message, dict):
        return {}, "the body is not a JSON object"
    if len(body) > MAX_BYTES:
        return message, f"the message has {len(body)} bytes, more than {MAX_BYTES}"
    return message, _fault_of_message(message)


def _fault_of_message(message: Json) -> str | None:
    if message.get("type") != "message":
        return "Property 'type' must be 'message'"
    attachments = message.get("attachments")
    if not isinstance(attachments, list) or len(attachments) != 1:
        return "'attachments' must be a list with one card"
    attachment = attachments[0]
    if not isinstance(attachment, dict) or attachment.get("contentType") != CARD_TYPE:
        return f"'contentType' must be '{CARD_TYPE}'"
    return _fault_of_card(attachment.get("content"))


def _fault_of_card(card: object) -> str | None:
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return "Property 'type' must be 'AdaptiveCard'"
    if card.get("version") != "1.4":
        return f"version {card.get('version')!r} fails through Power Automate: it must be '1.4'"
    if not isinstance(card.get("body"), list) or not card["body"]:
        return "the card has no body"
    return None


def card_of(message: Json) -> Json:
    """The adaptive card inside an accepted message."""
    attachments = message["attachments"]
    if not isinstance(attachments, list):
        raise TypeError("not an accepted message: `attachments` is no list")
    card: Json = attachments[0]["content"]
    return card
