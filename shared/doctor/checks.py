"""Every check, in the order of the path from the settings to a card."""

from __future__ import annotations

from typing import Final

from shared.doctor import (
    judge_graph,
    judge_here,
    judge_names,
    judge_state,
    judge_tokens,
    judge_web,
)

CHECKS: Final = (
    *judge_here.CHECKS,
    *judge_names.CHECKS,
    *judge_tokens.CHECKS,
    *judge_graph.CHECKS,
    *judge_state.CHECKS,
    *judge_web.CHECKS,
)
"""One row each, always: a row that is missing could be taken for one that passed."""
