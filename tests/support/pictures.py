"""Writes a picture of every card to build/pictures: `python -m tests.support.pictures [name…]`."""

from __future__ import annotations

import sys

from tests.support.card_browser import DESKTOP_WIDTH, PHONE_WIDTH, card_browser
from tests.support.card_bulletin_cases import BulletinCase, bulletin_cases
from tests.support.card_cases import Case, all_cases
from tests.support.components import ROOT

FOLDER = ROOT / "build" / "pictures"


def main(names: list[str]) -> None:
    """Render the named cards, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases: list[Case | BulletinCase] = [*all_cases(), *bulletin_cases()]
    with card_browser() as browser:
        for case in cases:
            if names and case.name not in names:
                continue
            for width in (PHONE_WIDTH, DESKTOP_WIDTH):
                for theme in ("light", "dark"):
                    browser.show(case.envelope(), width, theme)
                    browser.picture(FOLDER / f"{case.name}-{width}-{theme}.png", width)


if __name__ == "__main__":
    main(sys.argv[1:])
