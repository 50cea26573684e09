"""Forms: reading what was sent, and the token that makes each form act once.

A token is bound to the subject (an incident, or the status page), the action, the visitor and a
day; it carries the form's id, which is stored with what the form did. So the same form sent again
finds what it did and does nothing. A token alone proves that a page of ours was shown to this very
visitor, which is what keeps other sites from acting in a signed-in person's name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from shared.domain.cards.links import LinkKey
from shared.site.answers import MAX_BODY

if TYPE_CHECKING:
    from shared.site.answers import Request

VALID_FOR: Final = timedelta(hours=24)
MAX_FIELDS: Final = 200
_PURPOSE: Final = b"entra-connect-watchdog/form/v1/"
_TOKEN: Final = re.compile(
    r"(?P<id>[a-z0-9]{8,32})\.(?P<expires>[0-9]{1,12})\.(?P<mac>[A-Za-z0-9_-]{22})"
)
_FORM: Final = "application/x-www-form-urlencoded"


class FormError(Exception):
    """What was sent cannot be read. `status` is the answer's; the text is for the visitor."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Form:
    """What a visitor sent.

    Attributes:
        id: The form's id, from its token.
        values: Every field by name; of a repeated name, all values in order.
    """

    id: str
    values: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        """The first value of a field, without blanks around it; "" when it is not there."""
        found = self.values.get(name, ())
        return found[0].strip() if found else ""


@dataclass(frozen=True, slots=True)
class FormKey:
    """What the tokens of one page are bound to.

    Attributes:
        keys: Sign, newest first; a form that an older one signed still counts.
        subject: The incident's id, or "status".
        visitor: Whom the page was shown to.
    """

    keys: tuple[LinkKey, ...]
    subject: str
    visitor: str

    def token(self, action: str, form_id: str, at: datetime) -> str:
        """The hidden field of a form.

        Args:
            action: What the form asks for.
            form_id: 8 to 32 lower-case letters and digits, fresh for each form that is shown.
            at: Now.
        """
        expires = int((at + VALID_FOR).timestamp())
        parts = (self.subject, self.visitor, action, form_id, str(expires))
        return f"{form_id}.{expires}.{_mac(self.keys[0], parts)}"

    def form_id(self, action: str, token: str, at: datetime) -> str | None:
        """The form's id if the token is genuine and not expired. Total over any text."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        expires = int(match["expires"])
        parts = (self.subject, self.visitor, action, match["id"], str(expires))
        genuine = False
        for key in self.keys:
            genuine |= hmac.compare_digest(_mac(key, parts), match["mac"])
        return match["id"] if genuine and at.timestamp() < expires else None


def _mac(key: LinkKey, parts: tuple[str, ...]) -> str:
    # each part with its length: no part can borrow from its neighbour, whatever it holds
    encoded = [part.encode(errors="surrogatepass") for part in parts]
    text = _PURPOSE + b"".join(b"%d:%b" % (len(part), part) for part in encoded)
    digest = hmac.new(key.key, text, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def fields_of(request: Request) -> dict[str, tuple[str, ...]]:
    """The fields of a form that was sent.

    Raises:
        FormError: It is too large, no form, or not text.
    """
    if len(request.body) > MAX_BODY:
        raise FormError(413, "What was sent is too large. Nothing was changed.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise FormError(415, "What was sent is not a form of this page. Nothing was changed.")
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError:
        text = "What was sent cannot be read as text. Nothing was changed."
        raise FormError(400, text) from None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found
