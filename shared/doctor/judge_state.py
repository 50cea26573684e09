"""Judges of Connect Health and of the store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.doctor import fixes
from shared.doctor.facts import Audience, Step, have, reading_in
from shared.doctor.judge_graph import ASK_THE_APP
from shared.doctor.judge_tokens import any_claims, claims_for, is_the_app
from shared.doctor.judging import (
    AGAIN,
    SOON,
    Check,
    Said,
    failed,
    not_permitted,
    not_verifiable,
    passed,
    see,
)
from shared.domain.cards.wording import duration, inert
from shared.domain.pair.readings import HealthReading, Source
from shared.domain.readings import Reason, Unavailable
from shared.settings.types import Cloud, ConnectHealth, SqliteFile, TablesEndpoint

if TYPE_CHECKING:
    from shared.doctor.facts import Facts, Probed

_REFUSED: Final = re.compile(r"answered (?:401|403)\b(?: (?P<code>[A-Za-z]{1,64}))?")
_FIREWALL: Final = frozenset({"AuthorizationFailure", "IpAuthorizationError"})
"""What Azure Storage answers where a network rule refuses (Microsoft Learn, "Troubleshoot 403")."""
_MISSING: Final = re.compile(r"answered 404\b")

# -- Connect Health -------------------------------------------------------------------------------


def connect_health(facts: Facts) -> Said:
    """Whether the registered servers can be read."""
    said = _connect_health(facts)
    required = facts.settings.connect_health is ConnectHealth.ON
    return Said(said.outcome, said.detail, said.fix, required)


def _connect_health(facts: Facts) -> Said:
    settings = facts.settings
    if settings.connect_health is ConnectHealth.OFF:
        return not_verifiable("Not used: WATCHDOG_CONNECT_HEALTH is off.")
    if settings.cloud is Cloud.CHINA:
        return not_verifiable("Not used: Connect Health does not exist in the cloud china.")
    found = reading_in(facts.sources[Source.CONNECT_HEALTH])
    if isinstance(found, HealthReading):
        return _servers(found, facts)
    if not isinstance(found, Unavailable):
        return failed("It gave a reading of another kind, which is a defect.", "Report it.")
    return _unread(found, facts)


def _unread(found: Unavailable, facts: Facts) -> Said:
    if found.reason is Reason.FORBIDDEN:
        mine = is_the_app(facts)
        fix = fixes.connect_health(claims_for(facts, Audience.ARM)) if mine else ASK_THE_APP
        whose = "the identity has" if mine else "you have"
        return not_permitted(f"Resource Manager denies it: {whose} no Reader on it.", fix)
    if found.reason is Reason.NOT_CONFIGURED:
        return _not_set_up(found, facts.settings.connect_health)
    if found.reason is Reason.THROTTLED:
        return not_verifiable(found.detail, SOON)
    return failed(found.detail, AGAIN)


def _not_set_up(found: Unavailable, wanted: ConnectHealth) -> Said:
    fix = (
        "Install the Microsoft Entra Connect Health agent for sync on both servers, or set"
        " WATCHDOG_CONNECT_HEALTH to off."
    )
    said = failed if wanted is ConnectHealth.ON else not_verifiable
    return said(found.detail, fix)


def _servers(found: HealthReading, facts: Facts) -> Said:
    if not found.members:
        fix = "Install the Microsoft Entra Connect Health agent for sync on both servers."
        return not_verifiable("It answers, and lists no sync server.", fix)
    names = ", ".join(inert(member.name) for member in found.members[:5])
    said = f"It lists {len(found.members)} sync server(s): {names}."
    if is_the_app(facts):
        return passed(said)
    return not_verifiable(f"You can read it. {said}", ASK_THE_APP)


def staging_flags(facts: Facts) -> Said:
    """Whether Connect Health says which server is in staging mode."""
    found = reading_in(facts.sources[Source.CONNECT_HEALTH])
    if not isinstance(found, HealthReading):
        return not_verifiable(
            "Not known: Connect Health was not read.",
            see("Connect Health"),
            required=False,
        )
    said = {None: "unknown", True: "staging", False: "active"}
    shown = ", ".join(f"{inert(m.name)} {said[m.staging]}" for m in found.members[:5])
    if any(member.staging is not None for member in found.members):
        return passed(f"Connect Health says: {shown}.", required=False)
    return not_verifiable(
        "No server says whether it is in staging mode.",
        "Set WATCHDOG_ACTIVE_SERVER and WATCHDOG_STANDBY_SERVERS, so that cards can name them.",
        required=False,
    )


# -- the store ------------------------------------------------------------------------------------


def store(facts: Facts) -> Said:
    """A probe row was written, read and deleted."""
    found, kept = have(facts.store), facts.settings.store
    where = kept.path if isinstance(kept, SqliteFile) else urlsplit(kept.endpoint).netloc
    if found.step is Step.DONE:
        more = f", and {found.cleaned} that an earlier doctor left" if found.cleaned else ""
        whose = "" if is_the_app(facts) else " (with your rights, not the identity's)"
        return passed(f"A probe row was written, read and deleted{more}: {where}{whose}.")
    return _store_refused(found, facts, f"The probe row failed at '{found.step}': {found.problem}")


def _store_refused(found: Probed, facts: Facts, said: str) -> Said:
    refused = _REFUSED.search(found.problem)
    by_token = isinstance(facts.settings.store, TablesEndpoint)
    if refused and refused["code"] in _FIREWALL:
        return failed(
            said,
            fixes.lines(
                "A network rule of the storage account refuses the app. Look at its firewall and"
                " private endpoints:",
                fixes.command(
                    f"az storage account show --name {fixes.account_of(facts)}"
                    " --query networkRuleSet"
                ),
                f"If it is open, the role may be missing. {_role_fix(facts)}",
            ),
        )
    if refused and by_token:
        return not_permitted(said, _role_fix(facts))
    if _MISSING.search(found.problem) and by_token:
        return failed(said, fixes.make_table(facts))
    what, _, advice = found.problem.rpartition(": ")  # what happened, what to do (`ports.Store`)
    if not what or not advice:
        return failed(said, AGAIN)
    at = f"The probe row failed at '{found.step}': {what}."
    return failed(at, f"{advice[0].upper()}{advice[1:].rstrip('.')}.")


def _role_fix(facts: Facts) -> str:
    if not is_the_app(facts):
        return ASK_THE_APP
    return fixes.lines(
        fixes.store_role(facts, claims_for(facts, Audience.STORAGE) or any_claims(facts)),
        "The identity may not make the table. If that is missing, too:",
        fixes.make_table(facts),
    )


def last_success(facts: Facts) -> Said:
    """Whether ticks of this tenant complete, as far as the store shows."""
    health = have(facts.health)
    age = duration(health.last_success_age) if health.last_success_age is not None else ""
    if health.status == "ok":
        return passed(f"The last complete tick on this store ended {age} ago.")
    if health.status == "stale":
        return failed(
            f"The last complete tick on this store ended {age} ago, or its time lies in the future:"
            " the timer does not run, or cards are overdue.",
            fixes.lines(
                "Look at the newest watchdog.tick in the log (docs/operate.md), or do a tick now:",
                _run(facts),
            ),
        )
    if health.status == "blind":
        return failed(
            f"Ticks run (the last {age} ago), but Graph could not be read for long.",
            "Mend the rows about Graph.",
        )
    if health.status == "no_success_yet":
        return not_verifiable(
            "No tick of this tenant has completed on this store yet.",
            fixes.lines("After a deployment that is normal for five minutes. Or now:", _run(facts)),
        )
    return not_verifiable("The store could not be read.", see("store writable"))


def _run(facts: Facts) -> str:
    return fixes.command(
        """printf 'header = "x-functions-key: %s"' "$FUNCTION_KEY" |"""
        # --data: without a length, servers answer a POST with 411
        f' curl --fail-with-body --config - --data "" {fixes.own_url(facts)}/api/run'
    )


CHECKS: Final = (
    Check("Connect Health", connect_health),
    Check("staging flags", staging_flags),
    Check("store writable", store),
    Check("last success", last_success),
)
