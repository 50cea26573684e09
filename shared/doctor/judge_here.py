"""Judges of what this process holds: the build, the schedule, keys, people, the version facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cronsim import CronSim

from shared.build_info import CHECKOUT, UNREADABLE
from shared.doctor import fixes
from shared.doctor.judging import Check, Said, failed, not_verifiable, passed
from shared.domain.cards.wording import duration, inert, utc
from shared.domain.standby.versions import OLD_AFTER
from shared.settings.table import SETTINGS
from shared.settings.types import PageAccess
from shared.settings.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.doctor.facts import Facts
    from shared.domain.cards.presentation import Person

_PACKAGE: Final = fixes.lines(
    "Build the package and deploy it (docs/deploy.md):", fixes.command("make package")
)
_MAKE_KEY: Final = '"k1:$(openssl rand -base64 32)"'


def settings(facts: Facts) -> Said:
    """They were read and hold no contradiction, else there would be no facts."""
    kind = facts.settings.credential
    return passed(
        f"All {len(SETTINGS)} were read: none is wrong, missing or contradictory, and every vault"
        f" reference is resolved (cloud {facts.settings.cloud}, credential {kind})."
    )


def build(facts: Facts) -> Said:
    """Which build runs; only a package has a version."""
    python = f", on Python {facts.place.python}" if facts.place.python else ""
    if facts.build == UNREADABLE:
        return failed(f"{facts.build}{python}.", _PACKAGE)
    if facts.build != CHECKOUT:
        return passed(f"{facts.build}{python}.")
    if facts.settings.inside_azure:
        return failed(
            f"{facts.build}{python}: what runs here was not built by the pipeline.",
            _PACKAGE,
        )
    return not_verifiable(f"{facts.build}{python}: which build runs in Azure, only the app knows.")


def schedule(facts: Facts) -> Said:
    """When the timer fires next. Whether it did, the row about the last success tells."""
    expression = facts.settings.schedule
    following = next(CronSim(expression, facts.now))
    period = duration(facts.settings.schedule_period)
    return passed(
        f"{expression} (UTC) means every {period} at most, next at"
        f" {utc(following, facts.now)}; whether it fires, the row 'last success' shows."
    )


def version_facts(facts: Facts) -> Said:
    """Whether the facts about builds of Entra Connect may have missed one."""
    age = facts.facts_age
    if age > OLD_AFTER:
        return not_verifiable(
            f"What this release knows of Entra Connect builds is {age.days} days old, more than"
            f" {OLD_AFTER.days}: it has probably missed one, and cards say so.",
            "Deploy the newest release; or compare shared/sources/version_facts.toml with the pages"
            " that it names, change checked_on, and deploy.",
            required=False,
        )
    return passed(
        f"What this release knows of Entra Connect builds is {max(age.days, 0)} days old"
        f" (good for {OLD_AFTER.days}).",
        required=False,
    )


def signing_keys(facts: Facts) -> Said:
    """Whether links can be signed, where links open pages. Of a key only its id is shown."""
    keys = facts.settings.signing_keys
    if keys:
        ids = ", ".join(key.id for key in keys)
        shortest = min(len(key.reveal()) for key in keys)
        return passed(f"{len(keys)}, newest first: {ids}; the shortest has {shortest} bytes.")
    if facts.settings.page_access is PageAccess.ENTRA:
        return passed("None is set, and none is needed: pages open after sign-in.")
    url = facts.settings.public_url
    if url is None or is_loopback(url):  # in Azure the settings themselves want keys
        return not_verifiable(
            "None is set. On this machine that is allowed; in Azure WATCHDOG_PAGE_ACCESS=link needs"
            " them."
        )
    return failed(
        "None is set, and WATCHDOG_PAGE_ACCESS is link: whoever knows an address may open a page.",
        fixes.lines(
            "Make a key; in Azure put it into the vault (infra/scripts/set-secrets.sh):",
            f"$ export WATCHDOG_SIGNING_KEYS={_MAKE_KEY}",
        ),
    )


def on_call(facts: Facts) -> Said:
    """Who is mentioned on cards; whether Teams knows the name cannot be seen from here."""
    return _people(facts, facts.settings.on_call, "WATCHDOG_ON_CALL", "cards mention")


def escalation(facts: Facts) -> Said:
    """Who is mentioned when nobody acknowledges."""
    return _people(facts, facts.settings.escalate_to, "WATCHDOG_ESCALATE_TO", "escalations mention")


def _people(facts: Facts, people: Sequence[Person], name: str, what: str) -> Said:
    if not people:
        return not_verifiable(
            f"{name} is not set, so {what} nobody: only those are woken who switched the channel's"
            " notifications on, which cannot be seen from here.",
            fixes.set_setting(facts, name, "On-call <oncall@your-domain>"),
            required=False,
        )
    named = ", ".join(inert(person.name) for person in people[:3])
    more = f" and {len(people) - 3} more" if len(people) > 3 else ""  # noqa: PLR2004 - those named
    return passed(
        f"{what[0].upper()}{what[1:]} {named}{more}; the form is right. Whether Teams knows them,"
        " a test card shows.",
        required=False,
    )


CHECKS: Final = (
    Check("settings", settings),
    Check("running build", build),
    Check("timer schedule", schedule),
    Check("version facts", version_facts),
    Check("signing keys", signing_keys),
    Check("on-call", on_call),
    Check("escalation", escalation),
)
