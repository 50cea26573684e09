"""Matters about one server that are absent without having recovered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.domain.pair.exports import PairMemory
from shared.domain.pair.judging import judge_pair
from shared.domain.pair.readings import HealthDetails, Known
from shared.domain.pair.roles import fuse
from shared.domain.readings import Reason, Unavailable
from shared.domain.verdicts import Evidence, Judgement, Kind, Verdict, Why
from tests.support.incidents import DEADLINE, UNFIT, Story, found
from tests.support.judging import NOW
from tests.support.pairs import REFUSED, A, B, C, health, known, member, view

if TYPE_CHECKING:
    from shared.domain.incidents.incident import Incident
    from shared.domain.pair.view import PairView

HOUR = 60
CALM = Judgement(Verdict.HEALTHY, Evidence(Why.FRESH, NOW), (), readable=True)
PAIR = (member(A, staging=False), member(B))
VERSIONS = {A: "2.6.84.0", B: "2.6.84.0"}
CERTIFICATES = {A: "-200d", B: "-200d"}
UNFIT_B = (Kind.STANDBY, "sync-b")
ENDS_A = (Kind.DEADLINE, "sync-a:certificate")


def standing(verdict: Verdict = UNFIT, subject: str = "sync-b") -> Incident:
    """A live incident about one server."""
    story = Story()
    story.tick(0, found(verdict, subject))
    return story.newest()


def became(seen: PairView, incident: Incident) -> str:
    """What a tick says of a matter: there, well, unjudged, obsolete or unprovable."""
    said = judge_pair(seen, fuse(seen), CALM, [incident])
    matter = (incident.kind, incident.subject)
    if said.finding(*matter) is not None:
        return "there"
    ends = {
        "unjudged": said.unjudged_subjects | {matter} if matter[0] in said.unjudged else None,
        "unjudged by subject": said.unjudged_subjects,
        "obsolete": said.obsolete,
        "unprovable": said.unprovable,
    }
    return next((word for word, those in ends.items() if those and matter in those), "well")


def pair(*members: object, **more: object) -> PairView:
    """A pair of which everything is known, but for these changes."""
    known_of = {"exporter": A, "versions": VERSIONS, "certificates": CERTIFICATES, **more}
    return view(*(members or PAIR), **known_of)  # type: ignore[arg-type]  # plain test arguments


def test_a_standby_is_well_when_it_is_fit() -> None:
    """Everything is read, everything passes."""
    assert became(pair(), standing()) == "well"


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(pair(certificates={A: "-200d"}), id="its certificate is not known"),
        pytest.param(pair(versions={A: "2.6.84.0"}), id="its version is not known"),
        pytest.param(pair(connect_health=health(left_out=0)), id="an empty list"),
        pytest.param(pair(connect_health=health(PAIR[0], left_out=1)), id="a part of the list"),
    ],
)
def test_a_standby_that_nothing_shows_to_be_fit_is_not_well(seen: PairView) -> None:
    """Unknown is never a pass, and an absent finding no recovery."""
    assert became(seen, standing()) == "unjudged by subject"


def test_a_standby_that_is_active_now_did_not_recover() -> None:
    """It took over: the matter is over, and nobody made it fit."""
    seen = pair(member(A), member(B, staging=False), exporter=B)
    assert became(seen, standing()) == "obsolete"


def test_a_server_that_is_gone_did_not_recover() -> None:
    """No source and no setting names it, and the list was read whole."""
    seen = pair(member(A, staging=False), member(C), memory=PairMemory())
    assert became(seen, standing()) == "obsolete"


def test_an_end_that_a_standby_s_unfitness_tells_is_no_recovery() -> None:
    """The certificate of a server that lost the role still ends."""
    ends = {A: "-3d", B: "-200d"}
    assert became(pair(certificates=ends), standing(DEADLINE, ENDS_A[1])) == "there"
    switched = pair(member(A), member(B, staging=False), exporter=B, certificates=ends)
    assert became(switched, standing(DEADLINE, ENDS_A[1])) == "obsolete"
    assert became(pair(), standing(DEADLINE, ENDS_A[1])) == "well"


def test_what_failed_is_mended_though_nothing_will_ever_say_fit() -> None:
    """A server that signs in with an account has no certificate to be judged."""
    ill = pair(member(A, staging=False), member(B, seen="3h", ran="3h"), certificates={A: "-200d"})
    said = judge_pair(ill, fuse(ill), CALM)
    (finding,) = (each for each in said.findings if each.kind is Kind.STANDBY)
    incident = replace(standing(), evidence=finding.evidence)

    assert became(pair(certificates={A: "-200d"}), incident) == "unprovable"


# -- the incident ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "after"), [("obsolete", 4), ("unprovable", 6 * HOUR)])
def test_an_obsolete_incident_ends_silently(end: str, after: int) -> None:
    """After two ticks that say so; where it merely cannot be shown, as late as a recovery."""
    story = Story()
    story.tick(0, found(UNFIT, "sync-b"))

    assert story.tick(5, ends={UNFIT_B: end}) == []
    assert story.tick(4 + after, ends={UNFIT_B: end}) == []
    assert story.tick(5 + after, ends={UNFIT_B: end}) == ["obsolete"]
    assert story.newest().obsolete
    story.check()


def test_an_unjudged_subject_neither_recovers_nor_hides_the_others() -> None:
    """The incident of the other server closes alone."""
    story = Story()
    story.tick(0, found(UNFIT, "sync-b"), found(UNFIT, "sync-c"))
    story.tick(5, ends={UNFIT_B: "unjudged"})

    assert story.tick(5 + 6 * HOUR, ends={UNFIT_B: "unjudged"}) == ["recovered"]
    assert [each.subject for each in story.live(Kind.STANDBY)] == ["sync-b"]


def test_an_agent_that_stops_every_three_hours_is_one_incident() -> None:
    """Not a first and a recovery card per round."""
    story = Story()
    story.tick(0, found(UNFIT, "sync-b"))
    for at in range(5, 3 * 24 * HOUR, 5):
        story.tick(at, *([found(UNFIT, "sync-b")] if at % (3 * HOUR) < HOUR else []))

    assert {str(change.event) for change in story.log} == {"opened", "reminded"}


# -- a withdrawn permission -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "reason", "waits"),
    [
        ("23h", Reason.FORBIDDEN, True),
        ("25h", Reason.FORBIDDEN, False),
        ("25h", Reason.NOT_CONFIGURED, False),
        ("25h", Reason.THROTTLED, True),
    ],
)
def test_a_source_that_was_withdrawn_is_not_waited_for(
    read: str, reason: Reason, *, waits: bool
) -> None:
    """After a day its refusal is a decision, and holds no incident open any longer."""
    lost = known(HealthDetails(), read, Unavailable(reason, "No."))
    seen = pair(health_details=lost)

    assert (Kind.DEADLINE in judge_pair(seen, fuse(seen), CALM).unjudged) == waits


def test_a_standby_whose_only_witness_was_withdrawn_ends_silently() -> None:
    """Nobody can say any more; that is no recovery, and no reason to remind for ever."""
    lost = health(*PAIR, read="25h", problem=REFUSED)
    assert became(pair(connect_health=lost), standing()) == "unprovable"
    lately = replace(lost, read_at=NOW - timedelta(hours=1))
    assert became(pair(connect_health=lately), standing()).startswith("unjudged")


def test_the_report_holds_the_export_errors_of_the_last_reading() -> None:
    """As last read; unknown is not none."""
    never: Known[HealthDetails] = Known()
    for source, count in ((known(HealthDetails(export_errors=7)), 7), (never, None)):
        said = judge_pair(pair(health_details=source), fuse(pair()), CALM)
        assert said.evidence.pair is not None
        assert said.evidence.pair.export_errors == count
