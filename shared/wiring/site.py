"""The website, from settings."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from shared.acting import Desk
from shared.domain.cards.links import LinkKey
from shared.settings.types import PageAccess
from shared.site.access import Access
from shared.site.incidents import IncidentSite
from shared.site.routes import Site
from shared.site.status import StatusSite

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.settings import Settings
    from shared.watch import Watch

_PURPOSE: Final = b"entra-connect-watchdog/form-key/v1"
_LIVE_KEYS: Final = 2
"""The newest signs, the one before still opens what it signed: so keys can be rotated."""


def site_of(settings: Settings, watch: Watch, new_id: Callable[[], str]) -> Site:
    """The site of a watch."""
    plan, store = watch.plan, watch.outside.store
    access = access_of(settings)
    incidents = IncidentSite(access, Desk(plan.tenant_id, store, new_id), plan, new_id)
    return Site(incidents, StatusSite(access, plan, store, new_id))


def access_of(settings: Settings) -> Access:
    """Who may come in, and what signs the forms."""
    keys = tuple(LinkKey(key.id, key.reveal()) for key in settings.signing_keys[:_LIVE_KEYS])
    return Access(
        sign_in=settings.page_access is PageAccess.ENTRA,
        sign_in_works=settings.auth_enabled,
        link_keys=keys,
        form_keys=keys or (_derived_key(settings),),
        public_url=settings.public_url or "",
    )


def _derived_key(settings: Settings) -> LinkKey:
    """What signs forms without signing keys: the same on every instance, and as secret.

    With sign-in, a form's token only proves that a page of ours was shown; links need real keys.
    """
    secret = settings.teams_url.reveal().encode() if settings.teams_url else secrets.token_bytes(32)
    return LinkKey("derived", hmac.new(secret, _PURPOSE, hashlib.sha256).digest())
