"""What one Python file imports, read from its text without running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

_IMPORTERS = frozenset({"import_module", "__import__"})


@dataclass(frozen=True, slots=True)
class Import:
    """One import.

    Attributes:
        module: The absolute dotted name; of `from a import b` both `a` and `a.b` are given, because
            `b` may be a module.
        inside: The names of the functions around it, outermost first; empty for one that happens
            when the file is imported.
    """

    module: str
    inside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """What a file says about imports.

    Attributes:
        imports: All of them, except those for type checkers only.
        unreadable: It imports a name that it computes, so nobody can read which.
        mentioned: Every identifier it uses, if asked for: names, attributes, and texts that could
            be one (`getattr(x, "name")`).
    """

    imports: tuple[Import, ...]
    unreadable: bool
    mentioned: frozenset[str]


def read(source: bytes, name: str, *, is_package: bool, mentions: bool = True) -> Statements:
    """Read a file.

    Args:
        source: Its text.
        name: The module's dotted name, to which relative imports refer.
        is_package: Whether the file is an `__init__.py`.
        mentions: Whether to collect `mentioned`, which takes most of the time.

    Raises:
        SyntaxError: It is no Python, or one that this Python does not know.
    """
    # calls are looked at only where one could import
    deep = mentions or any(each.encode() in source for each in _IMPORTERS)
    visitor = _Visitor(name if is_package else name.rpartition(".")[0], deep=deep)
    visitor.visit(ast.parse(source))
    return Statements(tuple(visitor.imports), visitor.unreadable, frozenset(visitor.mentioned))


class _Visitor(ast.NodeVisitor):
    def __init__(self, package: str, *, deep: bool) -> None:
        self.imports: list[Import] = []
        self.mentioned: set[str] = set()
        self.unreadable = False
        self._package = package
        self._deep = deep
        self._importers = set(_IMPORTERS)
        self._inside: tuple[str, ...] = ()

    def generic_visit(self, node: ast.AST) -> None:
        for part in ast.iter_child_nodes(node):
            if self._deep or not isinstance(part, ast.expr):
                self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        only_types = _last_name(node.test) == "TYPE_CHECKING"
        for part in node.orelse if only_types else ast.iter_child_nodes(node):
            self.visit(part)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        around = self._inside
        self._inside = (*around, node.name)
        self.generic_visit(node)
        self._inside = around

    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815 - ast's names

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = self._absolute("." * node.level + (node.module or ""))
        self._add(module)
        for alias in node.names:
            self._add(f"{module}.{alias.name}")
            if alias.name in _IMPORTERS and alias.asname:
                self._importers.add(alias.asname)

    def visit_Call(self, node: ast.Call) -> None:
        if _last_name(node.func) in self._importers:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                self._add(self._absolute(first.value))
            else:
                self.unreadable = True
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self.mentioned.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.mentioned.add(node.attr)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.isidentifier():
            self.mentioned.add(node.value)

    def _absolute(self, module: str) -> str:
        name = module.lstrip(".")
        dots = len(module) - len(name)
        if not dots:
            return name
        parts = self._package.split(".")
        base = ".".join(parts[: len(parts) - dots + 1])
        return f"{base}.{name}" if name else base

    def _add(self, module: str) -> None:
        self.imports.append(Import(module, self._inside))


def _last_name(node: ast.expr) -> str:
    """`c` of `a.b.c` or of `c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
