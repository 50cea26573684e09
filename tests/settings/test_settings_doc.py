"""docs/settings.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.settings.table import SETTINGS, Setting
from tests.support.settings_env import CONNECTION, KEY_BODY, WEBHOOK

DOC = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"\| `([A-Z_]+)` \| (.+?) \| (.+?) \| `(.+?)` \|")


def rows() -> list[tuple[str, str, str, str]]:
    """The rows of the document's table: name, meaning, default, example."""
    found = [ROW.fullmatch(line) for line in DOC.read_text(encoding="utf-8").splitlines()]
    return [(row[1], row[2], row[3], row[4]) for row in found if row]


def test_the_document_lists_every_setting_with_its_meaning_default_and_example() -> None:
    """Both lists are the same, in the same order."""
    code = [
        (item.name, item.meaning, item.default_note or f"`{item.default}`", item.example)
        for item in SETTINGS
    ]

    assert code == rows()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda item: item.name)
def test_every_example_and_every_default_is_right(setting: Setting) -> None:
    """What the document shows can be copied; a Key Vault reference stands for a right secret."""
    resolved = {
        "WATCHDOG_TEAMS_URL": WEBHOOK,
        "WATCHDOG_DEAD_MAN_URL": "https://hc-ping.com/0a1b",
        "WATCHDOG_SIGNING_KEYS": f"k1:{KEY_BODY}",
    }
    example = setting.example
    if example.startswith("@Microsoft.KeyVault("):
        example = resolved[setting.name]

    assert setting.parse(example) is not None
    assert setting.default is None or setting.parse(setting.default) is not None


def test_the_forms_of_the_store_are_named_in_the_document() -> None:
    """The one setting with three forms explains each."""
    text = next(row[1] for row in rows() if row[0] == "WATCHDOG_STORE")

    assert all(word in text for word in ("table endpoint", "connection string", "SQLite"))
    assert CONNECTION not in DOC.read_text(encoding="utf-8")
