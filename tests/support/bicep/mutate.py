"""Break a Bicep file in one place, in every way that a check should notice.

Each mutation is one slip of a hand: a letter too many in a name, a property left out, another API
version, a value of another type. The check must notice every one of them.

    python -m tests.support.bicep.mutate [DIR]    tries them all; the tests take some of each kind
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.check import check_unit
from tests.support.bicep.data import type_data
from tests.support.bicep.functions import FUNCTIONS, LOADERS, NAMESPACES
from tests.support.bicep.parse import parse
from tests.support.bicep.walk import walk
from tests.support.bicep.workspace import Unit, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bicep.assign import Typed

INFRA: Final = Path(__file__).resolve().parents[3] / "infra"
SLIP: Final = "zz"


@dataclass(frozen=True)
class Mutation:
    """One edit.

    Attributes:
        kind: What kind of slip it is.
        line: Where it is.
        text: The whole text after it.
    """

    kind: str
    line: int
    text: str


def problems_of(path: Path, text: str, workspace: Workspace) -> list[str]:
    """What the check says about a text in place of a file; the other files are as they are."""
    file = parse(text, parameter_file=path.suffix == ".bicepparam")
    unit = Unit(path.resolve(), text, file, workspace)
    check_unit(unit)
    return [message for _, message in sorted(unit.problems)]


def mutations(path: Path, workspace: Workspace) -> Iterator[Mutation]:
    """Every single-edit mutation of a file, by kind."""
    unit = workspace.open(path)
    fresh = Unit(unit.path, unit.text, unit.file, workspace)
    typed = check_unit(fresh)
    for kind, at, end, replacement in (
        *_names(unit),
        *_declarations(unit),
        *_resources(unit),
        *_properties(typed),
        *_syntax(unit),
    ):
        text = unit.text[:at] + replacement + unit.text[end:]
        yield Mutation(kind, unit.line(at), text)


Edit = tuple[str, int, int, str]


def _names(unit: Unit) -> Iterator[Edit]:
    """A letter too many in what is read or called."""
    for declaration in unit.file.declarations:
        for each in walk(declaration):
            if isinstance(each, s.Name) and each.name not in NAMESPACES and not _is_key(unit, each):
                yield "symbol read", each.end, each.end, SLIP
            elif isinstance(each, s.Call) and each.base is None and each.name in FUNCTIONS:
                end = each.at + len(each.name)
                yield "function", end, end, SLIP
                if each.name in LOADERS:
                    yield "file loaded", each.arguments[0].end - 1, each.arguments[0].end, "z'"
                if FUNCTIONS[each.name][1] < 9:
                    extra = ", 1" * 9 if each.arguments else ", ".join("1" * 9)
                    yield "arguments", each.end - 1, each.end - 1, extra
            elif isinstance(each, s.Decorator):
                end = unit.text.index("(", each.at)
                yield "decorator", end, end, SLIP
            elif isinstance(each, s.Member) and _is_output(each):
                yield "module output read", each.end, each.end, SLIP
            elif isinstance(each, s.Nested):
                yield "nested resource read", each.end, each.end, SLIP


def _is_key(unit: Unit, name: s.Name) -> bool:
    return unit.text[name.end : name.end + 1] == ":" and unit.text[name.end : name.end + 2] != "::"


def _is_output(node: s.Member) -> bool:
    return isinstance(node.base, s.Member) and node.base.name == "outputs"


def _declarations(unit: Unit) -> Iterator[Edit]:
    """Declared twice, under another name, of another type."""
    for each in unit.file.declarations:
        source = unit.source(each)
        if isinstance(each, s.Parameter | s.Variable | s.Output) and not isinstance(each, s.Output):
            end = unit.text.index(each.name, each.at) + len(each.name)
            yield f"{type(each).__name__.lower()} renamed", end, end, SLIP
            yield "declared twice", each.end, each.end, f"\n{source}"
        if isinstance(each, s.Output) and isinstance(each.type, s.TypeName):
            other = "int" if each.type.name != "int" else "object"
            found = each.value
            if not isinstance(found, s.Call) and not unit.source(found).startswith("any("):
                yield "output of another type", each.type.at, each.type.end, other
        if isinstance(each, s.Module):
            at = unit.text.index(each.reference, each.at)
            yield "module path", at + 1, at + 1, SLIP
        if isinstance(each, s.Parameter) and isinstance(each.default, s.String | s.Boolean):
            yield "default of another type", each.default.at, each.default.end, "[1]"


def _resources(unit: Unit) -> Iterator[Edit]:
    """Another version, another type, no scope."""
    for placed in unit.resources:
        resource = placed.resource
        at = unit.text.index(f"'{resource.reference}'", resource.at) + 1
        end = at + len(resource.reference)
        yield "resource type", at + len(resource.reference.partition("@")[0]), end, f"{SLIP}@1"
        if "@" in resource.reference:
            yield "api version", end - 1, end, "Z"
        body = placed.body
        for item in body.items if body else ():
            if not isinstance(item, s.Property):
                continue
            extends = placed.reference.lower().startswith(
                ("microsoft.authorization/roleassign", "microsoft.insights/diagnosticset")
            )
            if item.name == "scope" and extends:
                yield "scope left out", item.at, item.end, ""
            if item.name == "parent":
                yield "parent left out", item.at, item.end, ""


def _properties(typed: list[Typed]) -> Iterator[Edit]:
    """A property misspelt, left out, given twice, or of another type."""
    for each in typed:
        item, type_ = each.item, t.without_null(each.field.type)
        quoted = isinstance(item.key, s.String)
        yield "property misspelt", item.key.end - quoted, item.key.end - quoted, SLIP
        if each.field.flags & t.REQUIRED:
            yield "required property left out", item.at, item.end, ""
        at, end = item.value.at, item.value.end
        options = type_.options if isinstance(type_, t.UnionType) else (type_,)
        if any(option == t.ANY for option in options):
            continue
        if not any(isinstance(option, t.ArrayType) for option in options):
            yield "array in its place", at, end, "[1]"
        if not any(isinstance(option, t.StringType) for option in options):
            yield "string in its place", at, end, f"'{SLIP}'"
        elif all(isinstance(option, t.StringType) for option in options):
            yield "number in its place", at, end, "7"
            if any(isinstance(option, t.StringType) and option.value for option in options):
                yield "unknown value", at, end, f"'{SLIP}'"


def _syntax(unit: Unit) -> Iterator[Edit]:
    """A bracket, a colon or a quote that is missing."""
    for declaration in unit.file.declarations:
        for each in walk(declaration):
            if isinstance(each, s.Object | s.Array | s.Call):
                yield "bracket left out", each.end - 1, each.end, ""
            elif isinstance(each, s.Property):
                colon = unit.text.index(":", each.key.end)
                yield "colon left out", colon, colon + 1, ""
            elif isinstance(each, s.String) and unit.text[each.at] == "'":
                yield "quote left out", each.at, each.at + 1, ""


def main(folder: Path) -> int:
    """Try every mutation of every file below a folder, and print what goes unnoticed.

    Returns:
        0 when nothing does.
    """
    workspace = Workspace(type_data())
    tried = unnoticed = 0
    for path in sorted([*folder.rglob("*.bicep"), *folder.rglob("*.bicepparam")]):
        for each in mutations(path, workspace):
            tried += 1
            if not problems_of(path, each.text, workspace):
                unnoticed += 1
                sys.stdout.write(f"{path}:{each.line}: {each.kind}\n")
    sys.stdout.write(f"{tried} tried, {unnoticed} unnoticed\n")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else INFRA))
