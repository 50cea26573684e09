"""What can be known without Azure about a command that needs it: names, files, options, outputs.

It is not a shell: it reads the commands of this project's documents, and says what it does not
know. A program, an `az` command or an option that is not listed here is a fault, so that a slip of
the keyboard cannot pass as something new.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from typing import TYPE_CHECKING, Final

from shared import cli
from tests.support.documents import ROOT, Block, simple_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_COMMON: Final = {"--name", "--resource-group", "--query", "--output"}
AZ: Final[dict[str, set[str]]] = {
    "account set": {"--subscription"},
    "ad signed-in-user show": set(),
    "cloud set": set(),
    "deployment group create": {"--template-file", "--parameters"},
    "deployment group show": set(),
    "deployment group what-if": {"--template-file", "--parameters"},
    "functionapp config appsettings delete": {"--setting-names"},
    "functionapp config appsettings set": {"--settings"},
    "functionapp keys list": set(),
    "functionapp list-flexconsumption-locations": set(),
    "group create": {"--location"},
    "group delete": set(),
    "keyvault recover": set(),
    "keyvault show": set(),
    "login": set(),
    "provider register": {"--namespace"},
    "role assignment create": {
        *("--assignee", "--assignee-object-id", "--assignee-principal-type", "--role", "--scope"),
    },
}
"""The commands of the Azure CLI that documents use, each with its options besides the common ones.

Source: learn.microsoft.com, Azure CLI reference.
"""

AZD: Final = {"auth login", "env new", "env set", "up"}
_CURL: Final = {
    *("--config", "--data", "--data-binary", "--fail-with-body", "--header", "--request"),
}
_CLI: Final = (".venv/bin/python", "-m", "shared.cli")
_ASSIGNED: Final = re.compile(r"(?:export\s+)?([A-Z][A-Z_]*)=")
_USED: Final = re.compile(r"\$\{?([A-Z][A-Z_]*)")


class Faults(list[str]):
    """What is wrong, in words."""


def check(block: Block, known: set[str]) -> Faults:
    """Everything wrong in a block of commands that need Azure.

    Args:
        block: The block.
        known: The names of variables that have a value when it begins; grows by those it assigns.
    """
    found = Faults()
    for command in block.commands():
        unset = set(_USED.findall(command)) - known
        found.extend(f"${name} has no value: {command}" for name in sorted(unset))
        for simple in simple_commands(command):
            found.extend(_check_one(simple, known))
        known.update(_ASSIGNED.findall(command))
    return found


def _check_one(command: str, known: set[str]) -> Iterator[str]:
    words = shlex.split(command)
    if words[:1] == ["export"]:
        words = words[1:]
    while words and _ASSIGNED.match(words[0]):
        known.update(_ASSIGNED.findall(words.pop(0)))
    if not words:
        return
    if tuple(words[:3]) == _CLI:
        yield from _own_command(words[3:])
    elif words[0].endswith(".sh"):
        yield from _script(words)
    elif words[0] in _PROGRAMS:
        yield from _PROGRAMS[words[0]](words[1:])
    else:
        yield f"no test knows the program {words[0]!r}: {command}"


def _options(words: Sequence[str]) -> set[str]:
    return {word.split("=")[0] for word in words if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)}


def _az(words: list[str]) -> Iterator[str]:
    verb = " ".join(words[: next((n for n, w in enumerate(words) if w[0] in "-$"), len(words))])
    if verb not in AZ:
        yield f"no test knows az {verb}"
        return
    yield from (f"az {verb} has no {each}" for each in _options(words) - AZ[verb] - _COMMON)
    text = " ".join(words)
    main = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")
    for output in re.findall(r"properties\.outputs\.(\w+)\.value", text):
        if f"\noutput {output} " not in main:
            yield f"infra/main.bicep has no output {output}"
    if verb.startswith("deployment group") and "--parameters" in words:
        yield from _parameters(words, main)


def _parameters(words: list[str], main: str) -> Iterator[str]:
    for word in words:
        name, _, value = word.partition("=")
        if value and re.fullmatch(r"[a-z]\w+", name) and f"\nparam {name} " not in main:
            yield f"infra/main.bicep has no parameter {name}"
        if word.endswith((".bicep", ".bicepparam")) and not (ROOT / word).is_file():
            yield f"there is no {word}"


def _azd(words: list[str]) -> Iterator[str]:
    if not any(" ".join(words).startswith(verb) for verb in AZD):
        yield f"no test knows azd {' '.join(words)}"
    if words[:2] == ["env", "set"]:
        read = (ROOT / "infra" / "azd.bicepparam").read_text(encoding="utf-8")
        if f"'{words[2]}'" not in read:
            yield f"infra/azd.bicepparam does not read {words[2]}"


def _curl(words: list[str]) -> Iterator[str]:
    yield from (f"curl: no test knows {each}" for each in _options(words) - _CURL)
    routes = (ROOT / "function_app.py").read_text(encoding="utf-8")
    for route in re.findall(r"\$APP_URL/api/([a-z.]+)", " ".join(words)):
        if f'route="{route}"' not in routes:
            yield f"function_app.py has no route {route}"


def _make(words: list[str]) -> Iterator[str]:
    yield from (f"make has no target {word}" for word in words if word not in make_targets())


def _script(words: list[str]) -> Iterator[str]:
    path = ROOT / words[0]
    if not path.is_file() or not os.access(path, os.X_OK):
        yield f"{words[0]} does not exist, or is not executable"
        return
    text = path.read_text(encoding="utf-8")
    for option in _options(words[1:]):
        if not re.search(rf"^\s*[^#\n]*(?<![\w-]){option}(?![\w-])[^#\n]*\)", text, re.MULTILINE):
            yield f"{words[0]} has no option {option}"


def _own_command(words: Sequence[str]) -> Iterator[str]:
    """Whether the command line of the project takes these words."""
    silent = io.StringIO()
    try:
        with contextlib.redirect_stderr(silent), contextlib.redirect_stdout(silent):
            cli._parser().parse_args(list(words))
    except SystemExit:
        yield f"shared.cli refuses {' '.join(words)}: {silent.getvalue().strip()}"


def _nothing(_: list[str]) -> Iterator[str]:
    yield from ()


def make_targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


_PROGRAMS: Final[dict[str, Callable[[list[str]], Iterator[str]]]] = {
    "az": _az,
    "azd": _azd,
    "curl": _curl,
    "make": _make,
    "printf": _nothing,
}
