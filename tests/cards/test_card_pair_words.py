"""What a card says of two servers: by name, as measured, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.incidents.incident import State
from shared.domain.incidents.notifications import Message
from shared.domain.pair.report import Advice, Fitness
from shared.domain.verdicts import Kind, Verdict
from tests.support import card_pairs as known
from tests.support.card_cases import MINUTE, NOW, Case, all_cases, evidence, incident
from tests.support.card_lint import links_of, problems, texts_of

CASES = all_cases()
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def said(case: Case) -> str:
    """All text of a card."""
    return "\n".join(texts_of(case.envelope()))


def named(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("failover", "**SYNC-A** (active) silent **64 min**, 2 cycles missed. Limit: 60 min."),
        ("failover", "**SYNC-B is fit to take over: fail over to SYNC-B.** Follow the runbook: "),
        ("failover", "stop SYNC-A first, then make SYNC-B active."),
        ("failover", "SYNC-A · last seen 00:48 UTC (Connect Health)"),
        ("failover", "SYNC-B · staging, seen 9 min ago (Connect Health)"),
        ("failover-too-old", "of the servers at 01:54 UTC is too old to act on"),
        ("failover-too-old", "SYNC-B · staging, seen at 01:45 UTC"),
        ("failover-warned-of", "**Note:** SYNC-B synced last 5 days ago"),
        ("failover-bare", "Stop SYNC-A (active) first: switch staging mode on"),
        ("do-not-both_silent", "**Do not fail over:** both servers are silent."),
        ("do-not-entra_outage", "Microsoft reports MO123456: Users cannot sign in (service health"),
        ("do-not-ad_import_errors", "imports from AD fail on both servers"),
        ("do-not-standby_below_floor", "SYNC-B has a version that Entra no longer accepts"),
        ("do-not-standby_unfit", "below the floor 2.5.79.0 (Connect Health, 01:49 UTC)"),
        ("do-not-no_standby", "**Do not fail over:** no standby is known."),
        ("do-not-long_cycle", "the server works, only object sync stands still. Repair that."),
        ("do-not-two_active", "First put one into staging mode."),
        ("check-standby_unknown", "SYNC-B: not checked, Connect Health denied access (Connect"),
        ("check-standby_unknown", "Run Get-ADSyncScheduler on SYNC-B: StagingModeEnabled True"),
        ("check-active_unknown", "SYNC-A · intended active, last seen 00:48 UTC (Connect Health)"),
        ("check-active_alive", "has not synced for **64 min**"),
        ("check-evidence_disagrees", "**Evidence disagrees:** Intended active is SYNC-A, but "),
        ("cloud-sync-hides", "times fresh: they prove nothing about Connect."),
        ("stopped-server-seen-alive", "seen alive at 01:45 UTC, 9 min ago (Connect Health)"),
        ("old-version-facts", "version facts are old: of 2 May 2026"),
        ("DUAL_ACTIVE-first", "**Put SYNC-B into staging mode now:**"),
        ("DUAL_ACTIVE-first", "**Do not start a full sync**"),
        ("dual-active-untold", "It cannot be told which one is right."),
        ("dual-active-returned", "**SYNC-A has returned and exports** after the failover"),
        ("NO_ACTIVE-first", "SYNC-A is in staging mode (Connect Health, 01:49 UTC)"),
        ("EXPORT_BLOCKED-first", "731 deletes are pending, the threshold is 500"),
        ("STANDBY_UNFIT-first", "**No failover needed now.**"),
        ("STANDBY_UNFIT-first", "daily until fixed"),
        ("STANDBY_MISSING-first", "**SYNC-B** is set as a standby, but not registered."),
        ("HEALTH_ALERT-first", "**SYNC-A** (active): **Health service data is not up to date**"),
        ("HEALTH_ALERT-first", "**Connect Health advises:** Make sure that"),
        ("health-alerts-more", "**17 more alerts are active** in Connect Health"),
        ("DEADLINE_NEAR-first", "its certificate ends on **15 Dec 2026**, in 24 d 3 h"),
        ("certificate-ended", "**Do this today.**"),
        ("support-ends", "support of its version ends on **15 Dec 2026**"),
        ("recovered-after-failover", "**Syncing again from SYNC-B** (new active). Outage 2 h 2"),
        ("recovered-after-failover", "02:20 UTC, SYNC-A to SYNC-B, 26 min after detection"),
        ("recovered-after-failover", "before SYNC-A starts, isolate it"),
        ("recovered-after-failover", "its MSOL_xxxx account may lack permissions"),
        ("recovered-own-runbook", "never acknowledged"),
        ("missed-failover", "**SYNC-B** is active since 02:20 UTC, before it was SYNC-A."),
    ],
)
def test_a_card_says_what_is_known_of_the_servers(name: str, words: str) -> None:
    """Each situation has its sentence, with names, sources and times."""
    assert words in said(named(name))


@by_name
def test_only_a_fit_standby_is_named_as_the_target_of_a_failover(case: Case) -> None:
    """The words stand only where the report advises it, shows it fit, and is recent."""
    stands = case.incident
    words = " ".join([case.envelope()["summary"], *texts_of(case.envelope())]).lower()
    told = any(each in words for each in ("fail over to", "fit to take over:", "then make"))
    pair = stands.evidence.pair if stands else None
    if not told:
        assert not title_of(case).startswith("🔴 Fail over")
        return
    assert stands is not None
    assert pair is not None
    assert stands.kind is Kind.SYNC
    assert pair.recommendation.advice is Advice.FAIL_OVER
    target = next(each for each in pair.standbys if each.name == pair.recommendation.server)
    assert target.fitness is Fitness.FIT
    assert stands.evidence.read_at is not None
    assert case.at - stands.evidence.read_at <= 45 * MINUTE


@pytest.mark.parametrize("fitness", [Fitness.UNFIT, Fitness.UNKNOWN, None])
def test_a_report_that_contradicts_itself_advises_no_failover(fitness: Fitness | None) -> None:
    """Where the advice names a standby that is not shown to be fit, the card says check first."""
    opened = named("failover").incident
    assert opened is not None
    pair = opened.evidence.pair
    assert pair is not None
    odd = replace(pair, standbys=(replace(pair.standbys[0], fitness=fitness),))
    for wrong in (odd, replace(pair, standbys=())):
        stands = replace(opened, evidence=replace(opened.evidence, pair=wrong))
        words = said(Case("", stands, Message.FIRST))
        assert "fail over to" not in words.lower()
        assert "**Check first" in words


@by_name
def test_a_card_that_advises_against_a_failover_has_no_button_for_one(case: Case) -> None:
    """At 3 a.m. a button is pressed before the text is read."""
    pair = case.incident.evidence.pair if case.incident else None
    if pair is None or case.incident is None or case.incident.state is State.RESOLVED:
        return
    if pair.recommendation.advice is Advice.DO_NOT_FAIL_OVER:
        assert all("failover" not in title.lower() for title, _ in links_of(case.envelope()))


def title_of(case: Case) -> str:
    """The first line of a card."""
    return texts_of(case.envelope())[0]


def test_the_summary_names_the_servers_and_the_decision() -> None:
    """The preview alone tells whom it is about and what to do."""
    assert named("failover").envelope()["summary"] == (
        "SERVER_SILENT contoso: SYNC-A silent 64 min, standby SYNC-B fit. Fail over to SYNC-B."
    )
    assert named("do-not-standby_unfit").envelope()["summary"].endswith("Do not fail over.")


def test_a_count_from_a_wrong_clock_uses_the_clock_that_judged() -> None:
    """Ages count from when it was measured, by Graph's clock where ours differs."""
    opened = named("failover").incident
    assert opened is not None
    found = replace(opened.evidence, read_at=NOW, measured_at=NOW + 12 * MINUTE)
    words = said(Case("", replace(opened, evidence=found), Message.FIRST))
    assert "silent **76 min**" in words


def test_more_evidence_than_there_is_room_for_is_cut() -> None:
    """Four facts are the most that a phone shows at a glance."""
    many = tuple(known.said(f"SYNC-{letter} exported") for letter in "ABCDE")
    found = replace(evidence(Verdict.DUAL_ACTIVE), statements=many, pair=None)
    card = Case("", incident(Verdict.DUAL_ACTIVE, found), Message.FIRST).envelope()
    assert problems(card, 4_096) == []
