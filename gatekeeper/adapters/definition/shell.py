"""Owns reading a shell script as far as its simple commands: words, and what joins them. Judges nothing.

It follows quotes, comments, continued lines, here-documents, redirections and substitutions; what is inside ``$(…)``
stays one word. It is for finding what looks dangerous, never for running or quoting.
"""

import re

from gatekeeper.model.record import NamedTuple

_OPERATORS = ("&&", "||", ";;&", ";;", ";&", "|&", "&", "|", ";", "(", ")", "\n")
_REDIRECTIONS = ("<<<", "<<-", "<<", "&>>", "&>", ">>", ">&", "<&", ">|", "<>", ">", "<")
_LEADING = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "time"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_CLOSING = {"(": ")", "{": "}"}


class Simple(NamedTuple):
    """One simple command: unquoted words, the operators around it, and its line in the script, from 0.

    `leading` are the assignments right before its first word.
    """

    words: tuple[str, ...]
    before: str
    after: str
    line: int
    leading: tuple[str, ...] = ()

    @property
    def assignments(self) -> tuple[str, ...]:
        """What the command, `env` or `export` puts into the environment, as ``NAME=value``."""
        given = self.words[1:] if self.words[0] in {"env", "export"} else ()
        return (*self.leading, *(word for word in given if _ASSIGNMENT.match(word)))

    def assigned_to(self, name: str) -> tuple[str, ...]:
        """The values that `assignments` give to a variable."""
        return tuple(word.partition("=")[2] for word in self.assignments if word.partition("=")[0] == name)


def simple_commands(script: str) -> tuple[Simple, ...]:
    """The simple commands of `script`, in order. Reads whatever it is given, right or wrong."""
    return tuple(_Reader(script).read())


class _Reader:
    def __init__(self, script: str) -> None:
        self._script = script
        self._at = 0
        self._line = 0
        self._commands: list[Simple] = []
        self._words: list[str] = []
        self._leading: list[str] = []
        self._word: list[str] | None = None
        self._first_line = 0
        self._before = ""
        self._skipping: str | None = None
        self._documents: list[tuple[str, bool]] = []

    def read(self) -> list[Simple]:
        while self._at < len(self._script):
            self._step()
        self._end_command("")
        return self._commands

    def _step(self) -> None:
        character = self._script[self._at]
        if character == "\\":
            self._escape()
        elif character == "'":
            self._quoted_to("'")
        elif character == '"':
            self._double_quoted()
        elif character in "$`" and self._substitution():
            pass
        elif character in " \t\r":
            self._end_word()
            self._at += 1
        elif character == "#" and self._word is None:
            end = self._script.find("\n", self._at)
            self._at = len(self._script) if end < 0 else end
        elif (redirection := self._next_of(_REDIRECTIONS)) is not None:
            self._redirect(redirection)
        elif (operator := self._next_of(_OPERATORS)) is not None:
            self._at += len(operator)
            self._end_command(operator)
            if operator == "\n":
                self._line += 1
                self._skip_documents()
        else:
            self._take(character)
            self._at += 1

    def _next_of(self, known: tuple[str, ...]) -> str | None:
        return next((symbol for symbol in known if self._script.startswith(symbol, self._at)), None)

    def _take(self, text: str) -> None:
        if self._word is None:
            self._word = []
            if not self._words:
                self._first_line = self._line
        self._word.append(text)

    def _escape(self) -> None:
        following = self._script[self._at + 1 : self._at + 2]
        self._at += 2
        if following == "\n":
            self._line += 1
        else:
            self._take(following)

    def _quoted_to(self, quote: str) -> None:
        end = self._script.find(quote, self._at + 1)
        end = len(self._script) if end < 0 else end
        inside = self._script[self._at + 1 : end]
        self._take(inside)
        self._line += inside.count("\n")
        self._at = end + 1

    def _double_quoted(self) -> None:
        self._take("")
        self._at += 1
        while self._at < len(self._script):
            character = self._script[self._at]
            if character == '"':
                self._at += 1
                return
            if character == "\\":
                self._escape()
            elif not (character in "$`" and self._substitution()):
                self._take(character)
                self._line += character == "\n"
                self._at += 1

    def _substitution(self) -> bool:
        """Take ``$(…)``, ``${…}`` or backquotes as they are; False where there is none."""
        if self._script[self._at] == "`":
            end = self._script.find("`", self._at + 1) + 1
        else:
            opening = self._script[self._at + 1 : self._at + 2]
            if opening not in _CLOSING:
                return False
            end = self._matching(self._at + 1, opening, _CLOSING[opening])
        end = end or len(self._script)
        whole = self._script[self._at : end]
        self._take(whole)
        self._line += whole.count("\n")
        self._at = end
        return True

    def _matching(self, start: int, opening: str, closing: str) -> int:
        depth, at = 0, start
        while at < len(self._script):
            character = self._script[at]
            if character == "\\":
                at += 1
            elif character == "'" and opening == "(":
                at = self._script.find("'", at + 1)
                if at < 0:
                    return 0
            elif character == opening:
                depth += 1
            elif character == closing:
                depth -= 1
                if not depth:
                    return at + 1
            at += 1
        return 0

    def _redirect(self, symbol: str) -> None:
        # A number right before it names a descriptor and is no word.
        if self._word is not None and "".join(self._word).isdecimal():
            self._word = None
        self._end_word()
        self._at += len(symbol)
        self._skipping = symbol

    def _end_word(self) -> None:
        if self._word is None:
            return
        text = "".join(self._word)
        self._word = None
        if self._skipping is not None:
            if self._skipping in ("<<", "<<-"):
                self._documents.append((text, self._skipping == "<<-"))
            self._skipping = None
        elif self._words or not (text in _LEADING or _ASSIGNMENT.match(text)):
            self._words.append(text)
        elif text not in _LEADING:
            self._leading.append(text)

    def _end_command(self, operator: str) -> None:
        self._end_word()
        self._skipping = None
        if self._words:
            leading = tuple(self._leading)
            self._commands.append(Simple(tuple(self._words), self._before, operator, self._first_line, leading))
            self._words = []
            self._before = operator
        elif operator not in ("\n", ""):
            self._before = operator
        self._leading = []

    def _skip_documents(self) -> None:
        for delimiter, indented in self._documents:
            while self._at < len(self._script):
                end = self._script.find("\n", self._at)
                end = len(self._script) if end < 0 else end
                line = self._script[self._at : end]
                self._at = end + 1
                self._line += 1
                if (line.lstrip("\t") if indented else line) == delimiter:
                    break
        self._documents = []
