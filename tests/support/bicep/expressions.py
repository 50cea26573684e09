"""Parse Bicep's expressions: operators, literals, strings with interpolation, loops, lambdas.

The grammar, with its rules about line ends, is the compiler's:
https://learn.microsoft.com/azure/azure-resource-manager/bicep/operators
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.bicep import syntax as s
from tests.support.bicep.tokens import Cursor, WrongSyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable

PRECEDENCE: Final = {
    sign: rank
    for rank, signs in enumerate(
        ["??", "||", "&&", "== != =~ !~", "< <= > >=", "+ -", "* / %"], start=1
    )
    for sign in signs.split()
}
_ESCAPE: Final = re.compile(r"\\(u\{[0-9A-Fa-f]+\}|[\\'nrt$])")
_PLAIN: Final = {"\\": "\\", "'": "'", "n": "\n", "r": "\r", "t": "\t", "$": "$"}
_SIMPLE: Final = re.compile(r"[^'\\$\n]+")
_RAW_START: Final = re.compile(r"(\$*)'''(\n?)")


class Expressions:
    """Reads expressions at a cursor."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    def expression(self) -> s.Node:
        """An expression, up to a ternary."""
        cursor = self.cursor
        first = self._binary(0)
        after = cursor.beyond_newlines()
        if (after.kind, after.text) != ("sign", "?"):
            return first
        cursor.newlines()
        cursor.take()
        cursor.newlines()
        yes = self.expression()
        cursor.newlines()
        cursor.expect(":")
        cursor.newlines()
        no = self.expression()
        return s.Ternary(first.at, no.end, first, yes, no)

    def _binary(self, floor: int) -> s.Node:
        left = self._unary()
        while True:
            token = self.cursor.peek()
            rank = PRECEDENCE.get(token.text, 0) if token.kind == "sign" else 0
            if rank <= floor:
                return left
            self.cursor.take()
            right = self._binary(rank)
            left = s.Binary(left.at, right.end, token.text, left, right)

    def _unary(self) -> s.Node:
        if self.cursor.at_sign("!", "-", "+"):
            token = self.cursor.take()
            operand = self._unary()
            if isinstance(operand, s.Integer) and token.text == "-":
                return s.Integer(token.at, operand.end, -operand.value)
            return s.Unary(token.at, operand.end, token.text, operand)
        return self._postfix(self._primary())

    def _postfix(self, base: s.Node) -> s.Node:
        cursor = self.cursor
        while True:
            if cursor.accept("["):
                safe = cursor.accept("?")
                cursor.accept("^")
                index = self.expression()
                base = s.Index(base.at, cursor.expect("]").end, base, index, safe)
            elif cursor.accept("."):
                safe = cursor.accept("?")
                name = cursor.word("the name of a property")
                if cursor.at_sign("("):
                    arguments = self.arguments()
                    base = s.Call(base.at, cursor.position, name.text, arguments, base)
                else:
                    base = s.Member(base.at, name.end, base, name.text, safe)
            elif cursor.accept("::"):
                name = cursor.word("the name of a nested resource")
                base = s.Nested(base.at, name.end, base, name.text)
            elif cursor.at_sign("!"):
                base = s.NotNull(base.at, cursor.take().end, base)
            else:
                return base

    def _primary(self) -> s.Node:
        token = self.cursor.peek()
        if token.kind == "number":
            self.cursor.take()
            return s.Integer(token.at, token.end, int(token.text))
        if token.kind == "quote":
            return self.string()
        if token.kind == "word":
            return self._word()
        starts: dict[str, Callable[[], s.Node]] = {
            "{": self.object,
            "[": self._bracket,
            "(": self._parenthesis,
        }
        if token.kind == "sign" and token.text in starts:
            return starts[token.text]()
        raise self.cursor.wrong("expected an expression")

    def _word(self) -> s.Node:
        token = self.cursor.take()
        if token.text in {"true", "false"}:
            return s.Boolean(token.at, token.end, token.text == "true")
        if token.text == "null":
            return s.Null(token.at, token.end)
        if self.cursor.at_sign("("):
            arguments = self.arguments()
            return s.Call(token.at, self.cursor.position, token.text, arguments, None)
        if self.cursor.accept("=>"):
            return self._lambda(token.at, (token.text,))
        return s.Name(token.at, token.end, token.text)

    def _lambda(self, at: int, names: tuple[str, ...]) -> s.Node:
        self.cursor.newlines()
        body = self.expression()
        return s.Lambda(at, body.end, names, body)

    def arguments(self) -> tuple[s.Node, ...]:
        """`(one, two)`; line ends may follow the parenthesis and each comma."""
        cursor, found = self.cursor, list[s.Node]()
        cursor.expect("(")
        cursor.newlines()
        while not cursor.at_sign(")"):
            found.append(self.expression())
            if cursor.accept(","):
                cursor.newlines()
                if cursor.at_sign(")"):
                    raise cursor.wrong("expected an argument after the comma")
            else:
                cursor.newlines()
                break
        cursor.expect(")")
        return tuple(found)

    def _parenthesis(self) -> s.Node:
        at = self.cursor.peek().at
        items = self.arguments()
        if self.cursor.accept("=>"):
            names = tuple(each.name for each in items if isinstance(each, s.Name))
            if len(names) != len(items):
                raise WrongSyntaxError(at, "syntax: a lambda's arguments must be names")
            return self._lambda(at, names)
        if len(items) != 1:
            raise WrongSyntaxError(at, "syntax: parentheses must hold one expression")
        return items[0]

    def _elements(self, closing: str, read: Callable[[], s.Node]) -> tuple[tuple[s.Node, ...], int]:
        cursor, found = self.cursor, list[s.Node]()
        cursor.newlines()
        while not cursor.at_sign(closing):
            found.append(read())
            if cursor.accept(","):
                if cursor.newlines():
                    raise WrongSyntaxError(
                        found[-1].end, "syntax: a comma at the end of a line (use one of the two)"
                    )
            elif not cursor.newlines() and not cursor.at_sign(closing):
                raise cursor.wrong("expected a new line or a comma")
        return tuple(found), cursor.take().end

    def _spread(self) -> s.Node:
        at = self.cursor.take().at
        value = self.expression()
        return s.Spread(at, value.end, value)

    def object(self) -> s.Object:
        """`{...}`."""
        at = self.cursor.expect("{").at
        items, end = self._elements("}", self.member)
        return s.Object(at, end, items)

    def member(self) -> s.Node:
        """One item of an object."""
        cursor = self.cursor
        if cursor.at_sign("..."):
            return self._spread()
        key: s.String | s.Name
        if cursor.peek().kind == "quote":
            key = self.string()
        else:
            token = cursor.word("the name of a property")
            key = s.Name(token.at, token.end, token.text)
        cursor.expect(":")
        value = self.expression()
        return s.Property(key.at, value.end, key, value)

    def _bracket(self) -> s.Node:
        at = self.cursor.expect("[").at
        after = self.cursor.beyond_newlines()
        if (after.kind, after.text) == ("word", "for"):
            return self.loop(at, self.expression)
        items, end = self._elements("]", self._element)
        return s.Array(at, end, items)

    def _element(self) -> s.Node:
        return self._spread() if self.cursor.at_sign("...") else self.expression()

    def loop(self, at: int, body: Callable[[], s.Node]) -> s.Node:
        """The rest of `[for item in source: body]`, from `for` on."""
        cursor, index = self.cursor, None
        cursor.newlines()
        cursor.take()
        if cursor.accept("("):
            item = cursor.word("a loop variable").text
            cursor.expect(",")
            index = cursor.word("a loop index").text
            cursor.expect(")")
        else:
            item = cursor.word("a loop variable").text
        if not cursor.at_word("in"):
            raise cursor.wrong("expected 'in'")
        cursor.take()
        source = self.expression()
        cursor.expect(":")
        inner = body()
        cursor.newlines()
        return s.For(at, cursor.expect("]").end, item, index, source, inner)

    # -- strings ----------------------------------------------------------------------------------

    def string(self) -> s.String:
        """A string at the cursor, in single or triple quotes."""
        at, text = self.cursor.peek().at, self.cursor.text
        raw = _RAW_START.match(text, at)
        if raw:
            return self._raw(at, raw)
        parts, plain, here = list[str | s.Node](), "", at + 1
        while text[here : here + 1] != "'":
            escaped = _ESCAPE.match(text, here)
            if text.startswith("${", here):
                hole = list[str | s.Node]()
                here = self._hole(here + 2, hole)
                parts, plain = [*parts, plain, *hole], ""
            elif escaped:
                code = escaped[1]
                plain += chr(int(code[2:-1], 16)) if code.startswith("u{") else _PLAIN[code]
                here = escaped.end()
            elif text[here : here + 1] in {"", "\n", "\\"}:
                raise WrongSyntaxError(here, "syntax: the string does not end, or a wrong escape")
            else:
                simple = _SIMPLE.match(text, here)
                end = simple.end() if simple else here + 1
                plain, here = plain + text[here:end], end
        self.cursor.move(here + 1)
        return s.String(at, here + 1, tuple(part for part in [*parts, plain] if part != ""))

    def _hole(self, at: int, into: list[str | s.Node]) -> int:
        self.cursor.move(at)
        into.append(self.expression())
        return self.cursor.expect("}").end

    def _raw(self, at: int, start: re.Match[str]) -> s.String:
        text, opening = self.cursor.text, start[1] + "{"
        parts, plain, here = list[str | s.Node](), "", start.end()
        while not text.startswith("'''", here):
            if start[1] and text.startswith(opening, here):
                hole = list[str | s.Node]()
                here = self._hole(here + len(opening), hole)
                parts, plain = [*parts, plain, *hole], ""
            elif here >= len(text):
                raise WrongSyntaxError(at, "syntax: the string in triple quotes does not end")
            else:
                plain, here = plain + text[here], here + 1
        end = here + 3
        while text.startswith("'", end):
            plain, end = plain + "'", end + 1
        self.cursor.move(end)
        return s.String(at, end, tuple(part for part in [*parts, plain] if part != ""))
