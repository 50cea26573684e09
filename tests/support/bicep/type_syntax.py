"""Parse Bicep's type expressions: `string`, `'a' | 'b'`, `{name: int?}[]`, `[string, int]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.bicep import syntax as s

if TYPE_CHECKING:
    from tests.support.bicep.expressions import Expressions
    from tests.support.bicep.tokens import Cursor


class TypeExpressions:
    """Reads types at a cursor."""

    def __init__(self, cursor: Cursor, expressions: Expressions) -> None:
        self.cursor, self.expressions = cursor, expressions

    def type(self) -> s.Node:
        """A type, up to a union."""
        cursor, options = self.cursor, list[s.Node]()
        at = cursor.peek().at
        cursor.accept("|")
        options.append(self._postfix(self._primary()))
        while True:
            after = cursor.beyond_newlines()
            if (after.kind, after.text) != ("sign", "|"):
                break
            cursor.newlines()
            cursor.take()
            cursor.newlines()
            options.append(self._postfix(self._primary()))
        if len(options) == 1:
            return options[0]
        return s.TypeUnion(at, options[-1].end, tuple(options))

    def _postfix(self, base: s.Node) -> s.Node:
        cursor = self.cursor
        while True:
            if cursor.accept("["):
                if cursor.accept("*"):
                    base = s.TypeMember(base.at, cursor.expect("]").end, base, "*")
                else:
                    base = s.TypeArray(base.at, cursor.expect("]").end, base)
            elif cursor.at_sign("?"):
                base = s.TypeNullable(base.at, cursor.take().end, base)
            elif cursor.at_sign("!"):
                cursor.take()
            elif cursor.accept("."):
                name = cursor.take()
                base = s.TypeMember(base.at, name.end, base, name.text)
            else:
                return base

    def _primary(self) -> s.Node:
        cursor, token = self.cursor, self.cursor.peek()
        if token.kind == "quote":
            text = self.expressions.string()
            return s.TypeLiteral(text.at, text.end, text.literal)
        if token.kind == "number" or cursor.at_sign("-"):
            negative = cursor.accept("-")
            number = cursor.take()
            value = -int(number.text) if negative else int(number.text)
            return s.TypeLiteral(token.at, number.end, value)
        if cursor.at_sign("{"):
            return self._object()
        if cursor.at_sign("["):
            return self._tuple()
        if cursor.accept("("):
            inner = self.type()
            cursor.expect(")")
            return inner
        return self._named()

    def _named(self) -> s.Node:
        cursor = self.cursor
        token = cursor.word("a type")
        if token.text in {"true", "false", "null"}:
            values = {"true": True, "false": False, "null": None}
            return s.TypeLiteral(token.at, token.end, values[token.text])
        arguments = list[s.Node]()
        if cursor.accept("<"):
            arguments.append(self.type())
            while cursor.accept(","):
                arguments.append(self.type())
            cursor.expect(">")
        return s.TypeName(token.at, cursor.position, token.text, tuple(arguments))

    def _decorators(self) -> tuple[s.Decorator, ...]:
        cursor, found = self.cursor, list[s.Decorator]()
        while cursor.at_sign("@"):
            at = cursor.take().at
            name = cursor.word("a decorator").text
            while cursor.accept("."):
                name = cursor.word("a decorator").text
            found.append(s.Decorator(at, cursor.position, name, self.expressions.arguments()))
            cursor.newlines()
        return tuple(found)

    def _separator(self, closing: str) -> None:
        cursor = self.cursor
        if not cursor.accept(",") and not cursor.newlines() and not cursor.at_sign(closing):
            raise cursor.wrong("expected a new line or a comma")

    def _object(self) -> s.Node:
        cursor, found = self.cursor, list[s.TypeProperty]()
        at = cursor.expect("{").at
        cursor.newlines()
        while not cursor.at_sign("}"):
            decorators = self._decorators()
            token = cursor.peek()
            if cursor.accept("*"):
                name = "*"
            elif token.kind == "quote":
                name = self.expressions.string().literal or ""
            else:
                name = cursor.word("the name of a property").text
            cursor.expect(":")
            type_ = self.type()
            found.append(s.TypeProperty(token.at, type_.end, name, type_, decorators))
            self._separator("}")
        return s.TypeObject(at, cursor.take().end, tuple(found))

    def _tuple(self) -> s.Node:
        cursor, found = self.cursor, list[s.Node]()
        at = cursor.expect("[").at
        cursor.newlines()
        while not cursor.at_sign("]"):
            self._decorators()
            found.append(self.type())
            self._separator("]")
        return s.TypeTuple(at, cursor.take().end, tuple(found))
