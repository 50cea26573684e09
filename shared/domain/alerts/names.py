"""What a Connect Health alert is about, told from its name.

Names are matched by their words, not letter by letter: their wording changes ("is not" became
"isn't", Azure AD became Microsoft Entra ID), and short names are not published. What no rule knows
is `OTHER`: an alert is never dropped because its name is new.

Source: Microsoft Learn, Entra ID, how-to-connect-health-alert-catalog (alerts for sync).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.domain.pair.readings import HealthAlert


class AlertKind(StrEnum):
    """What an alert is about."""

    DATA_STALE = "data_stale"
    SERVICE_STOPPED = "service_stopped"
    ENTRA_IMPORT_FAILED = "entra_import_failed"
    ENTRA_SIGN_IN_FAILED = "entra_sign_in_failed"
    AD_EXPORT_FAILED = "ad_export_failed"
    AD_IMPORT_FAILED = "ad_import_failed"
    ENTRA_EXPORT_FAILED = "entra_export_failed"
    PASSWORD_HEARTBEAT = "password_heartbeat"  # noqa: S105 - an alert, not a password
    PASSWORD_STOPPED = "password_stopped"  # noqa: S105 - an alert, not a password
    DELETE_THRESHOLD = "delete_threshold"
    RESOURCES = "resources"
    OTHER = "other"


def kind_of(alert: HealthAlert) -> AlertKind:
    """What the alert is about, by its name, else by its short name; `OTHER` if neither tells."""
    for text in (alert.name, alert.short_name):
        words = _words(text)
        for kind, fits in _RULES:
            if fits(words):
                return kind
    return AlertKind.OTHER


# -- words ----------------------------------------------------------------------------------------

_LONGEST: Final = 512
"""Characters of a name that are looked at; sources keep fewer."""

_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APART: Final = re.compile(r"[\W_]+")
_SAME: Final = tuple(
    (re.compile(rf"\b(?:{old})\b"), new)
    for old, new in (
        (r"(is|are|was|were|has|have|does|did|do|could)n ?t", r"\1 not"),
        (r"can ?t|cannot", "can not"),
        (r"up to date|uptodate", "current"),
        (r"azure active directory|azure ad|aad", "entra"),
        (r"(?:microsoft )?entra id|microsoft entra", "entra"),
        (r"entra connect sync|entra connect|connect sync", "connectsync"),
        (r"active directory(?: domain services)?|ad ds|adds", "ad"),
    )
)
"""Old and new words for one thing; in this order, since each sees what the ones above made."""

_BAD_WORDS: Final = (
    "not no failed failing fails failure failures error errors stopped stops stalled down"
)
_BAD: Final = frozenset(_BAD_WORDS.split())


def _words(text: str) -> tuple[str, ...]:
    """Lower-case words, with one word for each product whatever its name was at the time."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST])
    plain = _APART.sub(" ", _HUMPS.sub(" ", plain).casefold())
    for old, new in _SAME:
        plain = old.sub(new, plain)
    return tuple(plain.split())


# -- rules ----------------------------------------------------------------------------------------


def _has(*groups: str) -> Callable[[tuple[str, ...]], bool]:
    """Whether each group has at least one of its words in the name."""
    wanted = [frozenset(group.split()) for group in groups]
    return lambda words: all(group & set(words) for group in wanted)


def _failed_run(verb: str, system: str) -> Callable[[tuple[str, ...]], bool]:
    """Whether an import or export of one system failed.

    A name may hold both systems, so the one that follows the verb counts, else the one before it.
    """

    def fits(words: tuple[str, ...]) -> bool:
        at = next((n for n, word in enumerate(words) if word in (verb, f"{verb}s")), None)
        if at is None or not _BAD & set(words):
            return False
        ordered = [*words[at:], *reversed(words[:at])]
        return next((word for word in ordered if word in ("entra", "ad")), "") == system

    return fits


def _about_passwords(*groups: str) -> Callable[[tuple[str, ...]], bool]:
    """As `_has`, for password hash sync; password writeback is another matter."""
    fits = _has("password passwords phs", *groups)
    return lambda words: fits(words) and "writeback" not in words


_RULES: Final[tuple[tuple[AlertKind, Callable[[tuple[str, ...]], bool]], ...]] = (
    (
        AlertKind.DELETE_THRESHOLD,
        _has("delete deletes deleted deletion deletions", "threshold accidental accidentally"),
    ),
    (AlertKind.PASSWORD_HEARTBEAT, _about_passwords("heartbeat heartbeats")),
    (AlertKind.PASSWORD_STOPPED, _about_passwords(_BAD_WORDS)),
    (AlertKind.DATA_STALE, _has("data", "not no", "current")),
    (AlertKind.DATA_STALE, _has("data", "stale outdated freshness missing")),
    (
        AlertKind.ENTRA_SIGN_IN_FAILED,
        _has("entra", "authentication authenticate credential credentials"),
    ),
    (AlertKind.ENTRA_IMPORT_FAILED, _failed_run("import", "entra")),
    (AlertKind.AD_IMPORT_FAILED, _failed_run("import", "ad")),
    (AlertKind.ENTRA_EXPORT_FAILED, _failed_run("export", "entra")),
    (AlertKind.AD_EXPORT_FAILED, _failed_run("export", "ad")),
    (
        AlertKind.SERVICE_STOPPED,
        _has("service", "sync synchronization adsync connectsync", _BAD_WORDS),
    ),
    (AlertKind.RESOURCES, _has("cpu processor memory disk")),
)
"""The first rule that fits decides: the narrower ones stand above the wider ones."""
