"""Judges of tokens and of our clock."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.doctor import fixes
from shared.doctor.facts import Audience, Gone, Token, token_in
from shared.doctor.judging import Check, Said, failed, not_verifiable, passed, see
from shared.domain.cards.wording import utc
from shared.domain.readings import Unavailable
from shared.domain.tenant.heartbeats import SKEW_TOLERANCE
from shared.settings.types import CredentialKind
from shared.sources.http_answer import http_date

if TYPE_CHECKING:
    from shared.doctor.claims import Claims
    from shared.doctor.facts import Facts

_UNUSED: Final = {
    Audience.GRAPH: "Not used.",
    Audience.ARM: "Not used: Connect Health is not read (WATCHDOG_CONNECT_HEALTH, WATCHDOG_CLOUD).",
    Audience.STORAGE: "Not used: the store is not opened by a token.",
}


def claims_for(facts: Facts, audience: Audience = Audience.GRAPH) -> Claims | None:
    """What the token for an audience says; None without a readable token."""
    found = facts.tokens.get(audience)
    return found.claims if isinstance(found, Token) else None


def any_claims(facts: Facts) -> Claims | None:
    """What the first readable token says of who we are."""
    found = (claims_for(facts, audience) for audience in Audience)
    return next((claims for claims in found if claims is not None), None)


def is_the_app(facts: Facts) -> bool:
    """Whether the rights that are looked at are those of the app's identity."""
    return facts.settings.credential is not CredentialKind.DEVELOPER


def token(audience: Audience, facts: Facts) -> Said:
    """One token: whose, for which tenant, until when."""
    required = audience is not Audience.ARM
    found = facts.tokens.get(audience)
    if found is None:
        return not_verifiable(_UNUSED[audience], required=required)
    value = token_in(found)
    if isinstance(value, Unavailable):
        return failed(value.detail, _mend(facts), required=required)
    claims = value.claims
    left = value.expires_at - facts.now
    if left <= timedelta(0):
        return failed(
            f"The credential gave a token that expired at {utc(value.expires_at, facts.now)}.",
            f"{see('clock')} If the clock is right, restart the app.",
            required=required,
        )
    until = f"good until {utc(value.expires_at, facts.now)}"
    if claims is None:
        return passed(f"Issued, {until}; it is opaque, so whose it is cannot be read.")
    wanted = facts.settings.azure_client_id
    if is_the_app(facts) and wanted and claims.client_id and claims.client_id != wanted.lower():
        return failed(
            f"It is for the client id {claims.client_id}, and AZURE_CLIENT_ID is {wanted}.",
            _mend(facts),
            required=required,
        )
    tenant = " of the watched tenant" if claims.tenant else ""
    return passed(f"For {_who(facts, claims)}{tenant}, {until}.", required=required)


def _who(facts: Facts, claims: Claims) -> str:
    who = "you" if not is_the_app(facts) else "the identity"
    name = f" {claims.identity}" if claims.identity else ""
    named = f"client id {claims.client_id}" if claims.client_id else "no id in it"
    return f"{who}{name} ({named})"


def _mend(facts: Facts) -> str:
    settings, place = facts.settings, facts.place
    if settings.credential is CredentialKind.DEVELOPER:
        return fixes.sign_in_here(settings)
    if not settings.inside_azure:
        return fixes.lines(
            "This is not Azure's Functions host, and WATCHDOG_CREDENTIAL is managed_identity, which"
            " a desk has not. Look with your own sign-in:",
            fixes.command("export WATCHDOG_CREDENTIAL=developer"),
            fixes.sign_in_here(settings),
            fixes.ASK_THE_APP,
        )
    app, group = fixes.app_name(place.app), fixes.group_name(place.group)
    return fixes.lines(
        f"AZURE_CLIENT_ID is {settings.azure_client_id or 'not set (system-assigned identity)'}. Is"
        " that identity assigned to the app?",
        fixes.command(f"az functionapp identity show --resource-group {group} --name {app}"),
    )


# -- the clock ------------------------------------------------------------------------------------


def clock(facts: Facts) -> Said:
    """Our clock against Graph's, and against the times in the tokens."""
    limit = f"the limit is {SKEW_TOLERANCE.total_seconds():.0f} s"
    early = _not_yet_valid(facts)
    if early > SKEW_TOLERANCE:
        return failed(
            f"Our clock is at least {early.total_seconds():.0f} s behind the sign-in service's: a"
            f" token is not valid yet ({limit}).",
            _MEND_CLOCK,
        )
    answer = facts.graph_answer
    web = None if isinstance(answer, Gone) else answer
    date = http_date(web.headers.get("date")) if web else None
    if web is None or web.at is None or date is None:
        why = f" It gave {web.problem}." if web and web.problem else ""
        return not_verifiable(
            f"Our clock could be compared with no other: Graph told no time.{why}",
            "Mend the rows about Graph first.",
        )
    ahead = (web.at - date).total_seconds()
    said = f"Our clock is {abs(ahead):.0f} s {'ahead of' if ahead >= 0 else 'behind'} Graph's"
    if abs(ahead) > SKEW_TOLERANCE.total_seconds():
        return failed(f"{said}; {limit}: ages would be wrong.", _MEND_CLOCK)
    return passed(f"{said}; {limit}.")


_MEND_CLOCK: Final = (
    "In Azure the platform keeps the clock: restart the app. Elsewhere switch NTP on, such as"
    " timedatectl set-ntp true."
)


def _not_yet_valid(facts: Facts) -> timedelta:
    """How far the newest beginning of a token lies in our future."""
    begins = [
        moment
        for audience in Audience
        if (claims := claims_for(facts, audience)) is not None
        for moment in (claims.not_before, claims.issued_at)
        if moment is not None
    ]
    return max((moment - facts.now for moment in begins), default=timedelta(0))


CHECKS: Final = (
    *(Check(f"token for {each}", partial(token, each)) for each in Audience),
    Check("clock", clock),
)
