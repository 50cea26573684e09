"""Commands that need Azure: all that can be known without it is right."""

from __future__ import annotations

import re

import pytest

from tests.support.azure_commands import AZ, check, make_targets
from tests.support.documents import (
    NEEDS_AZURE,
    ROOT,
    Block,
    blocks,
    command_blocks,
    documents,
    inline_code,
    links,
)

DEPLOY = "docs/deploy.md"
WITH_AZURE = [
    path for path in documents() if any(block.needs_azure for block in command_blocks(path))
]
LANGUAGES = {"sh", "mermaid", "kusto", "text", "powershell"}


def one(text: str) -> Block:
    """A block of a document that was never written."""
    return Block("docs/deploy.md", 1, "sh", f"{NEEDS_AZURE}\n{text}\n")


@pytest.mark.parametrize("path", documents())
def test_every_block_of_code_names_a_language_that_a_test_knows(path: str) -> None:
    """A command in a block of another language, or an indented one, would escape all tests."""
    strange = [block.name for block in blocks(path) if block.language not in LANGUAGES]

    assert strange == []


@pytest.mark.parametrize("path", documents())
def test_only_the_runbooks_hold_commands_for_the_sync_servers(path: str) -> None:
    """They run on Windows Server; what they say has tests of its own."""
    if not path.startswith("docs/runbooks/"):
        assert [block.name for block in blocks(path) if block.language == "powershell"] == []


@pytest.mark.parametrize("path", documents())
def test_no_command_for_azure_stands_in_a_block_without_the_mark(path: str) -> None:
    """And the mark is the first line, where readers see it."""
    for block in command_blocks(path):
        assert block.text.count(NEEDS_AZURE) == int(block.needs_azure), block.name
        if not block.needs_azure:
            assert re.search(r"^(az|azd|func|gh) ", block.text, re.MULTILINE) is None, block.name


def test_the_convention_is_told_to_the_readers() -> None:
    """Where they meet the first such block."""
    text = (ROOT / DEPLOY).read_text(encoding="utf-8")

    assert f"`{NEEDS_AZURE}`" in text.split("```sh")[0]


@pytest.mark.parametrize("path", WITH_AZURE)
def test_every_command_that_needs_azure_names_what_exists(path: str) -> None:
    """Programs, options, files, targets, parameters, outputs, routes, and set variables."""
    known: set[str] = set()
    if path != DEPLOY and any(link.target.endswith("deploy.md") for link in links(path)):
        for block in command_blocks(DEPLOY):
            check(block, known)  # what deploy.md assigns, a document that links to it may use
    faults = [
        f"{block.name}: {fault}"
        for block in command_blocks(path)
        if block.needs_azure
        for fault in check(block, known)
    ]

    assert faults == []


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("terraform apply", "no test knows the program 'terraform'"),
        ("az group crate --name x", "no test knows az group crate"),
        ("az group create --nmae x", "az group create has no --nmae"),
        ('az group show --name "$NOWHERE"', "$NOWHERE has no value"),
        ("az deployment group create --parameters infra/none.bicepparam", "there is no infra/none"),
        ("az deployment group create --parameters colour=red", "has no parameter colour"),
        ("az deployment group show --query properties.outputs.x.value", "has no output x"),
        ("echo $(az group crate)", "no test knows az group crate"),
        ("az login && az group crate", "no test knows az group crate"),
        ("azd down", "no test knows azd down"),
        ("azd env set NOTHING x", "does not read NOTHING"),
        ("make nothing", "make has no target nothing"),
        ("deploy/nothing.sh", "does not exist, or is not executable"),
        ("deploy/smoke-test.sh --nothing", "has no option --nothing"),
        ("infra/scripts/set-secrets.sh --value x", "has no option --value"),
        (".venv/bin/python -m shared.cli doctor --nothing", "shared.cli refuses doctor --nothing"),
        (".venv/bin/python -m shared.cli docter", "shared.cli refuses docter"),
        ("curl --insecure https://contoso.com", "curl: no test knows --insecure"),
        ('APP_URL=x\ncurl "$APP_URL/api/nothing"', "function_app.py has no route nothing"),
    ],
)
def test_a_slip_in_a_command_is_found(command: str, fault: str) -> None:
    """The check above can fail, for each thing that it looks at."""
    assert any(fault in each for each in check(one(command), set()))


def test_no_azure_command_is_listed_that_no_document_uses() -> None:
    """The list of known commands does not grow old."""
    text = " ".join(
        re.sub(r"\s+", " ", block.text) for path in WITH_AZURE for block in command_blocks(path)
    )

    assert [verb for verb in AZ if f"az {verb}" not in text] == []


@pytest.mark.parametrize("path", documents())
def test_commands_within_sentences_exist_too(path: str) -> None:
    """`make x` names a target, `python -m shared.cli x` a command, a script that is there."""
    for code in inline_code(path):
        if target := re.match(r"make ([a-z-]+)", code):
            assert target[1] in make_targets(), code
        if command := re.match(r"(?:python -m )?shared\.cli ([a-z-]+)", code):
            assert command[1] in _commands(), code
        if re.fullmatch(r"(?:deploy|infra|docs|shared|tests)/[\w./-]+", code):
            assert (ROOT / code.rstrip("/")).exists(), f"{path}: {code}"


def _commands() -> set[str]:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "shared" / "cli").glob("*.py"))
    return set(re.findall(r"add_parser\(\s*\"([a-z-]+)\"", text))
