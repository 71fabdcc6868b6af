"""Owns YAML: from text to plain data that still knows where everything stands. Knows nothing of cycles.

What YAML readers disagree on is decided here: no tags, no merge keys, no second document, no doubled keys, bounded
aliases and nesting. Scalars stay as written (see `scalars`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from gatekeeper.adapters.definition.bounds import DEEPEST_NESTING, MOST_ALIASED_NODES
from gatekeeper.adapters.definition.place import Place, dotted
from gatekeeper.adapters.definition.scalars import Nothing, Value, describe, resolve
from gatekeeper.model.errors import DefinitionError, Problem

_PLAIN = (None, "")
_BEGIN = "begin with `gatekeeper: 1`, `cycle: NAME` and `gates:`"
_UNTAGGED = "gatekeeper:untagged"
_TEXT = "gatekeeper:text"


class _TooDeep(Exception):
    def __init__(self, around: yaml.Node) -> None:
        self.around = around


class _Composing:
    """Replaces PyYAML's guesses at types (we make our own, later) and bounds the depth while composing."""

    _depth = 0

    def resolve(self, _kind: type, _value: object, implicit: object) -> str:
        # Quotes, or a `!` alone, make a text of whatever it is.
        return _TEXT if implicit == (False, True) else _UNTAGGED

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        self._depth += 1
        if self._depth > DEEPEST_NESTING and parent is not None:
            raise _TooDeep(parent)

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _PythonLoader(_Composing, yaml.SafeLoader):
    pass


_Loader: Any = _PythonLoader
if hasattr(yaml, "CSafeLoader"):

    class _CLoader(_Composing, yaml.CSafeLoader):
        pass

    _Loader = _CLoader


class Document:
    """One parsed file: `data` of dict, list, str (see `scalars`) and `Nothing`; `problems` that YAML itself has."""

    def __init__(
        self, text: str, file: str, *, list_of: str = "", what: str = "definition", hint: str = _BEGIN
    ) -> None:
        """Parse `text`; `file` is the name for messages. With `list_of` it is a list, which `data` has by that name.

        `what` it is called, and the `hint` how one begins, where it is no mapping.

        Raises:
            DefinitionError: it is not YAML, or holds no mapping (or list), so that there is nothing to go on with.
        """
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self._lines: list[str] | None = None
        self._pairs: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}
        self._seen: set[int] = set()
        self._open: set[int] = set()
        self._aliased = 0
        root = self._compose()
        if list_of:
            root = self._named(root, list_of)
        if not isinstance(root, yaml.MappingNode):
            found = "it is empty" if root is None else f"found {describe(self._plain(root, ()))}"
            raise self._refusal(1, 1, "", f"a {what} is a mapping; {found}", hint)
        self._root = root
        self.data = self._mapping(root, ())

    def _named(self, root: yaml.Node | None, name: str) -> yaml.MappingNode:
        if root is None or (isinstance(root, yaml.ScalarNode) and isinstance(self._scalar(root, ()), Nothing)):
            return yaml.MappingNode(_UNTAGGED, [])
        if not isinstance(root, yaml.SequenceNode):
            message = f"a {name} is a list; found {describe(self._plain(root, ()))}"
            raise self._refusal(*_mark(root), "", message, "begin each entry with `- `")
        key = yaml.ScalarNode(_UNTAGGED, name, root.start_mark, root.start_mark)
        return yaml.MappingNode(_UNTAGGED, [(key, root)], root.start_mark, root.end_mark)

    def position(self, place: Sequence[str | int], *, at_key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `place`, of its key, or of the nearest that is there above it."""
        node, key = self._node(place)
        return _mark(key if at_key and key is not None else node)

    def block_line(self, place: Sequence[str | int], line: int) -> tuple[int, int]:
        """Where line number `line` (from 0) of the text at `place` stands, as well as it can be told."""
        node, _ = self._node(place)
        row, column = _mark(node)
        if not isinstance(node, yaml.ScalarNode) or node.style != "|":
            return row, column
        row += line + 1
        lines = self._source_lines()
        source = lines[row - 1] if row <= len(lines) else ""
        return row, len(source) - len(source.lstrip()) + 1

    def _source_lines(self) -> list[str]:
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines

    def line(self, number: int) -> str:
        """The source line `number`, from 1; empty where there is none."""
        lines = self._source_lines()
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _compose(self) -> yaml.Node | None:
        loader = _Loader(self.text)
        try:
            root: yaml.Node | None = loader.get_single_node()
        except _TooDeep as error:
            message = f"this is nested deeper than {DEEPEST_NESTING} levels"
            raise self._refusal(*_mark(error.around), "", message, "") from None
        except yaml.MarkedYAMLError as error:
            raise self._translated(error) from None
        except yaml.YAMLError as error:
            raise self._refusal(1, 1, "", f"this is not YAML: {error}", "") from None
        finally:
            loader.dispose()
        return root

    def _translated(self, error: yaml.MarkedYAMLError) -> DefinitionError:
        mark = error.problem_mark or error.context_mark
        row, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        source = self.line(row)
        indent = source[: len(source) - len(source.lstrip())]
        if error.context == "expected a single document in the stream":
            return self._refusal(row, 1, "", "a second document begins here", "one file holds one cycle; remove `---`")
        if "\t" in indent:
            at = indent.index("\t") + 1
            return self._refusal(row, at, "", "a tab stands in the indentation", "YAML wants spaces there")
        what = (error.problem or "it cannot be read").removeprefix("found ")
        if "duplicate anchor" in (error.context or ""):
            return self._refusal(row, column, "", "an anchor of this name was given before", "give it another name")
        if "undefined alias" in what:
            return self._refusal(row, column, "", f"an {what}", "an alias `*name` follows its anchor `&name`")
        context = f" ({error.context})" if error.context else ""
        character = source[column - 1 : column]
        hint = f"quote a text that begins with {character}" if character and character in _RESERVED else ""
        if "flow" in (error.context or "") and "${" in source:
            hint = "between braces or brackets, a text with ${…} in it wants quotes"
        elif "mapping values" in what:
            hint = "quote a text with a colon and a space in it; or the indentation is wrong"
        return self._refusal(row, column, "", f"this is not YAML: {what}{context}", hint)

    def _plain(self, node: yaml.Node, place: Place) -> Value:
        identity = id(node)
        if identity in self._seen:
            self._aliased += 1
            if self._aliased > MOST_ALIASED_NODES:
                message = f"aliases expand to more than {MOST_ALIASED_NODES:,} values"
                raise self._refusal(*_mark(node), "", message, "write less of it, or use `matrix:`")
        else:
            self._seen.add(identity)
            if node.tag not in (_UNTAGGED, _TEXT):
                tag = node.tag.replace("tag:yaml.org,2002:", "!!")
                self._note(node, place, f"the tag `{tag}` has no meaning here", "remove it; quotes make a text")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if identity in self._open:
            raise self._refusal(*_mark(node), "", "an alias stands inside what it names", "")
        self._open.add(identity)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self._plain(item, (*place, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, place)
        finally:
            self._open.discard(identity)

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> str | Nothing:
        written: str = node.value
        if node.style in _PLAIN and node.tag == _UNTAGGED:
            return resolve(written)
        if "\0" in written or not (written.isascii() or _is_unicode(written)):
            self._note(node, place, "the text holds a character that no command can be given", "remove the escape")
            return "?"
        return written

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Value]:
        data: dict[str, Value] = {}
        first: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, place, "a key is a name, and this one is a list or a mapping", "quote it")
                continue
            name = self._scalar(key_node, place)
            if isinstance(name, Nothing):
                self._note(key_node, place, "a key is missing before the colon", "name it, or quote it")
                continue
            key = str(name)
            if key == "<<" and key_node.style in _PLAIN:
                hint = "write the keys out, or alias the whole value"
                self._note(key_node, (*place, key), "merge keys (`<<`) are not part of YAML 1.2", hint)
                continue
            if key in data:
                row, column = _mark(first[key])
                hint = f"it was first given in line {row}, column {column}; remove one of the two"
                self._note(key_node, (*place, key), f"the key `{key}` is given twice", hint)
                continue
            first[key] = key_node
            data[key] = self._plain(value_node, (*place, key))
        return data

    def _note(self, node: yaml.Node, place: Place, message: str, hint: str) -> None:
        self.problems.append(Problem(self.file, *_mark(node), dotted(place), message, hint))

    def _refusal(self, line: int, column: int, key: str, message: str, hint: str) -> DefinitionError:
        problems = (*self.problems, Problem(self.file, line, column, key, message, hint))
        return DefinitionError(tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))))

    def _node(self, place: Sequence[str | int]) -> tuple[yaml.Node, yaml.Node | None]:
        node: yaml.Node = self._root
        key: yaml.Node | None = None
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = self._children(node).get(str(part))
                if found is None:
                    return (key if key is not None else node), key
                key, node = found
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                key = node
        return node, key

    def _children(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        # Indexed once a mapping, or ten thousand mistakes in one mapping would take minutes to place.
        children = self._pairs.get(id(node))
        if children is None:
            children = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    children.setdefault(key.value, (key, value))
            self._pairs[id(node)] = children
        return children


_RESERVED = "@`%"


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
