"""Rows about host names, Connect Health and the store: each outcome, by planting its cause."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.doctor.facts import Address, Gone, Named, Probed, Step
from shared.doctor.report import Outcome
from shared.domain.pair.readings import HealthMember, HealthReading, Source
from shared.ports import StoreUnavailableError
from shared.stores.tables import Pace, TablesStore
from shared.watch import Health
from tests.support.azurite import connection_string
from tests.support.doctor_facts import (
    DESK,
    FORBIDDEN,
    NOT_SET_UP,
    PRINCIPAL,
    SOURCES,
    THROTTLED,
    UNREACHABLE,
    facts,
    rows,
)
from tests.support.webhook_server import Reply, WebhookServer

PASS, FAIL = Outcome.PASS, Outcome.FAIL
DENIED, OPEN = Outcome.NOT_PERMITTED, Outcome.NOT_VERIFIABLE
Planted = tuple[dict[str, str], dict[str, Any]]

# -- names ----------------------------------------------------------------------------------------


def names(which: Address, named: Any) -> dict[str, Any]:
    """A change: what the name service said about one host; nothing when it is not used."""
    fine = {each: Named("a.contoso.com", ("203.0.113.7",)) for each in Address if each is not which}
    return {"names": fine if named is None else {**fine, which: named}}


@pytest.mark.parametrize("which", list(Address))
@pytest.mark.parametrize(
    ("named", "outcome", "detail"),
    [
        (Named("a.contoso.com", ("203.0.113.7",)), PASS, "resolves to 203.0.113.7."),
        (Named("a.contoso.com", ("10.0.0.4", "10.0.0.5")), PASS, "10.0.0.4 (private) and 1 more"),
        (Named("localhost", ("127.0.0.1",)), PASS, "is this machine"),
        (Named("a.contoso.com", why="no such name"), FAIL, "does not resolve: no such name."),
        (Named("x.chinacloudsites.cn", ("203.0.113.7",)), FAIL, "belongs to another cloud"),
        (Gone("did not end within 10 s"), FAIL, "10 s"),
        (None, OPEN, ""),
    ],
)
def test_each_host_name_is_judged_by_itself(
    which: Address, named: Any, outcome: Outcome, detail: str
) -> None:
    """It resolves, and is of the cloud; one that is not used says so, and is no pass."""
    found = rows(facts(**names(which, named)))
    row = found[f"address of {which}"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert [r.name for r in found.values() if r.name.startswith("address") and r.is_fault] == (
        [row.name] if outcome is FAIL else []
    )


@pytest.mark.parametrize(
    ("cloud", "host", "fine"),
    [
        ("public", "prod-01.westeurope.logic.azure.com", True),
        ("usgov", "prod-01.usgovvirginia.logic.azure.us", True),
        ("usgov", "prod-01.westeurope.logic.azure.com", False),
        ("dod", "contoso-watchdog.azurewebsites.us", True),
        ("dod", "contoso-watchdog.azurewebsites.net", False),
        ("public", "prod-01.usgovvirginia.logic.azure.us", False),
        ("public", "notazurewebsites.us", True),
    ],
)
def test_a_host_of_another_cloud_is_found(cloud: str, host: str, *, fine: bool) -> None:
    """By suffixes that belong to one cloud for sure; any other name is nobody's."""
    suffix = "core.windows.net" if cloud == "public" else "core.usgovcloudapi.net"
    environ = {
        "WATCHDOG_CLOUD": cloud,
        "WATCHDOG_STORE": f"https://contosowatchdog.table.{suffix}",
    }
    changes = names(Address.WEBHOOK, Named(host, ("203.0.113.7",)))
    row = rows(facts(environ, **changes))["address of the webhook"]

    assert (row.outcome is PASS) == fine
    assert fine or "WATCHDOG_TEAMS_URL or WATCHDOG_CLOUD" in row.fix


# -- Connect Health -------------------------------------------------------------------------------


def health(answer: Any) -> dict[str, Any]:
    """A change: Connect Health's answer."""
    return {"sources": {**SOURCES, Source.CONNECT_HEALTH: answer}}


ON = {"WATCHDOG_CONNECT_HEALTH": "on"}


@pytest.mark.parametrize(
    ("planted", "outcome", "detail", "fix"),
    [
        (({}, {}), PASS, "2 sync server(s): SYNC-A, SYNC-B", ""),
        (({}, health(FORBIDDEN)), DENIED, "no Reader", f"reader.sh --principal-id {PRINCIPAL}"),
        ((DESK, health(FORBIDDEN)), DENIED, "you have no Reader", "doctor --app"),
        ((DESK, {}), OPEN, "You can read it.", "doctor --app"),
        (({}, health(NOT_SET_UP)), OPEN, "The tenant has none.", "Install"),
        ((ON, health(NOT_SET_UP)), FAIL, "The tenant has none.", "Install"),
        (({}, health(HealthReading())), OPEN, "lists no sync server", "Install"),
        (({}, health(THROTTLED)), OPEN, "answered 429", "minutes"),
        (({}, health(UNREACHABLE)), FAIL, "answered 500", "again"),
        (({"WATCHDOG_CONNECT_HEALTH": "off"}, {}), OPEN, "Not used", ""),
        (({}, health(Gone("did not end within 35 s"))), FAIL, "35 s", "again"),
    ],
)
def test_connect_health_is_judged(
    planted: Planted, outcome: Outcome, detail: str, fix: str
) -> None:
    """Denied is a fault only where the team said that it must be read."""
    row = rows(facts(planted[0], **planted[1]))["Connect Health"]

    assert row.outcome is outcome
    assert detail in row.detail
    assert fix in row.fix
    assert row.is_fault == (outcome is FAIL)


def test_connect_health_that_must_be_read_is_a_fault_when_denied() -> None:
    """`WATCHDOG_CONNECT_HEALTH=on` makes it required."""
    assert rows(facts(ON, **health(FORBIDDEN)))["Connect Health"].is_fault
    assert not rows(facts(**health(FORBIDDEN)))["Connect Health"].is_fault


def test_connect_health_does_not_exist_in_china() -> None:
    """Nobody is told to mend it there."""
    environ = {
        "WATCHDOG_CLOUD": "china",
        "WATCHDOG_STORE": "https://contosowatchdog.table.core.chinacloudapi.cn",
    }
    row = rows(facts(environ, **health(NOT_SET_UP)))["Connect Health"]

    assert (row.outcome, row.fix) == (OPEN, "")
    assert "china" in row.detail


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (SOURCES[Source.CONNECT_HEALTH], PASS, "SYNC-A active, SYNC-B staging"),
        (HealthReading((HealthMember("1", "SYNC-A"),)), OPEN, "No server says"),
        (FORBIDDEN, OPEN, "was not read"),
    ],
)
def test_staging_flags_are_judged(answer: Any, outcome: Outcome, detail: str) -> None:
    """A flag that is missing is unknown, not active."""
    row = rows(facts(**health(answer)))["staging flags"]

    assert row.outcome is outcome
    assert detail in row.detail


# -- the store ------------------------------------------------------------------------------------


async def refusal(status: int, code: str) -> str:
    """What the real store says of an answer of Azure Tables."""
    body = f'{{"odata.error": {{"code": "{code}", "message": {{"value": "m"}}}}}}'.encode()
    headers = {"Content-Type": "application/json", "x-ms-error-code": code}
    with WebhookServer(Reply(status, headers, body)) as server:
        secret = connection_string(server.port)
        store = TablesStore.from_connection_string(secret, pace=Pace(pauses=()))
        with pytest.raises(StoreUnavailableError) as caught:
            await store.read("p", "", "~")
        await store.aclose()
    return str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "outcome", "fix"),
    [
        (403, "AuthorizationPermissionMismatch", DENIED, '--role "Storage Table Data Contributor"'),
        (403, "AuthorizationFailure", FAIL, "networkRuleSet"),
        (401, "InvalidAuthenticationInfo", DENIED, "--name contosowatchdog"),
        (404, "TableNotFound", FAIL, "az storage table create"),
        (500, "InternalError", FAIL, "The next tick tries again"),
        (400, "InvalidInput", FAIL, "WATCHDOG_STORE"),
    ],
)
async def test_a_store_that_refuses_is_told_apart(
    status: int, code: str, outcome: Outcome, fix: str
) -> None:
    """A missing role, a firewall, a missing table: by what Azure Tables answers."""
    problem = await refusal(status, code)
    row = rows(facts(store=Probed(Step.WRITE, problem)))["store writable"]

    assert row.outcome is outcome
    assert row.is_fault
    assert "failed at 'write'" in row.detail
    assert str(status) in row.detail
    assert fix in row.fix


def test_a_refusal_without_advice_keeps_its_words_and_gets_some() -> None:
    """What happened is no fix: it stands in the sentence, where somebody looks for it."""
    problem = "The store at x (table watchdog) did not answer within 20 s"
    row = rows(facts(store=Probed(Step.READ, problem)))["store writable"]

    assert "did not answer within 20 s" in row.detail
    assert "Run the doctor again" in row.fix


def test_a_missing_role_may_hide_a_missing_table() -> None:
    """The store tries to make the table, and that is what is refused then."""
    problem = "the store at x answered 403 AuthorizationPermissionMismatch: give the role"
    row = rows(facts(store=Probed(Step.READ, problem)))["store writable"]

    assert "az role assignment create" in row.fix
    assert "az storage table create" in row.fix


def test_a_developer_without_the_role_is_sent_to_the_app() -> None:
    """The role of a person is not the identity's."""
    problem = "the store at x answered 403 AuthorizationPermissionMismatch: give the role"
    row = rows(facts(DESK, store=Probed(Step.READ, problem)))["store writable"]

    assert row.outcome is DENIED
    assert "doctor --app" in row.fix


def test_a_probe_that_left_traces_before_is_said() -> None:
    """Somebody's doctor died in the middle."""
    row = rows(facts(store=Probed(Step.DONE, cleaned=2)))["store writable"]

    assert row.outcome is PASS
    assert "2 that an earlier doctor left" in row.detail


@pytest.mark.parametrize(
    ("found", "outcome", "detail"),
    [
        (Health("ok", timedelta(minutes=3)), PASS, "3 min ago"),
        (Health("stale", timedelta(hours=3)), FAIL, "3 h ago"),
        (Health("blind", timedelta(minutes=3)), FAIL, "could not be read"),
        (Health("no_success_yet", None), OPEN, "has completed"),
        (Health("store_unreadable", None), OPEN, "could not be read"),
        (Gone("did not end within 35 s"), FAIL, "35 s"),
    ],
)
def test_the_last_success_is_judged(found: Any, outcome: Outcome, detail: str) -> None:
    """As far as the store shows whether ticks complete."""
    row = rows(facts(health=found))["last success"]

    assert row.outcome is outcome
    assert detail in row.detail
