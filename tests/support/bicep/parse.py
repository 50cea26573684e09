"""Parse Bicep files (`.bicep`) and their parameter files (`.bicepparam`).

Two grammars must agree: the one here, which knows everything that the compiler's does about line
ends, and tree-sitter-bicep's, which was written by others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import tree_sitter
import tree_sitter_bicep

from tests.support.bicep import syntax as s
from tests.support.bicep.expressions import Expressions
from tests.support.bicep.tokens import Cursor, WrongSyntaxError
from tests.support.bicep.type_syntax import TypeExpressions
from tests.support.bicep.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYWORDS: Final = frozenset(
    {"targetScope", "metadata", "assert", "param", "var", "resource", "module", "output", "type"}
    | {"func", "extension", "import", "using"}
)


class _Parser:
    def __init__(self, text: str, *, parameter_file: bool) -> None:
        self.cursor = Cursor(text)
        self.expressions = Expressions(self.cursor)
        self.types = TypeExpressions(self.cursor, self.expressions)
        self.parameter_file = parameter_file
        # a resource may be declared inside another one's object
        self.expressions.member = self._member  # type: ignore[method-assign]  # the seam

    def file(self) -> s.File:
        found, problems = list[s.Declaration](), list[tuple[int, str]]()
        while self.cursor.peek().kind != "end":
            start = self.cursor.peek().at
            try:
                found.append(self._declaration())
                if not self.cursor.newlines() and self.cursor.peek().kind != "end":
                    raise self.cursor.wrong("expected the end of the line")
            except WrongSyntaxError as error:
                problems.append((error.at, error.reason))
                self._recover(start, error.at)
        return s.File(tuple(found), tuple(problems))

    def _recover(self, start: int, at: int) -> None:
        """Go to the next line that begins a declaration, after the one that is wrong."""
        text = self.cursor.text
        here = max(text.rfind("\n", 0, at), text.find("\n", start))
        while here != -1:
            line = text[here + 1 : text.find("\n", here + 1) % (len(text) + 1)]
            first = line.split(maxsplit=1)[:1]
            if line[:1] == "@" or (first and first[0] in KEYWORDS and not line[0].isspace()):
                self.cursor.move(here + 1)
                return
            here = text.find("\n", here + 1)
        self.cursor.move(len(text))

    def _decorators(self) -> tuple[s.Decorator, ...]:
        found = list[s.Decorator]()
        while self.cursor.at_sign("@"):
            at = self.cursor.take().at
            name = self.cursor.word("a decorator").text
            while self.cursor.accept("."):
                name = self.cursor.word("a decorator").text
            arguments = self.expressions.arguments()
            found.append(s.Decorator(at, self.cursor.position, name, arguments))
            if not self.cursor.newlines():
                raise self.cursor.wrong("expected the end of the line after a decorator")
        return tuple(found)

    def _declaration(self) -> s.Declaration:
        decorators = self._decorators()
        token = self.cursor.peek()
        reader: dict[str, Callable[[int, tuple[s.Decorator, ...]], s.Declaration]] = {
            "param": self._parameter,
            "var": self._variable,
            "output": self._output,
            "type": self._type,
            "func": self._function,
            "resource": self._resource,
            "module": self._module,
            "extension": self._extension,
            "using": self._using,
        }
        if token.kind == "word" and token.text in reader:
            self.cursor.take()
            return reader[token.text](token.at, decorators)
        if self.cursor.at_word("import"):
            return self._import(decorators)
        if self.cursor.at_word("targetScope", "metadata", "assert"):
            return self._other(decorators)
        raise self.cursor.wrong("expected a declaration")

    def _parameter(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Parameter:
        name = self.cursor.word("the name of a parameter").text
        type_ = None if self.parameter_file else self.types.type()
        default = None
        if self.cursor.accept("="):
            default = self.expressions.expression()
        elif self.parameter_file:
            raise self.cursor.wrong("expected '='")
        return s.Parameter(at, self.cursor.position, name, decorators, type_, default)

    def _variable(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Variable:
        name = self.cursor.word("the name of a variable").text
        type_ = None if self.cursor.at_sign("=") else self.types.type()
        self.cursor.expect("=")
        value = self.expressions.expression()
        return s.Variable(at, value.end, name, decorators, type_, value)

    def _output(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Output:
        name = self.cursor.word("the name of an output").text
        type_ = self.types.type()
        self.cursor.expect("=")
        value = self.expressions.expression()
        return s.Output(at, value.end, name, decorators, type_, value)

    def _type(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.TypeDeclaration:
        name = self.cursor.word("the name of a type").text
        self.cursor.expect("=")
        type_ = self.types.type()
        return s.TypeDeclaration(at, type_.end, name, decorators, type_)

    def _function(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Function:
        cursor = self.cursor
        name = cursor.word("the name of a function").text
        cursor.expect("(")
        parameters = list[s.Parameter]()
        cursor.newlines()
        while not cursor.at_sign(")"):
            token = cursor.word("the name of an argument")
            type_ = self.types.type()
            parameters.append(s.Parameter(token.at, type_.end, token.text, (), type_, None))
            if not cursor.accept(","):
                cursor.newlines()
                break
            cursor.newlines()
        cursor.expect(")")
        returns = self.types.type()
        cursor.expect("=>")
        cursor.newlines()
        body = self.expressions.expression()
        return s.Function(at, body.end, name, decorators, tuple(parameters), returns, body)

    def _reference(self) -> str:
        if self.cursor.peek().kind != "quote":
            raise self.cursor.wrong("expected a string")
        literal = self.expressions.string()
        if literal.literal is None:
            raise WrongSyntaxError(literal.at, "syntax: interpolation is not allowed here")
        return literal.literal

    def _resource(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Resource:
        name = self.cursor.word("the name of a resource").text
        reference = self._reference()
        existing = self.cursor.at_word("existing")
        if existing:
            self.cursor.take()
        self.cursor.expect("=")
        value = self._body()
        return s.Resource(at, value.end, name, decorators, reference, existing, value)

    def _module(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Module:
        name = self.cursor.word("the name of a module").text
        reference = self._reference()
        self.cursor.expect("=")
        value = self._body()
        return s.Module(at, value.end, name, decorators, reference, value)

    def _body(self) -> s.Node:
        self.cursor.newlines()
        if self.cursor.at_sign("["):
            at = self.cursor.take().at
            after = self.cursor.beyond_newlines()
            if (after.kind, after.text) != ("word", "for"):
                raise self.cursor.wrong("expected 'for'")
            return self.expressions.loop(at, self._condition)
        return self._condition()

    def _condition(self) -> s.Node:
        if not self.cursor.at_word("if"):
            return self.expressions.object()
        at = self.cursor.take().at
        conditions = self.expressions.arguments()
        if len(conditions) != 1:
            raise WrongSyntaxError(at, "syntax: `if` takes one condition")
        body = self.expressions.object()
        return s.If(at, body.end, conditions[0], body)

    def _member(self) -> s.Node:
        cursor = self.cursor
        decorators = self._decorators()
        if cursor.at_word("resource"):
            here = cursor.take()
            if cursor.peek().kind == "word":
                return self._resource(here.at, decorators)
            cursor.move(here.at)
        return Expressions.member(self.expressions)

    def _extension(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Extension:
        if self.cursor.peek().kind == "quote":
            name = self._reference()
        else:
            name = self.cursor.word("the name of an extension").text
        if self.cursor.at_word("with"):
            self.cursor.take()
            self.expressions.object()
        if self.cursor.at_word("as"):
            self.cursor.take()
            self.cursor.word("an alias")
        return s.Extension(at, self.cursor.position, name, decorators)

    def _using(self, at: int, decorators: tuple[s.Decorator, ...]) -> s.Using:
        if not self.parameter_file:
            raise WrongSyntaxError(at, "syntax: `using` belongs into a .bicepparam file")
        return s.Using(at, self.cursor.position, self._reference(), decorators)

    def _import(self, decorators: tuple[s.Decorator, ...]) -> s.Import:
        cursor = self.cursor
        at, names = cursor.take().at, list[tuple[str, str]]()
        if cursor.accept("*"):
            self._keyword("as")
            names.append(("*", cursor.word("an alias").text))
        else:
            cursor.expect("{")
            cursor.newlines()
            while not cursor.at_sign("}"):
                name = alias = cursor.word("the name of a symbol").text
                if cursor.at_word("as"):
                    cursor.take()
                    alias = cursor.word("an alias").text
                names.append((name, alias))
                if not cursor.accept(",") and not cursor.newlines() and not cursor.at_sign("}"):
                    raise cursor.wrong("expected a new line or a comma")
            cursor.take()
        self._keyword("from")
        reference = self._reference()
        return s.Import(at, cursor.position, "", decorators, tuple(names), reference)

    def _keyword(self, word: str) -> None:
        if not self.cursor.at_word(word):
            raise self.cursor.wrong(f"expected '{word}'")
        self.cursor.take()

    def _other(self, decorators: tuple[s.Decorator, ...]) -> s.Other:
        token = self.cursor.take()
        name = ""
        if token.text != "targetScope":
            name = self.cursor.word("a name").text
        self.cursor.expect("=")
        value = self.expressions.expression()
        return s.Other(token.at, value.end, name, decorators, token.text, value)


def parse(text: str, *, parameter_file: bool = False) -> s.File:
    """Parse a text.

    Args:
        text: The file's text.
        parameter_file: Whether it is a `.bicepparam` file.

    Returns:
        What was understood, and the problems with their offsets.
    """
    text = text.replace("\r\n", "\n")
    own = _Parser(text, parameter_file=parameter_file).file()
    # tree-sitter's grammar asks for a type after `param x`, even in a parameter file
    if own.problems or parameter_file:
        return own
    return s.File(own.declarations, tuple(_second_opinion(text, own)))


# -- the other grammar ----------------------------------------------------------------------------


@cache
def _tree_sitter() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


def _second_opinion(text: str, own: s.File) -> Iterator[tuple[int, str]]:
    masked = text
    for at, end, replacement in _unknown_to_tree_sitter(own):
        masked = masked[:at] + replacement.ljust(end - at) + masked[end:]
    data = masked.encode()
    waiting = [_tree_sitter().parse(data).root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error or (node.is_missing and node.type != "identifier"):
            at = len(data[: node.start_byte].decode(errors="ignore"))
            line = text[at : text.find("\n", at) % (len(text) + 1)].strip()
            yield at, f"syntax: tree-sitter does not understand {line[:60]!r}"
        elif node.has_error:
            waiting += node.children


def _unknown_to_tree_sitter(own: s.File) -> Iterator[tuple[int, int, str]]:
    """What tree-sitter-bicep 1.1.0 cannot parse, and what stands in for it there."""
    for declaration in own.declarations:
        if isinstance(declaration, s.Extension):
            yield declaration.at, declaration.end, ""
        for each in walk(declaration):
            # `...x` looks like a property there, or like a plain item of an array
            if isinstance(each, s.Object | s.Array):
                stand_in = "_:" if isinstance(each, s.Object) else ""
                for item in each.items:
                    if isinstance(item, s.Spread):
                        yield item.at, item.at + 3, stand_in
