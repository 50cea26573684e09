"""Judges of Microsoft Graph: each role by the token and by trying, and what is read with it.

A token's `roles` say what was granted when it was issued; trying says what works. Only both
together pass.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from shared.doctor import fixes
from shared.doctor.facts import Audience, Token, reading_in, tenant_in
from shared.doctor.judge_tokens import claims_for, is_the_app
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
from shared.domain.cards.wording import inert, utc
from shared.domain.pair.readings import CloudSync, Source, SyncConfiguration
from shared.domain.readings import Reason, TenantReading, Unavailable
from shared.sources.permissions import GRAPH_ROLES

if TYPE_CHECKING:
    from shared.doctor.facts import Facts
    from shared.domain.pair.readings import SourceReading
    from shared.sources.permissions import GraphRole

ASK_THE_APP: Final = fixes.ASK_THE_APP
_NO_TOKEN: Final = "There is no token for Graph, so it could not be tried."  # noqa: S105 - a sentence
_SEE_TOKEN: Final = see("token for Graph")
_NAMES: Final = {
    Source.GRAPH: "the organization",
    Source.SYNC_CONFIGURATION: "the sync configuration",
    Source.AUDITS: "the directory audits",
    Source.CERTIFICATES: "the sync servers' applications",
    Source.SERVICE_HEALTH: "the service health",
    Source.CLOUD_SYNC: "Cloud Sync",
}
_EXPECTED: Final = frozenset(role.value for role in GRAPH_ROLES)


def _tried(facts: Facts, source: Source) -> SourceReading | TenantReading | Unavailable:
    if source is Source.GRAPH:
        return tenant_in(facts.tenant)
    return reading_in(facts.sources[source])


def _has_token(facts: Facts) -> bool:
    return isinstance(facts.tokens.get(Audience.GRAPH), Token)


def role(wanted: GraphRole, facts: Facts) -> Said:
    """One application permission."""
    said = _role(wanted, facts)
    return Said(said.outcome, said.detail, said.fix, wanted.required)


def _role(wanted: GraphRole, facts: Facts) -> Said:
    if not _has_token(facts):
        return not_verifiable(_NO_TOKEN, _SEE_TOKEN)
    tried = _tried(facts, wanted.source)
    claims = claims_for(facts)
    what = _NAMES[wanted.source]
    if not is_the_app(facts) or (claims is not None and claims.delegated):
        return _of_a_person(tried, what)
    if claims is None:
        if isinstance(tried, Unavailable):
            return _not_read(tried, what, fixes.grant(wanted.value, facts, claims))
        return not_verifiable(
            f"Reading {what} works, but the token is opaque: it does not say by which right.",
        )
    held = wanted.value in claims.roles
    if isinstance(tried, Unavailable):
        return _refused(wanted, facts, tried, held=held)
    return _read(wanted, facts, tried, held=held)


def _of_a_person(tried: object, what: str) -> Said:
    if not isinstance(tried, Unavailable):
        return not_verifiable(
            f"You can read {what}; that says nothing about the app's identity.",
            ASK_THE_APP,
        )
    if tried.reason is Reason.FORBIDDEN:
        return not_permitted(
            f"You may not read {what}; the app's identity may have other rights.",
            ASK_THE_APP,
        )
    return _not_read(tried, what, ASK_THE_APP)


def _not_read(tried: Unavailable, what: str, grant: str) -> Said:
    if tried.reason is Reason.FORBIDDEN:
        return not_permitted(f"Graph denies {what}.", grant)
    if tried.reason is Reason.THROTTLED:
        return not_verifiable(tried.detail, SOON)
    if tried.reason is Reason.NOT_CONFIGURED:
        return not_verifiable(tried.detail)
    return failed(tried.detail, AGAIN)


def _refused(wanted: GraphRole, facts: Facts, tried: Unavailable, *, held: bool) -> Said:
    """The source gave no reading; the token holds the role, or not."""
    what = _NAMES[wanted.source]
    if not held:
        return not_permitted(
            f"The token does not hold it, and {what} cannot be read ({tried.reason}).",
            fixes.grant(wanted.value, facts, claims_for(facts)),
        )
    if tried.reason is not Reason.FORBIDDEN:
        if tried.reason is Reason.NOT_CONFIGURED:
            return passed(f"The token holds it; Graph answered: {tried.detail}")
        return _not_read(tried, what, "")
    missing = _also_needed(wanted, facts)
    if missing:
        return not_verifiable(
            f"The token holds it; it cannot be tried without {missing}.",
            see(f"Graph role {missing}"),
        )
    return not_permitted(
        f"The token holds it, and Graph denies {what} all the same: a licence (Entra ID"
        " P1), or Microsoft does not let applications read it in this tenant.",
        "Check the tenant's licences; else leave it: the watchdog works without it and says so."
        if not wanted.required
        else fixes.grant(wanted.value, facts, claims_for(facts)),
    )


def _also_needed(wanted: GraphRole, facts: Facts) -> str:
    """Another role without which this one's source cannot be read, and which is missing."""
    claims = claims_for(facts)
    held = claims.roles if claims else ()
    others = (
        each.value
        for each in GRAPH_ROLES
        if each is not wanted and wanted.source in each.sources and each.value not in held
    )
    return next(others, "")


def _read(
    wanted: GraphRole, facts: Facts, tried: SourceReading | TenantReading, *, held: bool
) -> Said:
    """The source gave a reading; the token holds the role, or not."""
    what = _NAMES[wanted.source]
    unproven = isinstance(tried, CloudSync) and tried.jobs == 0
    grant = fixes.grant(wanted.value, facts, claims_for(facts))
    if held and unproven:
        return passed("The token holds it; Cloud Sync is not used here, so nothing was to be read.")
    if held:
        return passed(f"The token holds it, and {what} could be read.")
    if unproven:
        return not_permitted(
            "The token does not hold it. It is not missed today: Cloud Sync is not used here.",
            grant,
        )
    return failed(
        f"The token does not hold it; {what} could be read by a wider right, which nobody"
        " should rely on.",
        grant,
    )


def surplus(facts: Facts) -> Said:
    """Least privilege: nothing but the list."""
    if not _has_token(facts):
        return not_verifiable(_NO_TOKEN, _SEE_TOKEN, required=False)
    claims = claims_for(facts)
    if not is_the_app(facts) or (claims is not None and claims.delegated):
        return not_verifiable(
            "The token is yours: your rights are not the identity's.", ASK_THE_APP, required=False
        )
    if claims is None:
        return not_verifiable("The token is opaque: it does not say its roles.", required=False)
    more = tuple(each for each in claims.roles if each not in _EXPECTED)
    if not more:
        return passed("The token holds no other role.", required=False)
    return failed(
        f"The token holds {len(more)} that the watchdog never uses: {', '.join(more[:8])}"
        f"{', …' if len(more) > 8 else ''}.",  # noqa: PLR2004 - as many as are named
        fixes.revoke(facts.settings.hosts.graph_url, more[:8], claims),
        required=False,
    )


# -- what is read with the roles ------------------------------------------------------------------


def tenant(facts: Facts) -> Said:
    """Graph's organization is the watched tenant."""
    found = tenant_in(facts.tenant)
    if isinstance(found, Unavailable):
        if not _has_token(facts):
            return not_verifiable(_NO_TOKEN, _SEE_TOKEN)
        if found.reason is Reason.FORBIDDEN:
            return not_permitted(
                "Graph withheld the organization.",
                see("Graph role Organization.Read.All"),
                required=False,  # the fault is that row's
            )
        return failed(found.detail, AGAIN)
    off = "" if found.sync_enabled else "; directory sync is off there, which the cards will say"
    name = inert(found.display_name) or "(no name)"
    return passed(f"Graph's organization is {name}, the one of WATCHDOG_TENANT_ID{off}.")


def password_sync(facts: Facts) -> Said:
    """The beta endpoint: the time of the last password sync, the second heartbeat."""
    found = tenant_in(facts.tenant)
    if isinstance(found, Unavailable):
        return not_verifiable(
            "Graph's organization could not be read.", see("tenant"), required=False
        )
    at = found.password_sync_at
    if isinstance(at, Unavailable):
        return failed(
            f"Graph's beta endpoint does not say it. {at.detail}",
            "Without it the watchdog judges by object sync alone, which is slower. Run the doctor"
            " again later.",
            required=False,
        )
    if at is None:
        return not_verifiable(
            "Graph's beta endpoint answers null: password hash sync is not used, or never ran. The"
            " watchdog then judges by object sync alone.",
            required=False,
        )
    return passed(f"Graph's beta endpoint says {utc(at, facts.now)}.", required=False)


def last_exporter(facts: Facts) -> Said:
    """Whether Graph names the server that exported last, which is the active one."""
    found = reading_in(facts.sources[Source.SYNC_CONFIGURATION])
    if isinstance(found, Unavailable):
        return not_verifiable(
            "Not known: the sync configuration was not read.",
            see("Graph role OnPremDirectorySynchronization.Read.All"),
            required=False,
        )
    if not isinstance(found, SyncConfiguration) or not found.exporter:
        return not_verifiable(
            "Graph does not name who exported last; Connect Health and the audit log may still show"
            " it.",
            required=False,
        )
    return passed(f"Graph names {inert(found.exporter)}.", required=False)


CHECKS: Final = (
    *(Check(f"Graph role {each.value}", partial(role, each)) for each in GRAPH_ROLES),
    Check("Graph roles beyond the list", surplus),
    Check("tenant", tenant),
    Check("password sync time", password_sync),
    Check("last exporter", last_exporter),
)
