"""Whether a value may stand where a type is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.bicep import kinds as t
from tests.support.bicep import syntax as s
from tests.support.bicep.fits import mismatch, shown
from tests.support.bicep.walk import body_of

if TYPE_CHECKING:
    from tests.support.bicep.infer import Inference, Locals
    from tests.support.bicep.workspace import Unit


@dataclass(frozen=True, slots=True)
class Typed:
    """A property whose type is known.

    Attributes:
        owner: The object that it stands in.
        item: The property.
        field: Its type and flags.
    """

    owner: s.Object
    item: s.Property
    field: t.Field


class Assignment:
    """Checks values in one file."""

    def __init__(self, unit: Unit, inference: Inference) -> None:
        self.unit, self.inference = unit, inference
        self.typed = list[Typed]()

    def check(self, node: s.Node, wanted: t.Type, where: str, inner: Locals | None = None) -> None:
        """Note what is wrong with a value.

        Args:
            node: The value.
            wanted: The type that is expected.
            where: The property, for messages.
            inner: The types of loop variables around it.
        """
        inner = inner or {}
        if isinstance(node, s.Ternary):
            self.inference.type(node.condition, inner)
            self.check(node.yes, wanted, where, inner)
            self.check(node.no, wanted, where, inner)
        elif isinstance(node, s.For):
            plain = t.without_null(wanted)
            item = plain.item.type if isinstance(plain, t.ArrayType) else t.ANY
            if plain != t.ANY and not isinstance(plain, t.ArrayType | t.UnionType):
                self._wrong(node, wanted, "array", where)
            within = self.inference.loop(node, inner)
            self.check(node.body, item, f"{where}[]", within)
        elif isinstance(node, s.Object):
            self._object_for(node, wanted, where, inner)
        elif isinstance(node, s.Array):
            self._array(node, wanted, where, inner)
        else:
            self._value(node, wanted, where, inner)

    def _wrong(self, node: s.Node, wanted: t.Type, found: str, where: str) -> None:
        self.unit.bad(node, f"{where}: expected {shown(wanted)}, found {found}")

    # -- objects ----------------------------------------------------------------------------------

    def _object_for(self, node: s.Object, wanted: t.Type, where: str, inner: Locals) -> None:
        plain = t.without_null(wanted)
        if isinstance(plain, t.UnionType):
            objects = [
                each for each in plain.options if isinstance(each, t.ObjectType | t.ChoiceType)
            ]
            if not objects:
                self._wrong(node, wanted, "object", where)
                return
            fitting = [each for each in objects if _could_be(node, each)]
            plain = fitting[0] if len(fitting) == 1 else t.ANY
            if len(fitting) != 1:
                self.unit.bad(node, f"{where}: fits {len(fitting)} of {len(objects)} shapes")
        if isinstance(plain, t.ChoiceType):
            self._choice(node, plain, where, inner)
        elif isinstance(plain, t.ObjectType):
            self.object(node, plain, where, inner)
        elif plain == t.ANY:
            self.object(node, t.OBJECT, where, inner)
        else:
            self._wrong(node, wanted, "object", where)

    def _choice(
        self, node: s.Object, wanted: t.ChoiceType, where: str, inner: Locals, *, top: bool = False
    ) -> None:
        value = node.get(wanted.discriminator)
        if value is None:
            if not any(isinstance(each, s.Spread) for each in node.items):
                self.unit.bad(node, f"{where}: missing required property '{wanted.discriminator}'")
            return
        type_ = self.inference.type(value, inner)
        name = type_.value if isinstance(type_, t.StringType) else None
        if name is None:
            reason = mismatch(type_, t.STRING)
            if reason:
                self.unit.bad(value, f"{where}.{wanted.discriminator}: {reason}")
            return
        shape = wanted.shape(name)
        if shape is None:
            options = ", ".join(sorted(wanted.shapes))
            self.unit.bad(value, f"{where}.{wanted.discriminator}: must be one of {options}")
            return
        self.object(node, shape, where, inner, top=top)

    def resource(
        self, node: s.Object, wanted: t.Type, where: str, inner: Locals, mode: str
    ) -> None:
        """Check the body of a resource.

        Args:
            node: Its object.
            wanted: Its type.
            where: Its symbol.
            inner: The types of loop variables around it.
            mode: "new" or "existing".
        """
        if isinstance(wanted, t.ChoiceType):
            self._choice(node, wanted, where, inner, top=True)
        elif isinstance(wanted, t.ObjectType):
            self.object(node, wanted, where, inner, top=True, existing=mode == "existing")

    def object(
        self,
        node: s.Object,
        wanted: t.ObjectType,
        where: str,
        inner: Locals,
        *,
        top: bool = False,
        existing: bool = False,
    ) -> None:
        """Check an object's properties: known, writable, all there, each of its type."""
        seen, complete = set[str](), True
        for item in node.items:
            if isinstance(item, s.Spread):
                complete = False
                self.inference.type(item.value, inner)
            if not isinstance(item, s.Property):
                continue
            name = item.name
            if name is None:
                complete = False
                self._rest(item, wanted, f"{where}.*", inner)
                continue
            if name in seen:
                self.unit.bad(item, f"{where}: property '{name}' is given twice")
            seen.add(name)
            if top and name not in wanted.fields and name in {"scope", "dependsOn", "parent"}:
                self.inference.type(item.value, inner)
            else:
                field = wanted.fields.get(name)
                if field is not None and wanted.other is None:
                    self.typed.append(Typed(node, item, field))
                self._property(item, name, wanted, where, inner, existing=existing)
        if complete:
            self._missing(node, wanted, seen, where, existing=existing)

    def _rest(self, item: s.Property, wanted: t.ObjectType, where: str, inner: Locals) -> None:
        self.check(item.value, wanted.other.type if wanted.other else t.ANY, where, inner)

    def _property(
        self,
        item: s.Property,
        name: str,
        wanted: t.ObjectType,
        where: str,
        inner: Locals,
        *,
        existing: bool,
    ) -> None:
        field = wanted.fields.get(name)
        if field is None and wanted.other is None:
            spelled = {each.lower(): each for each in wanted.fields}
            hint = f" (did you mean '{spelled[name.lower()]}'?)" if name.lower() in spelled else ""
            self.unit.bad(item, f"{where}: unknown property '{name}'{hint}")
            self.inference.type(item.value, inner)
            return
        if field is None:
            self._rest(item, wanted, f"{where}.{name}", inner)
            return
        if field.flags & t.READ_ONLY and not existing:
            self.unit.bad(item, f"{where}: property '{name}' is read-only")
        type_ = field.type
        if not field.flags & t.REQUIRED:
            type_ = t.union(type_, t.NULL)
        self.check(item.value, type_, f"{where}.{name}", inner)

    def _missing(
        self, node: s.Object, wanted: t.ObjectType, seen: set[str], where: str, *, existing: bool
    ) -> None:
        for name, field in wanted.fields.items():
            needed = field.flags & t.REQUIRED and (not existing or field.flags & t.IDENTIFIER)
            if existing and name == "name":
                needed = field.flags & t.REQUIRED
            if needed and name not in seen:
                self.unit.bad(node, f"{where}: missing required property '{name}'")

    # -- arrays and values ------------------------------------------------------------------------

    def _array(self, node: s.Array, wanted: t.Type, where: str, inner: Locals) -> None:
        plain = t.without_null(wanted)
        if isinstance(plain, t.UnionType):
            arrays = [each for each in plain.options if isinstance(each, t.ArrayType)]
            plain = arrays[0] if len(arrays) == 1 else t.ANY if arrays else plain
        if not isinstance(plain, t.ArrayType) and plain != t.ANY:
            self._wrong(node, wanted, "array", where)
            return
        item = plain.item.type if isinstance(plain, t.ArrayType) else t.ANY
        for at, each in enumerate(node.items):
            if isinstance(each, s.Spread):
                self.check(each.value, t.union(plain, t.NULL), f"{where}[{at}]", inner)
            else:
                self.check(each, item, f"{where}[{at}]", inner)
        if isinstance(plain, t.ArrayType) and not any(isinstance(x, s.Spread) for x in node.items):
            count = len(node.items)
            if count < (plain.minimum or 0) or count > (
                plain.maximum if plain.maximum is not None else count
            ):
                self.unit.bad(node, f"{where}: {count} items are too few or too many")

    def _value(self, node: s.Node, wanted: t.Type, where: str, inner: Locals) -> None:
        found = self.inference.type(node, inner)
        reason = mismatch(found, wanted)
        if reason:
            self.unit.bad(node, f"{where}: {reason}")

    def body(self, value: s.Node, inner: Locals) -> tuple[s.Object | None, Locals]:
        """The object of a resource or module, with the locals of its loop."""
        while isinstance(value, s.For | s.If):
            if isinstance(value, s.For):
                inner = self.inference.loop(value, inner)
            else:
                self.check(value.condition, t.BOOL, "if", inner)
            value = value.body
        return body_of(value), inner


def _could_be(node: s.Object, wanted: t.ObjectType | t.ChoiceType) -> bool:
    """Whether no property says that an object has another shape."""
    fields = wanted.fields if isinstance(wanted, t.ObjectType) else {}
    for name, field in fields.items():
        value, type_ = node.get(name), field.type
        text = value.literal if isinstance(value, s.String) else None
        if isinstance(type_, t.StringType) and type_.value not in (None, text):
            return False
    return True
