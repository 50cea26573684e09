"""Microsoft's service health: only open incidents of Entra, and "none" only when all was read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pair.readings import MAX_ALERTS, MAX_NAME, ServiceHealth, Source
from shared.domain.readings import Reason, Unavailable
from shared.sources.failures import GRAPH
from shared.sources.graph_pages import page_of
from shared.sources.service_health import ServiceHealthSource, parse_service_health
from tests.support.graph_reads import DATA
from tests.support.graph_server import GraphServer, body
from tests.support.graph_sources import AT, CASES, is_sound, issue, like, linked, written
from tests.support.loopback_server import Reply
from tests.support.source_reads import NOW

if TYPE_CHECKING:
    from tests.support.graph_sources import MakesReader

PATH = "/v1.0/admin/serviceAnnouncement/issues"


def ids(*found: dict[str, Any]) -> list[str]:
    """The issues that are kept."""
    return [each.id for each in parse_service_health(found).issues]


async def test_only_unresolved_issues_are_asked_for_and_without_their_posts(
    server: GraphServer, reader: MakesReader
) -> None:
    """The posts are long texts."""
    CASES[Source.SERVICE_HEALTH].script(server)

    await reader(ServiceHealthSource).read(NOW)

    (seen,) = server.seen
    assert seen.path == PATH
    assert seen.query["$filter"] == "isResolved eq false"
    selected = set(seen.query["$select"].split(","))
    assert "posts" not in selected
    assert {"service", "classification", "status"} < selected


@pytest.mark.parametrize(
    "service",
    ["Microsoft Entra", "microsoft entra ID", "Identity Service", "Azure Active Directory"],
)
def test_entra_is_known_under_all_its_names(service: str) -> None:
    """Microsoft renamed it, and may have renamed it here later than there."""
    assert ids(issue(service=service)) == ["MO123456"]


@pytest.mark.parametrize(
    "service", ["Exchange Online", "Microsoft 365 Central", "Concentra", "Entrance", "", None, 7]
)
def test_another_services_incident_is_none_of_ours(service: object) -> None:
    """A word that merely contains "entra" is another word."""
    assert ids(issue(service=service)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"classification": "advisory"},
        {"classification": None},
        {"isResolved": True},
        {"status": "serviceRestored"},
        {"status": "ServiceRestored"},
        {"status": "falsePositive"},
        {"status": "postIncidentReviewPublished"},
        {"status": "serviceOperational"},
    ],
)
def test_what_is_over_or_merely_advice_is_left_out(changes: dict[str, object]) -> None:
    """It explains no silence now."""
    assert ids(issue(**changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"classification": "Incident"},
        {"status": "ServiceInterruption"},
        {"status": "verifyingService"},
        {"status": "somethingNew"},
        {"status": None, "isResolved": None},
        {"startDateTime": None},
    ],
)
def test_what_may_be_open_is_kept(changes: dict[str, object]) -> None:
    """An unknown status is not "over"; a missing one neither."""
    assert ids(issue(**changes)) == ["MO123456"]


def test_microsofts_sample_is_a_resolved_incident_of_another_service() -> None:
    """Renamed and reopened, it is read."""
    (sample,) = page_of((DATA / "serviceHealthIssues_list_v1.json").read_bytes(), GRAPH).items

    assert parse_service_health([sample]) == ServiceHealth()
    (found,) = parse_service_health(
        [sample | {"service": "Microsoft Entra", "isResolved": False, "status": "Investigating"}]
    ).issues
    assert found.id == "EX226792"
    assert found.title.startswith("Limited number of users")
    assert str(found.began_at) == "2020-11-13 21:00:00+00:00"


def test_the_newest_come_first_each_once_and_not_too_many() -> None:
    """An issue without a begin is the last."""
    many = [
        issue(id=f"MO{n}", startDateTime=written(AT + timedelta(hours=n)))
        for n in range(MAX_ALERTS + 5)
    ]

    found = ids(issue(id="MO", startDateTime="soon"), *many, *many)

    assert found == [f"MO{n}" for n in reversed(range(5, MAX_ALERTS + 5))]
    assert ids(issue(id="MO", startDateTime="soon"), issue()) == ["MO123456", "MO"]


async def test_a_list_without_end_is_a_reading_only_if_an_incident_was_found(
    server: GraphServer, reader: MakesReader
) -> None:
    """That there is none would be more than was read; an incident found is one."""

    def endless(first: dict[str, Any]) -> list[Reply]:
        return [
            Reply(content=linked(f"{server.url}{PATH}?$skip={n}", first if n == 1 else {}))
            for n in range(9)
        ]

    server.at(PATH, *endless(issue()))
    found = await reader(ServiceHealthSource).read(NOW)
    asked = len(server.seen)
    server.at(PATH, *endless(issue(service="Exchange Online")))
    none = await reader(ServiceHealthSource).read(NOW)

    assert isinstance(found, ServiceHealth)
    assert len(found.issues) == 1
    assert asked == 3
    assert isinstance(none, Unavailable)
    assert none.reason is Reason.MALFORMED


async def test_no_issue_is_a_reading(server: GraphServer, reader: MakesReader) -> None:
    """The usual one."""
    server.at(PATH, Reply(content=body()))

    assert await reader(ServiceHealthSource).read(NOW) == ServiceHealth()


@given(
    found=st.lists(
        like(issue(), st.sampled_from(["Microsoft Entra", "incident", "Azure AD", "x" * 2000])),
        max_size=30,
    )
)
def test_any_issues_become_a_bounded_reading(found: list[dict[str, Any]]) -> None:
    """R8."""
    answer = parse_service_health(found)

    is_sound(answer)
    assert len(answer.issues) <= MAX_ALERTS


def test_the_largest_reading_can_be_stored() -> None:
    """Twenty issues with the longest ids and titles."""
    answer = parse_service_health(
        issue(id=f"{n}" + "😀" * 9999, title='"' * 9999) for n in range(10, 40)
    )

    is_sound(answer)
    assert {len(each.title) for each in answer.issues} == {MAX_NAME // 2}  # a quote takes two
