"""Advice: what a person should do about a judgement, as one word."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.domain.verdicts import Judgement


class Advice(StrEnum):
    """What to do. There is no "fail over" here: nothing yet shows that a standby is fit."""

    NONE = "none"
    CHECK_FIRST = "check_first"


def advise(judgement: Judgement) -> Advice:
    """Check first whenever a person must act; the preconditions of a failover are not read yet."""
    return Advice.CHECK_FIRST if judgement.findings else Advice.NONE
