"""The loopback tenant answers as Microsoft Graph and a Teams workflow would."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from simulator.clock import VirtualClock, minutes
from simulator.machine import Role, ServerPlan
from simulator.model import TENANT_ID, Tenant, TenantPlan
from simulator.server import LoopbackTenant
from simulator.teams import MAX_BYTES, SIGNATURE
from tests.support.stub_watchdog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
PLAN = TenantPlan((ServerPlan("SYNC-A", Role.ACTIVE),))
BOTH_TIMES = "onPremisesLastSyncDateTime,onPremisesLastPasswordSyncDateTime"


@pytest.fixture
def loopback() -> Iterator[LoopbackTenant]:
    """A served tenant whose clock stands at START."""
    with LoopbackTenant(Tenant(PLAN, START), VirtualClock(START)) as served:
        yield served


def get(
    loopback: LoopbackTenant,
    version: str = "beta",
    select: str = "",
    token: str = "loopback",  # noqa: S107  # made up
) -> requests.Response:
    """Read the organization."""
    return requests.get(
        f"{loopback.graph_url}/{version}/organization",
        params={"$select": select} if select else {},
        headers={"Authorization": f"Bearer {token}"} if token else {},
        timeout=5,
    )


def post(loopback: LoopbackTenant, body: Any) -> requests.Response:
    """Post to the webhook."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(loopback.teams_url, data=data, timeout=5)


def test_v1_has_the_object_time_and_beta_has_both(loopback: LoopbackTenant) -> None:
    """The password time exists in beta only."""
    first, second = get(loopback, "v1.0").json(), get(loopback, "beta").json()

    assert first["@odata.context"] == "https://graph.microsoft.com/v1.0/$metadata#organization"
    assert first["value"][0]["id"] == TENANT_ID
    assert first["value"][0]["onPremisesSyncEnabled"] is True
    assert first["value"][0]["onPremisesLastSyncDateTime"].endswith("Z")
    assert "onPremisesLastPasswordSyncDateTime" not in first["value"][0]
    assert "onPremisesLastPasswordSyncDateTime" in second["value"][0]


def test_select_gives_what_was_selected_and_nothing_else(loopback: LoopbackTenant) -> None:
    """One beta request answers both questions."""
    answer = get(loopback, select=BOTH_TIMES).json()

    assert list(answer["value"][0]) == BOTH_TIMES.split(",")


def test_v1_refuses_to_select_the_password_time(loopback: LoopbackTenant) -> None:
    """A property that the version does not have is the caller's error."""
    answer = get(loopback, "v1.0", select=BOTH_TIMES)

    assert answer.status_code == 400
    assert "onPremisesLastPasswordSyncDateTime" in answer.json()["error"]["message"]


def test_a_bearer_token_is_required(loopback: LoopbackTenant) -> None:
    """Without a token Graph answers 401."""
    answer = get(loopback, token="")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationToken"


def test_every_answer_carries_the_virtual_date(loopback: LoopbackTenant) -> None:
    """Errors and the webhook too: no client ever sees real time."""
    loopback.advance_to(START + minutes(77))
    answers = [get(loopback), get(loopback, token=""), get(loopback, "v3"), post(loopback, {})]

    dates = {parsedate_to_datetime(answer.headers["Date"]) for answer in answers}
    assert dates == {START + minutes(77)}


def test_time_moves_what_graph_says(loopback: LoopbackTenant) -> None:
    """An hour later the last sync is another one, unless the server has died."""
    before = get(loopback).json()["value"]
    loopback.advance_to(START + minutes(60))
    after = get(loopback).json()["value"]
    loopback.change(lambda tenant: tenant.server_dies("SYNC-A"))
    loopback.advance_to(START + minutes(62))  # what was under way arrives
    dead = get(loopback).json()["value"]
    loopback.advance_to(START + minutes(200))

    assert before != after
    assert get(loopback).json()["value"] == dead


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_graph_fails_with_any_status_and_recovers(loopback: LoopbackTenant, status: int) -> None:
    """A fault is switched on and off at any time."""
    loopback.graph_fails(status)
    failed = get(loopback)
    loopback.graph_works()

    assert failed.status_code == status
    assert failed.json()["error"]["code"]
    assert get(loopback).status_code == 200


def test_throttling_says_how_long(loopback: LoopbackTenant) -> None:
    """Seconds as Graph writes them, fractions included, or nothing at all."""
    loopback.throttle(2.128)
    assert (get(loopback).status_code, get(loopback).headers["Retry-After"]) == (429, "2.128")

    loopback.throttle(None)
    assert "Retry-After" not in get(loopback).headers


def test_a_200_may_be_broken_in_many_ways(loopback: LoopbackTenant) -> None:
    """HTML, half a JSON, no organization, denied fields, two organizations, a cut connection."""
    loopback.graph_fails("html")
    assert get(loopback).headers["Content-Type"].startswith("text/html")
    loopback.graph_fails("truncated")
    with pytest.raises(requests.JSONDecodeError):
        get(loopback).json()
    loopback.graph_fails("empty")
    assert get(loopback).json()["value"] == []
    loopback.graph_fails("denied_fields")
    (denied,) = get(loopback).json()["value"]
    assert {name for name, value in denied.items() if value is not None} == {"id"}
    loopback.graph_fails("two_organizations")
    assert len({each["id"] for each in get(loopback).json()["value"]}) == 2
    loopback.graph_fails("reset")
    with pytest.raises(requests.ConnectionError):
        get(loopback)


def test_a_timeout_lasts_until_the_client_gives_up(loopback: LoopbackTenant) -> None:
    """The server holds the connection and says nothing; it can still be stopped."""
    loopback.graph_fails("timeout")

    with pytest.raises(requests.ReadTimeout):
        requests.get(
            f"{loopback.graph_url}/beta/organization",
            headers={"Authorization": "Bearer loopback"},
            timeout=0.05,
        )


def test_the_webhook_accepts_a_card_and_remembers_when(loopback: LoopbackTenant) -> None:
    """202, as a workflow answers."""
    loopback.advance_to(START + minutes(5))
    posted = message("SERVER_SILENT", "first", 1)

    assert post(loopback, posted).status_code == 202
    (card,) = loopback.cards
    assert (card.at, card.message) == (START + minutes(5), posted)


def broken(**changes: Any) -> dict[str, Any]:
    """A good message with the card's or the envelope's fields changed."""
    posted = message("SERVER_SILENT", "first", 1)
    card = posted["attachments"][0]["content"]
    for name, value in changes.items():
        (card if name in card else posted)[name] = value
    return posted


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "not JSON"),
        ([], "not a JSON object"),
        ({"text": "hello"}, "'type' must be 'message'"),
        (broken(attachments=[]), "one card"),
        (broken(attachments=[{"contentType": "x"}]), "contentType"),
        ({**broken(), "attachments": [{**broken()["attachments"][0], "content": {}}]}, "Adaptive"),
        (broken(version="1.6"), "'1.4'"),
        (broken(body=[]), "no body"),
        (broken(padding="x" * MAX_BYTES), "more than"),
    ],
)
def test_a_bad_card_gets_its_202_and_never_appears(
    loopback: LoopbackTenant, body: Any, why: str
) -> None:
    """202 is not delivery: the workflow drops what it cannot post."""
    assert post(loopback, body).status_code == 202
    assert loopback.cards == []
    (dropped,) = loopback.rejected_cards
    assert why in (dropped.fault or "")


def test_the_webhook_wants_its_signature_and_may_fail(loopback: LoopbackTenant) -> None:
    """A wrong `sig` is 401; a switched-off workflow answers what it is told to."""
    unsigned = loopback.teams_url.replace(SIGNATURE, "guess")
    assert requests.post(unsigned, json={}, timeout=5).status_code == 401

    loopback.teams_fails(404)
    assert post(loopback, message("SERVER_SILENT", "first", 1)).status_code == 404
    assert loopback.cards == []
    loopback.teams_works()
    assert post(loopback, message("SERVER_SILENT", "first", 1)).status_code == 202


def test_requests_are_counted_and_their_secret_is_not_kept(loopback: LoopbackTenant) -> None:
    """Tests may ask how often each service was called; the signature stays out of the list."""
    get(loopback)
    get(loopback, token="")
    post(loopback, {})

    assert loopback.http_requests == {"graph": 2, "teams": 1}
    assert [request.status for request in loopback.requests] == [200, 401, 202]
    assert SIGNATURE not in repr(loopback.requests)
    assert SIGNATURE in loopback.teams_url
