"""The mark of a drill on its incidents: how long it stays."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.incidents.incident import State
from shared.domain.verdicts import Verdict
from tests.support.incidents import MISSING, UNFIT, Story, found

NO_ACTIVE = Verdict.NO_ACTIVE


def test_the_mark_stays_on_what_runs_or_was_resolved_in_it() -> None:
    """And goes from what is open beyond its end, whatever drill runs now."""
    story = Story()
    story.run(replace(story.ticked(0, NO_ACTIVE, found(UNFIT, "b")), drill="d1"))
    story.run(replace(story.ticked(5, found(UNFIT, "b")), drill="d1"))
    story.run(replace(story.ticked(10, found(UNFIT, "b")), drill="d1"))
    assert [each.drill for each in story.incidents.values()] == ["d1", "d1"]

    unread = replace(story.ticked(15, found(MISSING, "c"), readable=False), drill="d2")
    story.run(unread)

    drills = {each.verdict: (each.state, each.drill) for each in story.incidents.values()}
    assert drills == {
        NO_ACTIVE: (State.RESOLVED, "d1"),
        UNFIT: (State.OPEN, ""),
        MISSING: (State.OPEN, "d2"),
    }
