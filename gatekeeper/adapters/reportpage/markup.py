"""Owns making HTML out of text, so that nothing foreign is ever taken for markup. Knows no run."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from gatekeeper.policy.terminal_text import settled

_EMPTY = frozenset({"rect", "line", "circle", "path", "br", "hr", "input"})


class Html(str):
    """Text that is markup already; every other string is escaped before it is one."""

    __slots__ = ()


def text(words: str) -> Html:
    """Foreign text, with nothing in it that a browser or a reader's eye could take for something else."""
    return Html(escape(settled(words, "�")))


def join(parts: Iterable[str]) -> Html:
    """All parts one after the other."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def element(name: str, *inside: str, **attributes: object) -> Html:
    """An element. ``class_`` and ``data_key`` are ``class`` and ``data-key``; True is an attribute without a value.

    Attributes that are None or False are left out.
    """
    told = "".join(
        f" {_attribute(key)}" if value is True else f' {_attribute(key)}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY and not inside:
        return Html(f"<{name}{told}/>")
    return Html(f"<{name}{told}>{join(inside)}</{name}>")


def shortened(words: str, most: int = 500) -> str:
    """`words` with at most so many characters."""
    return words if len(words) <= most else f"{words[:most]} … ({len(words) - most:,} more characters)"


def listed(items: Iterable[str], most: int = 50, **attributes: object) -> Html:
    """A list of the first items, which says how many more there are; nothing where there is none."""
    every = list(items)
    if not every:
        return Html("")
    shown = [element("li", item if isinstance(item, Html) else shortened(item)) for item in every[:most]]
    if len(every) > most:
        shown.append(element("li", f"and {len(every) - most:,} more", class_="quiet"))
    return element("ul", *shown, **attributes)


def facts(pairs: Iterable[tuple[str, str]], **attributes: object) -> Html:
    """Names and what they stand for, as a description list; those that stand for nothing are left out."""
    inside = [join((element("dt", name), element("dd", value))) for name, value in pairs if value]
    return element("dl", *inside, **attributes) if inside else Html("")


def badge(word: str, kind: str = "") -> Html:
    """A verdict, or another word of a closed list, with its sign and colour."""
    return element("span", word, class_=f"badge v-{_name(kind or word)}")


def file_link(beside: str, name: str, words: str = "") -> Html:
    """A link to a file of the run's folder, in `words`; `beside` is how links to that folder begin."""
    # A colon would make a scheme of what stands before it.
    return element("a", element("code", words or name), href=(beside or "./") + quote(name.encode(errors="replace")))


def command(words: str, most: int = 2_000) -> Html:
    """A command; one that stands here just as it was typed may be copied."""
    whole = len(words) <= most and settled(words, "�") == words
    return element("pre", shortened(words, most), class_="command", tabindex="0", data_copy=whole)


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name != "viewBox" else name


def _name(word: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in word)
