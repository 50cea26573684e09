"""Bicep's words: a cursor that reads the next token of a text on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_BLANK: Final = re.compile(r"(?:[ \t]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_DIRECTIVE: Final = re.compile(r"(?:[ \t\n]+|//[^\n]*|/\*.*?\*/|#[^\n]*)*", re.DOTALL)
_TOKEN: Final = re.compile(
    r"(?P<newline>\n(?:[ \t\n]+|//[^\n]*|/\*(?s:.*?)\*/|#[^\n]*(?=\n|$))*)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)"
    r"|(?P<sign>\.\.\.|=>|==|!=|=~|!~|<=|>=|&&|\|\||\?\?|::|[{}\[\]().,:?=!<>|+\-*/%@^])",
    re.ASCII,
)


class WrongSyntaxError(Exception):
    """The text is not Bicep.

    Attributes:
        at: Offset of the first character that does not fit.
        reason: What was expected there.
    """

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at, self.reason = at, reason


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    Attributes:
        kind: "word", "number", "sign", "quote" (a string begins), "newline" or "end".
        text: Its text.
        at: Offset of its first character.
        end: Offset behind its last character.
    """

    kind: str
    text: str
    at: int
    end: int


@dataclass(slots=True)
class Cursor:
    """A position in a text.

    Attributes:
        text: The whole text, with line feeds only.
        position: Offset behind the last token that was taken.
    """

    text: str
    position: int = 0
    _peeked: Token | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        found = _DIRECTIVE.match(self.text)
        self.position = found.end() if found else 0

    def peek(self) -> Token:
        """The next token; it stays where it is."""
        if self._peeked is None:
            self._peeked = self._read()
        return self._peeked

    def take(self) -> Token:
        """The next token, taken."""
        token = self.peek()
        self.position, self._peeked = token.end, None
        return token

    def move(self, position: int) -> None:
        """Go on reading at an offset."""
        self.position, self._peeked = position, None

    def at_sign(self, *signs: str) -> bool:
        """Whether the next token is one of these signs."""
        token = self.peek()
        return token.kind == "sign" and token.text in signs

    def at_word(self, *words: str) -> bool:
        """Whether the next token is one of these words."""
        token = self.peek()
        return token.kind == "word" and token.text in words

    def accept(self, sign: str) -> bool:
        """Take the next token if it is this sign."""
        if self.at_sign(sign):
            self.take()
            return True
        return False

    def expect(self, sign: str) -> Token:
        """Take a sign that must be there.

        Raises:
            WrongSyntaxError: Something else is there.
        """
        if not self.at_sign(sign):
            raise self.wrong(f"expected '{sign}'")
        return self.take()

    def word(self, what: str) -> Token:
        """Take a word that must be there.

        Raises:
            WrongSyntaxError: Something else is there.
        """
        if self.peek().kind != "word":
            raise self.wrong(f"expected {what}")
        return self.take()

    def newlines(self) -> bool:
        """Take the line ends here, if any; whether there were some."""
        found = self.peek().kind == "newline"
        if found:
            self.take()
        return found

    def beyond_newlines(self) -> Token:
        """The next token that is no line end; the cursor stays."""
        position = self.position
        self.newlines()
        token = self.peek()
        self.move(position)
        return token

    def wrong(self, reason: str) -> WrongSyntaxError:
        """The error that something else was expected here."""
        token = self.peek()
        found = {"newline": "the end of the line", "end": "the end of the file"}
        return WrongSyntaxError(
            token.at, f"syntax: {reason}, found {found.get(token.kind, repr(token.text))}"
        )

    def _read(self) -> Token:
        blank = _BLANK.match(self.text, self.position)
        at = blank.end() if blank else self.position
        if at >= len(self.text):
            return Token("end", "", at, at)
        found = _TOKEN.match(self.text, at)
        if found:
            return Token(found.lastgroup or "", found[0], at, found.end())
        if self.text[at] == "'" or self.text.startswith("$", at):
            return Token("quote", self.text[at], at, at + 1)
        raise WrongSyntaxError(at, f"syntax: unexpected character {self.text[at]!r}")
