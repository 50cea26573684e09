"""Rows about cards, the monitor and the app's public address, by planting each answer."""

from __future__ import annotations

from typing import Any

import pytest

from shared.doctor.facts import Door, Gone
from shared.doctor.report import Outcome
from shared.ports import Delivery, Receipt
from tests.support.components import ROOT
from tests.support.doctor_facts import (
    DESK,
    HEALTHY,
    HOST,
    SIGN_IN,
    SIGNED,
    WEB,
    facts,
    page,
    rows,
)

PASS, FAIL = Outcome.PASS, Outcome.FAIL
DENIED, OPEN = Outcome.NOT_PERMITTED, Outcome.NOT_VERIFIABLE
LATE = Gone("did not end within 25 s")
EXCLUDED = "['/api/health', '/api/run', '/api/doctor']"


def door(which: Door, answer: Any) -> dict[str, Any]:
    """A change: what a stranger is answered at one door."""
    return {"web": {**WEB, which: answer}}


@pytest.mark.parametrize(
    ("card", "outcome", "detail", "fix"),
    [
        (Receipt(Delivery.ACCEPTED, "202"), PASS, "look at the channel", "run history"),
        (Receipt(Delivery.REFUSED, "The workflow refused (404)."), FAIL, "(404)", "teams-workflow"),
        (Receipt(Delivery.RETRY, "Teams throttles us (429)."), FAIL, "(429)", "again"),
        (None, OPEN, "No card was sent", "--send-card"),
        (LATE, FAIL, "25 s", "again"),
    ],
)
def test_the_webhook_is_judged_by_a_card(
    card: Any, outcome: Outcome, detail: str, fix: str
) -> None:
    """Accepted is not posted, and not sent is not verified."""
    row = rows(facts(card=card))["webhook"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert fix in row.fix


def test_the_outside_monitor_is_never_pinged_and_never_passes() -> None:
    """A ping of the doctor would say that a tick was clean, which nobody knows."""
    unset = rows(facts())["dead man's switch"]
    environ = {"WATCHDOG_DEAD_MAN_URL": "https://hc-ping.com/f10wc4nary0d6b4e7f9a1"}
    found = rows(facts(environ))["dead man's switch"]

    assert {unset.outcome, found.outcome} == {OPEN}
    assert "It was not pinged" in found.detail
    assert "f10wc4nary" not in found.detail + found.fix


@pytest.mark.parametrize(
    ("answer", "outcome", "detail", "fix"),
    [
        (HEALTHY, PASS, "200 (ok)", ""),
        (
            page(503, b'{"status": "no_success_yet", "last_success_age_seconds": null}'),
            PASS,
            "503 (no_success_yet)",
            "",
        ),
        (page(302, location=SIGN_IN), FAIL, "redirects", EXCLUDED),
        (page(401), FAIL, "denies", EXCLUDED),
        (page(403), FAIL, "denies", EXCLUDED),
        (page(404), FAIL, "404, and it is no watchdog's answer", "WATCHDOG_PUBLIC_URL"),
        (page(200, b"<html>"), FAIL, "no watchdog's answer", "WATCHDOG_PUBLIC_URL"),
        (page(200, b'{"status": "ok"}'), FAIL, "no watchdog's answer", "WATCHDOG_PUBLIC_URL"),
        (page(503, b"starting"), FAIL, "has not started", "log stream"),
        (page(None), OPEN, "no answer in time", "--app https://" + HOST),
        (LATE, FAIL, "25 s", "again"),
    ],
)
def test_the_health_page_answers_strangers(
    answer: Any, outcome: Outcome, detail: str, fix: str
) -> None:
    """200 or 503 with the watchdog's JSON: reachable; whatever else: not."""
    row = rows(facts(**door(Door.HEALTH, answer)))["pages reachable"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert fix in row.fix


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (page(302, location=SIGN_IN), PASS, "to sign in (302)"),
        (page(302, location=f"https://{HOST}/.auth/login/aad?x=1"), PASS, "to sign in"),
        (page(302, location="/.auth/login/aad"), PASS, "to sign in"),
        (page(302, location="https://login.windows.net/x"), PASS, "to sign in"),
        (page(302, location="https://login.microsoftonline.us/x"), FAIL, "which is not"),
        (page(302, location="https://login.evil.example/"), FAIL, "login.evil.example"),
        (page(302, location="https://[bad"), FAIL, "nowhere"),
        (page(302, location=f"https://{HOST}/elsewhere"), FAIL, "which is not"),
        (page(401, www_authenticate="Bearer"), PASS, "refuses strangers"),
        (page(401), DENIED, "offers no sign-in"),
        (page(403), DENIED, "offers no sign-in"),
        (page(200), FAIL, "to anybody"),
        (page(500), FAIL, "with 500"),
        (page(None), OPEN, "gave no answer in time"),
        (LATE, FAIL, "25 s"),
    ],
)
def test_a_stranger_is_sent_to_sign_in(answer: Any, outcome: Outcome, detail: str) -> None:
    """To the sign-in service of the cloud, and nowhere else."""
    row = rows(facts(**door(Door.STATUS, answer)))["sign-in on the pages"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert row.is_fault == (outcome is FAIL)


def test_in_china_pages_and_tokens_have_sign_in_services_of_two_names() -> None:
    """The issuer of the template names one, azure-identity asks the other; each is Microsoft's."""
    environ = {
        "WATCHDOG_CLOUD": "china",
        "WATCHDOG_STORE": "https://contosowatchdog.table.core.chinacloudapi.cn",
    }
    answer = page(302, location="https://login.partner.microsoftonline.cn/x/oauth2/v2.0/authorize")
    template = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")

    assert "login.partner.microsoftonline.cn" in template
    assert rows(facts(environ, **door(Door.STATUS, answer)))["sign-in on the pages"].outcome is PASS


def test_sign_in_that_the_app_does_not_see_is_off() -> None:
    """Whatever the outside looks like, the app believes only `WEBSITE_AUTH_ENABLED`."""
    off = {"WEBSITE_AUTH_ENABLED": ""}
    row = rows(facts(off))["sign-in on the pages"]
    closed = rows(facts(off, **door(Door.STATUS, page(403))))["sign-in on the pages"]

    assert row.outcome is FAIL
    assert "WEBSITE_AUTH_ENABLED" in row.detail
    assert not closed.is_fault  # before sign-in is set up: nobody gets in, and cards do without


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (page(404), PASS, "a signed link is needed"),
        (page(200), FAIL, "to anybody"),
        (page(302, location=SIGN_IN), FAIL, "links of cards would not open"),
        (page(401, www_authenticate="Bearer"), FAIL, "links of cards would not open"),
        (page(500), FAIL, "with 500"),
        (page(None), OPEN, "gave no answer in time"),
    ],
)
def test_with_links_a_stranger_finds_nothing(answer: Any, outcome: Outcome, detail: str) -> None:
    """`WATCHDOG_PAGE_ACCESS=link`: neither a page nor a sign-in."""
    row = rows(facts(SIGNED, **door(Door.STATUS, answer)))["sign-in on the pages"]

    assert row.outcome is outcome
    assert detail in row.detail


@pytest.mark.parametrize("which", [Door.RUN, Door.DOCTOR])
@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (page(401), PASS, "without a key (401)"),
        (page(302, location=SIGN_IN), FAIL, "instead of a key"),
        (page(401, www_authenticate="Bearer"), FAIL, "instead of a key"),
        (page(200), FAIL, "without a key (200)"),
        (page(400), FAIL, "without a key (400)"),
        (page(404), FAIL, "an older build"),
        (page(503), FAIL, "with 503"),
        (page(None), OPEN, "gave no answer in time"),
        (LATE, FAIL, "25 s"),
    ],
)
def test_machines_are_asked_for_a_key(
    which: Door, answer: Any, outcome: Outcome, detail: str
) -> None:
    """Each of the two paths by itself; a redirect to sign-in would shut pipelines out."""
    row = rows(facts(**door(which, answer)))["keys asked for"]

    assert row.outcome is outcome
    assert detail in row.detail


@pytest.mark.parametrize("name", ["pages reachable", "sign-in on the pages", "keys asked for"])
def test_without_an_address_nothing_is_claimed_about_pages(name: str) -> None:
    """A desk has none."""
    assert rows(facts(DESK, web={}))[name].outcome is OPEN


def test_on_this_machine_no_key_is_asked_for() -> None:
    """The Functions host on a laptop lets everybody in; that is no fault."""
    environ = {**DESK, "WATCHDOG_PUBLIC_URL": "http://localhost:7071"}

    assert rows(facts(environ))["keys asked for"].outcome is OPEN


@pytest.mark.parametrize("name", ["pages reachable", "sign-in on the pages", "keys asked for"])
def test_at_a_desk_the_silence_of_the_app_is_a_fault(name: str) -> None:
    """A desk is outside, as phones are; only the app itself may be shut in."""
    environ = {**DESK, "WATCHDOG_PUBLIC_URL": f"https://{HOST}"}

    row = rows(facts(environ, web=dict.fromkeys(Door, page(None))))[name]

    assert row.outcome is FAIL
    assert "no answer in time" in row.detail


def test_what_one_path_answers_wrongly_is_not_lost_behind_the_silence_of_the_other() -> None:
    """Silence excuses nothing."""
    web = {**dict.fromkeys(Door, page(None)), Door.DOCTOR: page(200)}

    row = rows(facts(web=web))["keys asked for"]

    assert row.outcome is FAIL
    assert "/api/doctor without a key (200)" in row.detail
