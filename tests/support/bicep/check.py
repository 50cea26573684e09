"""Check Bicep files: what `bicep build` and `bicep lint` would say, as far as it can be told.

Not told: quota, policy, names that are taken, what a service makes of a well-formed request, and
types deep inside expressions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.assign import Assignment, Typed
from tests.support.bicep.data import type_data
from tests.support.bicep.declared import declared_type, is_required, literal, of_parameter
from tests.support.bicep.infer import Inference
from tests.support.bicep.lint import lint
from tests.support.bicep.names import Names
from tests.support.bicep.start import check_start
from tests.support.bicep.workspace import Placed, Unit, Workspace

if TYPE_CHECKING:
    from pathlib import Path

_SCOPE_BITS: Final = {
    "tenant": t.TENANT,
    "managementGroup": t.MANAGEMENT_GROUP,
    "subscription": t.SUBSCRIPTION,
    "resourceGroup": t.RESOURCE_GROUP,
}
_EXTENSIONS: Final = frozenset(
    {"microsoft.authorization/roleassignments", "microsoft.insights/diagnosticsettings"}
)
_MODULE_PROPERTIES: Final = frozenset(
    {"name", "params", "scope", "dependsOn", "identity", "extensionConfigs"}
)


def check(path: Path, data: t.TypeData | None = None) -> list[str]:
    """Check a template or a parameter file, with every module that it uses.

    Args:
        path: The file.
        data: The types of resources; those of the tests when not given.

    Returns:
        The problems, as `path:line: message`, in order.

    Raises:
        OSError: A file cannot be read.
    """
    workspace = Workspace(data or type_data())
    workspace.open(path)
    done: set[Path] = set()
    while waiting := [each for real, each in workspace.units.items() if real not in done]:
        for unit in waiting:
            done.add(unit.path)
            check_unit(unit)
    found = [
        f"{unit.path}:{unit.line(at)}: {message}"
        for unit in workspace.units.values()
        for at, message in sorted(unit.problems)
    ]
    return list(dict.fromkeys(found))


def check_unit(unit: Unit) -> list[Typed]:
    """Note the problems of one file; it opens the files that this one refers to.

    Returns:
        The properties whose types are known, so that tests can see how far the check reaches.
    """
    if unit.file.problems:
        return []
    Names(unit).check()
    if unit.path.suffix == ".bicepparam":
        return _parameter_file(unit)
    inference = Inference(unit)
    assignment = Assignment(unit, inference)
    _Declarations(unit, inference, assignment).check()
    check_start(unit)
    lint(unit, inference)
    return assignment.typed


class _Declarations:
    def __init__(self, unit: Unit, inference: Inference, assignment: Assignment) -> None:
        self.unit, self.inference, self.assignment = unit, inference, assignment

    def check(self) -> None:
        for each in self.unit.file.declarations:
            if isinstance(each, s.Parameter):
                self._parameter(each)
            elif isinstance(each, s.Variable):
                wanted = declared_type(self.unit, each.type, ()) if each.type else t.ANY
                self.assignment.check(each.value, wanted, each.name)
            elif isinstance(each, s.Output):
                wanted = declared_type(self.unit, each.type, each.decorators)
                self.assignment.check(each.value, wanted, f"output {each.name}")
            elif isinstance(each, s.Module):
                self._module(each)
            elif isinstance(each, s.Other):
                self._other(each)
        for placed in self.unit.resources:
            self._resource(placed)

    def _other(self, node: s.Other) -> None:
        if node.keyword == "targetScope":
            text = node.value.literal if isinstance(node.value, s.String) else None
            if text not in _SCOPE_BITS:
                self.unit.bad(node, f"targetScope must be one of {', '.join(_SCOPE_BITS)}")

    def _parameter(self, node: s.Parameter) -> None:
        type_ = of_parameter(self.unit, node)
        if node.default is not None:
            self.assignment.check(node.default, type_, f"param {node.name}")
        allowed = node.decorator("allowed")
        base = declared_type(self.unit, node.type, ())
        if allowed and allowed.arguments and isinstance(allowed.arguments[0], s.Array):
            for item in allowed.arguments[0].items:
                wanted = base.item.type if isinstance(base, t.ArrayType) else base
                if literal(item) is None:
                    self.unit.bad(item, "@allowed takes literals only")
                self.assignment.check(item, wanted, f"@allowed of {node.name}")

    # -- resources --------------------------------------------------------------------------------

    def _resource(self, placed: Placed) -> None:
        unit, node = self.unit, placed.resource
        body, inner = self._body(placed)
        found = unit.workspace.data.get(placed.reference)
        name, _, version = placed.reference.partition("@")
        if found is None:
            known = unit.workspace.data.versions(name)
            hint = f" (known versions: {', '.join(known)})" if known else " (unknown type)"
            unit.bad(node, f"unknown resource type {name}@{version}{hint}")
        elif body is not None:
            mode = "existing" if node.existing else "new"
            wanted = self._with_scope(found)
            self.assignment.resource(body, wanted, node.name, inner, mode)
        if body is None:
            return
        if found is not None:
            self._scope(placed, found, body)
        self._parent(placed, body)

    def _body(self, placed: Placed) -> tuple[s.Object | None, dict[str, t.Type]]:
        outer: dict[str, t.Type] = {}
        if placed.parent is not None:
            outer = self._body(placed.parent)[1]
            for sibling in self.unit.children(placed.parent):
                outer = {**outer, sibling.resource.name: self.inference.resource(sibling)}
        body, inner = self.assignment.body(placed.resource.value, outer)
        return body, dict(inner)

    @staticmethod
    def _with_scope(found: t.ResourceType) -> t.Type:
        return found.body

    def _scope(self, placed: Placed, found: t.ResourceType, body: s.Object) -> None:
        unit, node = self.unit, placed.resource
        scope = body.get("scope")
        if found.name.lower() in _EXTENSIONS and scope is None and not node.existing:
            unit.bad(
                node,
                f"{node.name}: missing 'scope': it would apply to the whole {unit.target_scope}",
            )
        bit = _SCOPE_BITS.get(unit.target_scope, 0)
        anchored = scope is not None or placed.parent is not None or body.get("parent") is not None
        if found.scopes and not anchored and not node.existing and not found.scopes & bit:
            unit.bad(
                node, f"{node.name}: {found.name} cannot be deployed at {unit.target_scope} scope"
            )

    def _parent(self, placed: Placed, body: s.Object) -> None:
        unit, node = self.unit, placed.resource
        parent = body.get("parent")
        if parent is None:
            if placed.parent is None and "/" in _tail(placed.reference):
                self._needs_parent(placed, body)
            return
        base = parent.base if isinstance(parent, s.Index | s.NotNull) else parent
        symbol = unit.symbols.get(base.name) if isinstance(base, s.Name) else None
        if not isinstance(symbol, s.Resource):
            if isinstance(base, s.Name):
                unit.bad(parent, f"{node.name}: 'parent' is no resource")
            return
        expected = placed.reference.partition("@")[0].rpartition("/")[0].lower()
        actual = unit.placed(symbol).reference.partition("@")[0].lower()
        if expected != actual:
            unit.bad(parent, f"{node.name}: 'parent' must be a {expected}, found {actual}")

    def _needs_parent(self, placed: Placed, body: s.Object) -> None:
        name = body.get("name")
        if not isinstance(name, s.String) or "/" not in self.unit.source(name):
            self.unit.bad(placed.resource, f"{placed.resource.name}: missing 'parent'")

    # -- modules ----------------------------------------------------------------------------------

    def _module(self, node: s.Module) -> None:
        unit = self.unit
        body, inner = self.assignment.body(node.value, {})
        child = unit.module(node.reference)
        if child is None:
            unit.bad(node, f"module file '{node.reference}' does not exist")
        if body is None:
            return
        for item in body.items:
            if isinstance(item, s.Property) and item.name not in _MODULE_PROPERTIES:
                unit.bad(item, f"a module has no property '{item.name}'")
        if child is None:
            return
        params = body.get("params")
        if params is not None and not isinstance(params, s.Object):
            unit.bad(params, f"{node.name}: 'params' must be an object")
            return
        given = params if isinstance(params, s.Object) else s.Object(node.at, node.at, ())
        self.assignment.object(given, parameters_type(child), f"{node.name}.params", inner)
        self._module_scope(node, body, child)

    def _module_scope(self, node: s.Module, body: s.Object, child: Unit) -> None:
        if child.target_scope != self.unit.target_scope and body.get("scope") is None:
            self.unit.bad(
                node,
                f"{node.name}: missing 'scope': the module is for a {child.target_scope}, "
                f"this file for a {self.unit.target_scope}",
            )


def _tail(reference: str) -> str:
    """`accounts/tables` of `Provider/accounts/tables@version`."""
    return reference.partition("@")[0].partition("/")[2]


def parameters_type(unit: Unit) -> t.ObjectType:
    """The object that a template takes as parameters."""
    fields = {
        name: t.known(of_parameter(unit, each), t.REQUIRED if is_required(unit, each) else 0)
        for name, each in unit.parameters.items()
    }
    return t.ObjectType("params", fields)


def _parameter_file(unit: Unit) -> list[Typed]:
    using = unit.declared(s.Using)
    if len(using) != 1:
        unit.problems[0, "a parameter file needs one `using`"] = None
        return []
    template = unit.module(using[0].name)
    if template is None:
        unit.bad(using[0], f"template '{using[0].name}' does not exist")
        return []
    wanted = parameters_type(template)
    assignment = Assignment(unit, Inference(unit))
    for name, each in unit.parameters.items():
        field = wanted.fields.get(name)
        if field is None:
            unit.bad(each, f"the template has no parameter '{name}'")
        elif each.default is not None:
            assignment.check(each.default, field.type, name)
    for name, field in wanted.fields.items():
        if field.flags & t.REQUIRED and name not in unit.parameters:
            unit.bad(using[0], f"missing parameter '{name}'")
    return assignment.typed
