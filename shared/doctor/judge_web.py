"""Judges of the way out: the webhook, the outside monitor, and the app's own public address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from shared.doctor import fixes
from shared.doctor.facts import Door, Web, have
from shared.doctor.judging import Check, Said, failed, not_permitted, not_verifiable, passed, see
from shared.doctor.report import Outcome
from shared.domain.cards.wording import inert
from shared.ports import Delivery
from shared.settings.types import PageAccess
from shared.settings.urls import is_loopback

if TYPE_CHECKING:
    from shared.doctor.facts import Facts

_OK: Final = 200
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_UNAVAILABLE: Final = 503
_REDIRECTS: Final = range(300, 400)
_ANSWERS: Final = range(200, 300)
EXCLUDED: Final = "['/api/health', '/api/run', '/api/doctor']"
_SIGN_IN_HOSTS: Final = (
    frozenset({"login.microsoftonline.com", "login.windows.net"}),
    frozenset({"login.microsoftonline.us"}),
    frozenset({"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}),
)
"""Of each cloud: App Service goes where the issuer says, which need not be where tokens come from.

Microsoft Learn, "Microsoft Entra authentication & national clouds".
"""
_EXCLUDE: Final = (
    "Let App Service sign-in leave exactly these paths out (globalValidation.excludedPaths, deploy"
    f" infra/main.bicep again): {EXCLUDED}."
)
_SIGN_IN: Final = (
    "Switch App Service sign-in on: signIn in the parameters of infra/main.bicep (docs/deploy.md),"
    " or in the portal: Authentication, Add identity provider, Require authentication."
)
_ABOVE: Final = "See the rows above."
_NO_URL: Final = "WATCHDOG_PUBLIC_URL is not set, so it could not be tried."

# -- cards ----------------------------------------------------------------------------------------


def webhook(facts: Facts) -> Said:
    """Whether the workflow accepts a card; only a person sees whether it appears."""
    if facts.card is None:
        return not_verifiable(
            "No card was sent: only a card shows whether the workflow accepts one.",
            fixes.send_card(facts),
        )
    receipt = have(facts.card)
    if receipt.delivery is Delivery.ACCEPTED:
        return passed(
            "The workflow accepted the test card. Accepted is not posted: look at the channel.",
            "If no card appears there within a minute, look at the workflow's run history.",
        )
    return failed(
        receipt.detail,
        "Correct the workflow or WATCHDOG_TEAMS_URL (docs/teams-workflow.md); send a card again.",
    )


def monitor(facts: Facts) -> Said:
    """The dead man's switch is never pinged here: a ping would say that a tick was clean."""
    if facts.settings.dead_man_url is None:
        return not_verifiable(
            "WATCHDOG_DEAD_MAN_URL is not set: if the app stops, only alert rules in Azure say so.",
            "Optional: put a monitor's ping URL into the vault (infra/scripts/set-secrets.sh).",
            required=False,
        )
    return not_verifiable(
        "It is set. It was not pinged, because a ping says that a tick was clean.",
        "Look at the monitor: a ping must come with each tick.",
        required=False,
    )


# -- the app's own address ------------------------------------------------------------------------


def pages(facts: Facts) -> Said:
    """The health page answers strangers."""
    if facts.settings.public_url is None:
        return not_verifiable(
            "WATCHDOG_PUBLIC_URL is not set, so cards have no link to this app.",
            fixes.set_setting(facts, "WATCHDOG_PUBLIC_URL", "https://<function app host>"),
            required=False,
        )
    web = have(facts.web[Door.HEALTH])
    return _unheard(facts, web) or health_answer(web, _host(facts))


def _unheard(facts: Facts, *answers: Web) -> Said | None:
    """Silence towards the app itself: its network may not let it out, and phones are outside."""
    silent = next((each for each in answers if each.status is None), None)
    if silent is None or not facts.settings.inside_azure:
        return None
    return not_verifiable(
        f"Asked from inside the app, {_host(facts)} gave {silent.problem}: perhaps its network lets"
        " it call few hosts. Phones come from outside.",
        fixes.lines(
            "Look from outside, with the function key in FUNCTION_KEY:",
            fixes.command(f"python -m shared.cli doctor --app {fixes.own_url(facts)}"),
        ),
    )


def health_answer(web: Web, host: str) -> Said:
    """What `/api/health` answers to somebody without a key."""
    if web.status is None:
        return failed(
            _silent(host, "/api/health", web),
            "Check that the app runs; then its name in DNS, certificate and access restrictions.",
        )
    if web.status in _REDIRECTS:
        return failed(
            f"{host} redirects /api/health ({web.status}): availability tests would see a sign-in.",
            _EXCLUDE,
        )
    status = _health_status(web)
    if web.status in {_OK, _UNAVAILABLE} and status:
        return passed(f"{host} answers /api/health with {web.status} ({inert(status)}).")
    if web.status in {_UNAUTHORIZED, _FORBIDDEN}:
        return failed(
            f"{host} denies /api/health ({web.status}): sign-in or an access restriction.", _EXCLUDE
        )
    what = "it is no watchdog's answer" if web.status != _UNAVAILABLE else "the app has not started"
    return failed(
        f"{host} answers /api/health with {web.status}, and {what}.",
        "Check WATCHDOG_PUBLIC_URL; then the app's log stream and whether a package is deployed.",
    )


def _health_status(web: Web) -> str:
    try:
        body = json.loads(web.body)
    except (ValueError, RecursionError):
        return ""
    known = isinstance(body, dict) and "last_success_age_seconds" in body
    status = body.get("status") if known else None
    return status if isinstance(status, str) else ""


def sign_in(facts: Facts) -> Said:
    """Whether a stranger is kept out of the pages, in the way that the settings want."""
    settings = facts.settings
    if settings.public_url is None:
        return not_verifiable(
            _NO_URL,
            see("pages reachable"),
        )
    web = have(facts.web[Door.STATUS])
    if (unheard := _unheard(facts, web)) is not None:
        return unheard
    if settings.page_access is PageAccess.LINK:
        return _link_answer(facts, web)
    said = sign_in_answer(web, _host(facts), settings.hosts.authority)
    if said.outcome is Outcome.PASS and settings.inside_azure and not settings.auth_enabled:
        return failed(
            "Strangers are sent to sign in, but not by this app's App Service authentication"
            " (WEBSITE_AUTH_ENABLED is off): it believes nobody who signed in.",
            _SIGN_IN,
        )
    return said


def sign_in_answer(web: Web, host: str, authority: str) -> Said:
    """What `/api/status` answers to a stranger where sign-in is wanted.

    Args:
        web: The answer.
        host: Who gave it.
        authority: The host of the sign-in service; "" where it is not known.
    """
    if web.status is None:
        return failed(_silent(host, "/api/status", web), _ABOVE)
    if web.status in _REDIRECTS:
        return _redirected(web, host, authority)
    if web.status in _ANSWERS:
        return failed(
            f"{host} shows /api/status to anybody ({web.status}).",
            _SIGN_IN,
        )
    if web.status == _UNAUTHORIZED and "www-authenticate" in web.headers:
        return passed(f"{host} refuses strangers at /api/status ({web.status}).")
    if web.status in {_UNAUTHORIZED, _FORBIDDEN}:
        return not_permitted(
            f"{host} refuses strangers at /api/status ({web.status}) and offers no sign-in: nobody"
            " can open a page, so cards say everything themselves.",
            _SIGN_IN,
            required=False,
        )
    return failed(f"{host} answers /api/status with {web.status}.", see("pages reachable"))


def _redirected(web: Web, host: str, authority: str) -> Said:
    try:
        location = urlsplit(web.headers.get("location", ""))
        target = location.hostname or host
    except ValueError:
        location, target = urlsplit(""), ""
    own = target == host.partition(":")[0] and location.path.startswith("/.auth/login/")
    if own or target in _sign_in_hosts(authority):
        return passed(f"{host} sends strangers from /api/status to sign in ({web.status}).")
    return failed(
        f"{host} sends strangers from /api/status to {inert(target) or 'nowhere'}, which is not"
        f" {authority or 'the sign-in service'}.",
        "Check WATCHDOG_CLOUD, the identity provider of App Service authentication, and proxies.",
    )


def _sign_in_hosts(authority: str) -> frozenset[str]:
    if not authority:
        return frozenset().union(*_SIGN_IN_HOSTS)
    known = (hosts for hosts in _SIGN_IN_HOSTS if authority in hosts)
    return next(known, frozenset({authority}))


def _link_answer(facts: Facts, web: Web) -> Said:
    """Where a signed link opens a page, a stranger without one must find nothing."""
    host = _host(facts)
    if web.status is None:
        return failed(_silent(host, "/api/status", web), _ABOVE)
    if web.status == _NOT_FOUND:
        return passed(f"{host} shows strangers nothing at /api/status: a signed link is needed.")
    if web.status in _REDIRECTS or web.status == _UNAUTHORIZED:
        return failed(
            f"{host} asks for sign-in at /api/status, and WATCHDOG_PAGE_ACCESS is link: links of"
            " cards would not open.",
            "Set WATCHDOG_PAGE_ACCESS to entra, or switch App Service authentication off.",
        )
    if web.status in _ANSWERS:
        return failed(f"{host} shows /api/status to anybody ({web.status}).", see("signing keys"))
    return failed(f"{host} answers /api/status with {web.status}.", see("pages reachable"))


def keys(facts: Facts) -> Said:
    """`run` and `doctor` want a key, and say so instead of redirecting."""
    url = facts.settings.public_url
    if url is None:
        return not_verifiable(
            _NO_URL,
            see("pages reachable"),
        )
    if is_loopback(url):
        return not_verifiable("On this machine the Functions host asks for no key.")
    run, doctor = have(facts.web[Door.RUN]), have(facts.web[Door.DOCTOR])
    heard = [
        _key_answer(web, _host(facts), path)
        for web, path in ((run, "/api/run"), (doctor, "/api/doctor"))
        if web.status is not None
    ]
    wrong = next((each for each in heard if each is not None), None)
    return wrong or _unheard(facts, run, doctor) or keys_answer(run, doctor, _host(facts))


def keys_answer(run: Web, doctor: Web, host: str) -> Said:
    """What `POST /api/run` and `POST /api/doctor` answer without a key: the worse of the two."""
    said = (_key_answer(run, host, "/api/run"), _key_answer(doctor, host, "/api/doctor"))
    wrong = next((each for each in said if each is not None), None)
    return wrong or passed(f"{host} refuses /api/run and /api/doctor without a key (401).")


def _key_answer(web: Web, host: str, path: str) -> Said | None:
    """What is wrong with an answer to a request without a key; None when nothing is."""
    if web.status is None:
        return failed(_silent(host, path, web), _ABOVE)
    if web.status in _REDIRECTS or (
        web.status == _UNAUTHORIZED and "www-authenticate" in web.headers
    ):
        return failed(
            f"{host} asks for sign-in at {path} ({web.status}) instead of a key: pipelines and"
            " schedulers cannot get in.",
            _EXCLUDE,
        )
    if web.status == _UNAUTHORIZED:
        return None
    if web.status == _NOT_FOUND:
        return failed(
            f"{host} knows no {path} (404): an older build, or another app.", "Deploy it."
        )
    if web.status in _ANSWERS or web.status in range(400, 403):
        return failed(
            f"{host} answers {path} without a key ({web.status}).",
            "Deploy the package again: its functions run and doctor have the level FUNCTION.",
        )
    return failed(f"{host} answers {path} with {web.status}.", see("pages reachable"))


def _silent(host: str, path: str, web: Web) -> str:
    return f"{host}, asked for {path}, gave {web.problem}."


def _host(facts: Facts) -> str:
    return urlsplit(facts.settings.public_url or "").netloc


CHECKS: Final = (
    Check("webhook", webhook),
    Check("dead man's switch", monitor),
    Check("pages reachable", pages),
    Check("sign-in on the pages", sign_in),
    Check("keys asked for", keys),
)
