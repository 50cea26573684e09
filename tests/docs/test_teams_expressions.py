"""The expressions of docs/teams-workflow.md find what the watchdog really sends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from shared.channels.teams import HOSTS
from tests.support.documents import ROOT, blocks, read

PAGE = "docs/teams-workflow.md"
CARDS = sorted((ROOT / "tests" / "data" / "cards").glob("*.json"))
EXPRESSIONS = [block.text.strip() for block in blocks(PAGE) if block.language == "text"]
BODY = re.compile(r"triggerBody\(\)((?:\?\[(?:'\w+'|\d+)\])+)")


def value(message: Any, path: str) -> Any:
    """What Power Automate reads: a missing part is null, never an error."""
    for name, number in re.findall(r"\?\[(?:'(\w+)'|(\d+))\]", path):
        try:
            message = message[name or int(number)]
        except (KeyError, IndexError, TypeError):
            return None
    return message


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_each_expression_finds_the_sentence_or_the_card(path: Any) -> None:
    """In every card that the watchdog can send."""
    message = json.loads(path.read_text(encoding="utf-8"))
    paths = {each for text in EXPRESSIONS for each in BODY.findall(text)}
    found = {each: value(message, each) for each in paths}

    assert len(found) == 2
    assert found["?['summary']"] == message["summary"]
    assert found["?['attachments']?[0]?['content']"]["type"] == "AdaptiveCard"
    assert len(message["attachments"]) == 1


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_the_sentence_holds_nothing_that_a_message_would_read_as_html(path: Any) -> None:
    """Step 2 posts it as it is, into a field that takes HTML."""
    summary = json.loads(path.read_text(encoding="utf-8"))["summary"]

    assert re.search(r"[<>]|&\w+;|&#", summary) is None


def test_parentheses_and_quotes_of_every_expression_are_closed() -> None:
    """They are typed as they stand."""
    assert len(EXPRESSIONS) == 4
    for text in EXPRESSIONS:
        assert text.count("(") == text.count(")"), text
        assert text.count("[") == text.count("]"), text
        assert text.count("'") % 2 == 0, text
        assert "\n" not in text


def test_the_reply_names_the_action_that_it_replies_to() -> None:
    """Power Automate writes blanks of an action's name as underscores."""
    (reply,) = [text for text in EXPRESSIONS if text.startswith("outputs(")]
    name = re.match(r"outputs\('(\w+)'\)", reply)

    assert name
    assert f"**{name[1].replace('_', ' ')}**" in read(PAGE)


def test_the_hosts_are_those_that_the_channel_posts_to() -> None:
    """Whoever has another one needs the setting."""
    section = read(PAGE).split("## Sovereign clouds")[1]

    assert all(f"`{host}`" in section for host in HOSTS)
