"""The checks of a standby that rest on slow facts: its build, its certificate, its agent.

Sources (Microsoft Learn, Entra ID, hybrid, connect): security-updates-pks (the floors of Connect
Sync and of the Health agent), reference-connect-version-history (end of support, recalled builds),
authenticate-application-id (a certificate is renewed by the server itself, but not while its
scheduler is suspended; `Get-ADSyncEntraConnectorCredential` tells how it signs in),
how-to-connect-sync-staging-server (a staging server synchronizes no passwords; after the switch
it needs time to catch up).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.domain.drills.drill import DRILL_EVERY
from shared.domain.pair.readings import Source, server_key
from shared.domain.pair.report import Check, CheckName, Outcome
from shared.domain.standby.case import NEAR, SLOW_FACTS_LAST, details_of
from shared.domain.standby.support_ends import SupportEnd, support_end
from shared.domain.standby.versions import parse, shown, stale

if TYPE_CHECKING:
    from datetime import datetime

    from shared.domain.pair.readings import Certificate
    from shared.domain.pair.view import PairView
    from shared.domain.standby.case import StandbyCase
    from shared.domain.standby.versions import Version

_LOOK_AT_VERSION: Final = (
    "On that server, look up the version of Microsoft Entra Connect Sync among the installed apps."
)
_LOOK_AT_BOTH: Final = (
    "On both servers, look up the version of Microsoft Entra Connect Sync among the installed "
    "apps: the standby's must not be older."
)
_UPGRADE: Final = (
    "Upgrade it; the installer is in the Entra admin center, Entra Connect, Get started, Manage."
)
_UPDATE_AGENT: Final = (
    "Install the newest Connect Health agent on that server (aka.ms/connecthealth-download)."
)
_LOOK_AT_SIGN_IN: Final = (
    "On that server, run Get-ADSyncEntraConnectorCredential: it tells whether the server signs in "
    "with an application and its certificate, or with an account."
)
_RENEW: Final = (
    "On that server, run Get-ADSyncScheduler: SchedulerSuspended must be False, since a suspended "
    "server does not renew its certificate."
)


# -- the build ------------------------------------------------------------------------------------


def version(case: StandbyCase) -> Check:
    """Whether its build can sync at all."""
    name, source, facts = CheckName.VERSION, Source.HEALTH_DETAILS, case.view.facts
    build = case.version()
    if build is None:
        return _no_version(case, name)
    runs = f"{case.name} runs {shown(build)}"
    note = facts.notes.get(build, "")
    if build < facts.floor:
        text = f"{runs}, and builds below {shown(facts.floor)} cannot sync any more"
        return case.check(name, Outcome.FAIL, "below_floor", text, source, how=_UPGRADE)
    if build in facts.recalled:
        text = f"{runs}, which Microsoft recalled" + (f": {note}" if note else "")
        return case.check(name, Outcome.FAIL, "recalled", text, source, how=_UPGRADE)
    text = runs + (f" (known issue: {note})" if note else "")
    return case.check(name, Outcome.PASS, "version_works", text, source)


def _no_version(case: StandbyCase, name: CheckName) -> Check:
    source, how = Source.HEALTH_DETAILS, _LOOK_AT_VERSION
    if not case.recent(source, SLOW_FACTS_LAST):
        return case.unread(name, source, how)
    details = case.details()
    if details is not None and details.version and details.unread is None:
        reason, text = "version_unreadable", f"The version of {case.name} makes no sense"
    else:
        reason, text = "no_version", f"Connect Health did not tell the version of {case.name}"
    return case.check(name, Outcome.UNKNOWN, reason, text, source, how=how)


def not_older(case: StandbyCase) -> Check:
    """Whether its build is at least the active server's; that one unknown, nobody knows."""
    name, source = CheckName.NOT_OLDER, Source.HEALTH_DETAILS
    build = case.version()
    if build is None:
        return _no_version(case, name)
    active, from_source = _active_version(case.view, case)
    if active is None:
        text = f"{case.name} runs {shown(build)}; the active server's version is not known"
        return case.check(
            name, Outcome.UNKNOWN, "active_version_unknown", text, source, how=_LOOK_AT_BOTH
        )
    if build < active:
        text = f"{case.name} runs {shown(build)}, older than {shown(active)} on the active server"
        return case.check(name, Outcome.FAIL, "older_than_active", text, from_source, how=_UPGRADE)
    same = "the same build as" if build == active else f"newer than {shown(active)} on"
    text = f"{case.name} runs {shown(build)}, {same} the active server"
    return case.check(name, Outcome.PASS, "not_older", text, from_source)


def _active_version(view: PairView, case: StandbyCase) -> tuple[Version | None, Source]:
    """The active server's build: by Connect Health, else by the tenant if that server exported."""
    active = case.roles.active
    if active is None:
        return None, Source.HEALTH_DETAILS
    if case.recent(Source.HEALTH_DETAILS, SLOW_FACTS_LAST):
        details = details_of(view.readings, active)
        build = parse(details.version) if details else None
        if build is not None:
            return build, Source.HEALTH_DETAILS
    settings = view.readings.sync_configuration.reading
    if settings is None or not case.recent(Source.SYNC_CONFIGURATION, SLOW_FACTS_LAST):
        return None, Source.HEALTH_DETAILS
    if server_key(settings.exporter or "") != server_key(active.name):
        return None, Source.HEALTH_DETAILS
    return parse(settings.client_version), Source.SYNC_CONFIGURATION


def supported(case: StandbyCase) -> Check:
    """Whether Microsoft supports its build; an unsupported one still syncs."""
    name, source, facts = CheckName.SUPPORTED, Source.HEALTH_DETAILS, case.view.facts
    build = case.version()
    if build is None:
        text = f"Support is not known, because the version of {case.name} is not"
        return case.check(name, Outcome.NOTE, "version_unknown", text, source)
    told = support_end(facts, build, case.view.at)
    text = f"{case.name} runs {shown(build)}, {told.words}"
    if stale(facts, case.view.at.date()):
        text = f"{text}, by version facts of {facts.checked_on.isoformat()}, which are old"
    if told.end in {SupportEnd.ENDED, SupportEnd.NEAR}:
        reason = "unsupported" if told.end is SupportEnd.ENDED else "support_ends"
        return case.check(name, Outcome.WARN, reason, text, source, how=_UPGRADE)
    reason = "newer_than_facts" if told.end is SupportEnd.NOT_KNOWN else "supported"
    return case.check(name, Outcome.PASS, reason, text, source)


# -- the certificate ------------------------------------------------------------------------------


def certificate(case: StandbyCase) -> Check:
    """Whether it can still sign in for a month."""
    name, source = CheckName.CERTIFICATE, Source.CERTIFICATES
    if not case.recent(source, SLOW_FACTS_LAST):
        return case.unread(name, source, _LOOK_AT_SIGN_IN)
    found = certificate_of(case.view, case.name)
    if found is None:
        text = f"No sync application of {case.name} was found; it may sign in with an account"
        return case.check(
            name, Outcome.UNKNOWN, "no_certificate", text, source, how=_LOOK_AT_SIGN_IN
        )
    reason, text = ends(f"The certificate of {case.name}", found.expires_at, case.view.at)
    if reason:
        return case.check(name, Outcome.FAIL, reason, text, source, how=_RENEW)
    return case.check(name, Outcome.PASS, "valid", text, source)


def certificate_of(view: PairView, name: str) -> Certificate | None:
    """The certificate of a server that lasts longest; None when none was found."""
    reading, key = view.readings.certificates.reading, server_key(name)
    found = [c for c in reading.servers if server_key(c.server) == key] if reading else []
    return max(found, key=lambda each: each.expires_at, default=None)


def ends(what: str, end: datetime, at: datetime) -> tuple[str, str]:
    """The reason and the sentence for something that ends; no reason while it is far off."""
    day = end.date().isoformat()
    if end <= at:
        return "expired", f"{what} expired on {day}"
    if end - at <= NEAR:
        return "expires", f"{what} expires on {day}"
    return "", f"{what} is valid until {day}"


# -- the rest -------------------------------------------------------------------------------------


def agent(case: StandbyCase) -> Check:
    """Whether its Health agent raises every alert: without them, "no alert" says less."""
    name, source, floor = CheckName.AGENT, Source.HEALTH_DETAILS, case.view.facts.agent_floor
    details = case.details() if case.recent(source, SLOW_FACTS_LAST) else None
    build = parse(details.agent_version) if details else None
    if build is None:
        text = f"The version of the Health agent on {case.name} is not known"
        return case.check(name, Outcome.NOTE, "agent_unknown", text, source)
    runs = f"The Health agent on {case.name} is {shown(build)}"
    if build < floor:
        text = f"{runs}; below {shown(floor)} it no longer raises some alerts"
        return case.check(name, Outcome.WARN, "agent_old", text, source, how=_UPDATE_AGENT)
    return case.check(name, Outcome.PASS, "agent_works", runs, source)


def passwords(case: StandbyCase) -> Check:
    """What password hash sync will do after a switch."""
    used = case.view.password_sync
    settings = case.view.readings.sync_configuration.reading
    told = settings is not None and settings.password_sync is not None
    source = Source.SYNC_CONFIGURATION if told else Source.GRAPH
    at = case.view.readings.sync_configuration.read_at if told else case.view.at
    reason = {True: "starts_after_switch", False: "not_used", None: "not_known"}[used]
    text = {
        True: f"Password hash sync starts on {case.name} only after a switch; watch it catch up",
        False: "Password hash sync is not used",
        None: "Whether password hash sync is used is not known",
    }[used]
    return case.check(CheckName.PASSWORDS, Outcome.NOTE, reason, text, source, at=at)


def drill(case: StandbyCase) -> Check:
    """When a failover was practised last, whichever way; practice decides no advice."""
    last, reason = case.view.drill_at, "practised"
    if last is None:
        reason, text = "no_drill", f"No practised failover to {case.name} is recorded"
    else:
        text = f"A failover of this pair was last practised on {last.date().isoformat()}"
        if case.view.at - last > DRILL_EVERY:
            reason, text = "drill_old", f"{text}, more than {DRILL_EVERY.days} days ago"
    return case.check(CheckName.DRILL, Outcome.NOTE, reason, text, Source.INTENDED)
