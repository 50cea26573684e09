"""The rule about what ships of the packages: what can be imported, and nothing else.

Start at the app's own files and follow every import, those inside functions too, but not those for
type checkers. What is reached ships. Three exceptions, because reading has its limits:

- **Unreadable**: a distribution of which a reached module computes what it imports, or that has
  extension modules, ships whole, and with it all that it requires.
- **Data**: a distribution with more data files than modules (tzdata) ships whole; data is asked for
  by name.
- **Lazy**: a distribution of more than 1,000 modules (msgraph-sdk: 16,741) imports its parts inside
  the properties and methods that need them, so following those would reach nearly all of it. Such
  an import is followed only if every function around it is mentioned by name in a module of the app
  that imports the distribution: `client.organization` needs the code of `organization`. What its
  own parts call on each other is not followed: who begins to use a model names it in an import.
  That is the one place where reading could miss something, and what `tests/release` is for.
  Its data are notes of its generator, and stay behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from release import statements
from release.problem import BuildError
from release.wheels import Wheel, module_name

if TYPE_CHECKING:
    from release.statements import Import, Statements

LAZY_FROM: Final = 1_000
"""Modules from which on a distribution is taken for generated code that loads itself in parts."""


def _is_lazy(wheel: Wheel) -> bool:
    return len(wheel.modules) > LAZY_FROM


def _read(path: str, source: bytes, *, mentions: bool) -> Statements:
    package, name = path.endswith("__init__.py"), module_name(path)
    try:
        return statements.read(source, name, is_package=package, mentions=mentions)
    except SyntaxError as error:
        raise BuildError(f"{path} is not Python that this Python reads: {error}") from error


@dataclass
class Closure:
    """What is reached from the app.

    Attributes:
        app: The text of the app's own modules, by path.
        wheels: The packages.
        reached: The modules of packages that ship, each with its wheel.
        whole: Distributions that ship whole, and why.
        missing: Imports that lead nowhere, with those who ask: optional ones, and those of the
            standard library.

    Raises:
        BuildError: A file is not Python.
    """

    app: Mapping[str, bytes]
    wheels: Sequence[Wheel]
    reached: dict[str, Wheel] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)
    missing: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Follow everything."""
        self._by_name = {wheel.name: wheel for wheel in self.wheels}
        self._app = {
            module_name(path): _read(path, source, mentions=True)
            for path, source in self.app.items()
        }
        self._owner = {
            name: wheel
            for wheel in self.wheels
            for name in wheel.modules
            if name not in self._app  # the app's folder comes first
        }
        self._waiting: list[str] = []
        self._announced: set[str] = set()
        for name, said in self._app.items():
            for each in said.imports:
                self._follow(name, each)
        for wheel in self.wheels:
            if len(wheel.data) > len(wheel.modules):
                self._keep_whole(wheel, "it is data")
        while self._waiting:
            self._visit(self._waiting.pop())

    @property
    def kept(self) -> list[Wheel]:
        """The distributions of which anything ships, by name."""
        names = {wheel.name for wheel in self.reached.values()} | self.whole.keys()
        return [self._by_name[name] for name in sorted(names)]

    def files(self, wheel: Wheel) -> list[str]:
        """What ships of one wheel: its reached modules, and its data unless it is lazy."""
        modules = [path for name, path in wheel.modules.items() if name in self.reached]
        return sorted(modules if _is_lazy(wheel) else [*modules, *wheel.data])

    def _visit(self, name: str) -> None:
        wheel = self._owner[name]
        lazy, path = _is_lazy(wheel), wheel.modules[name]
        said = _read(path, wheel.read(path), mentions=False)
        why = ""
        if said.unreadable:
            why = f"{name} computes what it imports"
        elif wheel.has_binaries:
            why = "it has extension modules"
        if why and lazy:
            raise BuildError(
                f"{wheel.name} is too big to ship whole, and its imports cannot be read ({why})."
                " release/closure.py needs a rule for it."
            )
        if why:
            self._keep_whole(wheel, why)
        for each in said.imports:
            if not each.inside or not lazy or self._called(wheel, each):
                self._follow(name, each)

    def _called(self, wheel: Wheel, each: Import) -> bool:
        return self._mentioned[wheel.name].issuperset(each.inside)

    @cached_property
    def _mentioned(self) -> dict[str, frozenset[str]]:
        """By lazy distribution: the identifiers in the app's modules that import it."""
        lazy = [wheel for wheel in self.wheels if _is_lazy(wheel)]
        return {
            wheel.name: frozenset[str]().union(
                *(
                    said.mentioned
                    for said in self._app.values()
                    if any(self._owner.get(each.module) is wheel for each in said.imports)
                )
            )
            for wheel in lazy
        }

    def _follow(self, asker: str, each: Import) -> None:
        name = each.module
        while name and name not in self._owner and name not in self._app:
            name = name.rpartition(".")[0]
        if not name:
            self.missing.setdefault(each.module, set()).add(asker)
        elif name in self._owner:
            self._reach(name)

    def _reach(self, name: str) -> None:
        """Mark a module, and the packages it is in: Python imports them first."""
        while name:
            wheel = self._owner.get(name)
            if wheel is not None and name not in self.reached:
                self.reached[name] = wheel
                self._waiting.append(name)
                self._announce(wheel)
            name = name.rpartition(".")[0]

    def _announce(self, wheel: Wheel) -> None:
        """Once: what a distribution offers through its metadata is loaded by name, too."""
        if wheel.name not in self._announced:
            self._announced.add(wheel.name)
            for name in wheel.entry_points & self._owner.keys():
                self._reach(name)

    def _keep_whole(self, wheel: Wheel, why: str) -> None:
        if wheel.name in self.whole:
            return
        self.whole[wheel.name] = why
        for name in wheel.modules:
            self._reach(name)
        for name in sorted(wheel.requires & self._by_name.keys()):
            needed = self._by_name[name]
            if not _is_lazy(needed):
                self._keep_whole(needed, f"{wheel.name} needs it, and {why}")
