"""Bicep files on disk: each one parsed once, with its symbols, and what it refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.parse import parse
from tests.support.bicep.walk import body_of, condition_of, loop_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Placed:
    """A resource of a template, where it stands.

    Attributes:
        resource: Its declaration.
        parent: The resource around it, or None.
        reference: `Provider/type@version`, with the parent's part.
    """

    resource: s.Resource
    parent: Placed | None
    reference: str

    @property
    def body(self) -> s.Object | None:
        """Its object."""
        return body_of(self.resource.value)

    @property
    def conditional(self) -> bool:
        """Whether it, or a resource around it, may be missing."""
        own = condition_of(self.resource.value) is not None
        return own or (self.parent is not None and self.parent.conditional)

    @property
    def loop(self) -> s.For | None:
        """Its loop, or None."""
        return loop_of(self.resource.value)


@dataclass(slots=True, eq=False, repr=False)
class Unit:
    """One file.

    Attributes:
        path: Where it is.
        text: Its text, with line feeds only.
        file: What was parsed.
        workspace: Where it finds other files.
        symbols: Its declarations by name; outputs are apart.
        resources: Its resources, nested ones too, in the order of the text.
        problems: What is wrong, with offsets.
    """

    path: Path
    text: str
    file: s.File
    workspace: Workspace
    symbols: dict[str, s.Declaration] = field(default_factory=dict)
    resources: list[Placed] = field(default_factory=list)
    problems: dict[tuple[int, str], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, reason in self.file.problems:
            self.problems[at, reason] = None
        for each in self.file.declarations:
            if isinstance(each, s.Import):
                for name, alias in each.names:
                    self._declare(s.Imported(each.at, each.end, alias, (), name, each.reference))
            elif not isinstance(each, s.Output | s.Using | s.Other | s.Extension):
                self._declare(each)
            if isinstance(each, s.Resource):
                self._place(each, None)

    def _declare(self, each: s.Declaration) -> None:
        if each.name in self.symbols:
            self.bad(each, f"'{each.name}' is declared twice")
        self.symbols[each.name] = each

    def _place(self, resource: s.Resource, parent: Placed | None) -> None:
        reference = resource.reference
        if parent is not None and "/" not in reference.partition("@")[0]:
            base, _, version = parent.reference.partition("@")
            own, _, newer = reference.partition("@")
            reference = f"{base}/{own}@{newer or version}"
        placed = Placed(resource, parent, reference)
        self.resources.append(placed)
        body = placed.body
        for item in body.items if body else ():
            if isinstance(item, s.Resource):
                self._place(item, placed)

    def bad(self, where: s.Node, message: str) -> None:
        """Note a problem."""
        self.problems[where.at, message] = None

    def line(self, at: int) -> int:
        """The line of an offset, from 1 on."""
        return self.text.count("\n", 0, at) + 1

    def source(self, node: s.Node) -> str:
        """The text of a node."""
        return self.text[node.at : node.end]

    def placed(self, resource: s.Resource) -> Placed:
        """Where a resource stands."""
        return next(each for each in self.resources if each.resource is resource)

    def children(self, parent: Placed) -> Iterator[Placed]:
        """The resources directly inside another one."""
        return (each for each in self.resources if each.parent is parent)

    def declared(self, kind: type[s.Declaration]) -> list[s.Declaration]:
        """The declarations of a kind, in order."""
        return [each for each in self.file.declarations if isinstance(each, kind)]

    @property
    def parameters(self) -> dict[str, s.Parameter]:
        """Its parameters by name."""
        return {each.name: each for each in self.file.declarations if isinstance(each, s.Parameter)}

    @property
    def outputs(self) -> dict[str, s.Output]:
        """Its outputs by name."""
        return {each.name: each for each in self.file.declarations if isinstance(each, s.Output)}

    @property
    def target_scope(self) -> str:
        """Where it is deployed: `resourceGroup`, `subscription`, ..."""
        for each in self.file.declarations:
            if isinstance(each, s.Other) and each.keyword == "targetScope":
                value = each.value
                return (value.literal if isinstance(value, s.String) else None) or "resourceGroup"
        return "resourceGroup"

    def resolve(self, name: str) -> tuple[Unit, s.Declaration] | None:
        """A symbol, with the file that it was declared in; None when there is none."""
        found = self.symbols.get(name)
        if not isinstance(found, s.Imported):
            return (self, found) if found else None
        other = self.module(found.reference)
        origin = other.symbols.get(found.original) if other else None
        if other is None or origin is None or origin.decorator("export") is None:
            return None
        return other, origin

    def module(self, reference: str) -> Unit | None:
        """The file that a module or `using` names; None when there is none."""
        path = self.path.parent / reference
        return self.workspace.open(path) if path.is_file() else None


@dataclass(slots=True)
class Workspace:
    """All files that were opened.

    Attributes:
        data: The types of resources.
        units: The files by their real path.
    """

    data: t.TypeData
    units: dict[Path, Unit] = field(default_factory=dict)

    def open(self, path: Path) -> Unit:
        """Read and parse a file, once.

        Raises:
            OSError: It cannot be read.
        """
        path = path.resolve()
        if path not in self.units:
            text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
            file = parse(text, parameter_file=path.suffix == ".bicepparam")
            self.units[path] = Unit(path, text, file, self)
        return self.units[path]
