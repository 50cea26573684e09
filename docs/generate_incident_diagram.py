# ruff: noqa: INP001 - a script, not a package
"""Draw the incident diagram from the transition table: `python docs/generate_incident_diagram.py`.

The picture in `docs/incidents.md` is made of `shared.domain.incidents.incident.TRANSITIONS`, so
that it cannot drift from it; a test compares the two.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "incidents.md"
BEGIN: Final = "<!-- diagram: made by docs/generate_incident_diagram.py, do not edit -->\n"
END: Final = "<!-- end of diagram -->\n"

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a script, the package is not installed

from docs.marked import rewritten  # noqa: E402 - as above
from shared.domain.incidents.incident import SPEAKS, TRANSITIONS, Event, State  # noqa: E402 - as above


def diagram() -> str:
    """The table as a Mermaid state diagram; an event that makes a card due names the card."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for source, events in TRANSITIONS.items():
        start = "[*]" if source is None else source
        by_target: dict[State, list[str]] = {}
        for event, target in events.items():
            by_target.setdefault(target, []).append(_label(event))
        for target, labels in by_target.items():
            lines.append(f"    {start} --> {target}: {'<br>'.join(labels)}")
        if not events:
            lines.append(f"    {start} --> [*]")
    return "\n".join([*lines, "```", ""])


def with_diagram(page: str) -> str:
    """The page with the block between the markers replaced.

    Raises:
        ValueError: A marker is missing or stands twice.
    """
    return rewritten(page, BEGIN, diagram(), END)


def _label(event: Event) -> str:
    name = event.replace("_", " ")
    return f"{name} ({SPEAKS[event]} card)" if event in SPEAKS else name


if __name__ == "__main__":
    PAGE.write_text(with_diagram(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
