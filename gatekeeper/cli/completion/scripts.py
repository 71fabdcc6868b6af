"""Owns the completion scripts of three shells, made from what the commands declare. Runs nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from gatekeeper.cli.declared import Argument, Declared, every

_KINDS = {
    "CYCLE": "cycles",
    "RUN": "runs",
    "CYCLE|RUN": "runs",
    "RUN|FILE": "runs",
    "GATE[/STEP]": "steps",
    "GATE/STEP[@ATTEMPT]": "steps",
    "PATTERN": "patterns",
    "COMMAND": "commands",
    "FILE": "files",
    "FILE[:FIRST-LAST]": "files",
    "FILE.md": "files",
    "LOG.md": "files",
    "PATH": "files",
    "DIR": "folders",
    "FOLDER": "folders",
}
"""What is offered for what stands in the help; for any other value nothing is, because only its author knows it."""


def script(shell: str, commands: tuple[Declared, ...]) -> str:
    """The script for bash, zsh or fish."""
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](commands)


def _kind(argument: Argument) -> str:
    """A kind of words, or the words themselves with blanks between them; empty where nothing can be offered."""
    return " ".join(argument.choices) or _KINDS.get(argument.value, "")


def _place(command: Declared) -> str:
    """What is offered where no option is begun: of several places that take words of a list, all of these."""
    words = [word for place in command.places for word in place.choices]
    return " ".join(words) or (_kind(command.places[-1]) if command.places else "")


def _title(command: Declared) -> str:
    return " ".join(command.words)


_BASH = r"""# Completion of gatekeeper for bash, made by `gatekeeper completion bash`.
_gatekeeper() {
    local program=${COMP_WORDS[0]/#\~\//$HOME/} current=${COMP_WORDS[COMP_CWORD]} before='' at='' word at_word
    local options='--help --version' inner='@COMMANDS@' place='' kind=''
    COMPREPLY=()
    # bash takes --only=WORD apart at the sign.
    if [ "$current" = = ]; then
        current='' before=${COMP_WORDS[COMP_CWORD-1]}
    elif [ "${COMP_WORDS[COMP_CWORD-1]}" = = ]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    elif [ "$COMP_CWORD" -gt 1 ]; then
        before=${COMP_WORDS[COMP_CWORD-1]}
    fi
    for ((at_word = 1; at_word < COMP_CWORD; at_word++)); do
        word=${COMP_WORDS[at_word]}
        case $word in -*) continue ;; esac
        at=${at:+$at }$word
        case $at in @WITH_INNER@) ;; *) break ;; esac
    done
    case $at in
@PLACES@
    esac
    kind=$place
    case "$at $before" in
@VALUES@
    *) case $current in -*) _gatekeeper_offer "$options"; return ;; esac
       [ -z "$inner" ] || kind=$inner ;;
    esac
    _gatekeeper_offer "$kind"
}

_gatekeeper_offer() {
    local word
    case $1 in
    '') ;;
    files) compopt -o filenames 2>/dev/null; _gatekeeper_take < <(compgen -f -- "$current") ;;
    folders) compopt -o filenames 2>/dev/null; _gatekeeper_take < <(compgen -d -- "$current") ;;
    commands) _gatekeeper_take < <(compgen -c -- "$current") ;;
    cycles | runs | steps | patterns)
        while IFS= read -r word; do
            [[ $word != "$current"* ]] || COMPREPLY+=("$(printf %q "$word")")
        done < <("$program" completion --words "$1" "${COMP_WORDS[@]:1}" 2>/dev/null </dev/null) ;;
    *) for word in $1; do [[ $word != "$current"* ]] || COMPREPLY+=("$word"); done ;;
    esac
}

_gatekeeper_take() {
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done
}

complete -F _gatekeeper gatekeeper
"""


def _bash(commands: tuple[Declared, ...]) -> str:
    places, values = [], []
    for command in every(commands):
        at = _title(command)
        names = " ".join(name for option in command.options for name in option.names)
        inner = " ".join(each.words[-1] for each in command.inner)
        places.append(
            f"    {shlex.quote(at)}) options={shlex.quote(names)} inner='{inner}' place='{_place(command)}' ;;"
        )
        for option in command.options:
            if option.value:
                patterns = " | ".join(shlex.quote(f"{at} {name}") for name in option.names)
                guarded = "case $current in -*) kind=$options ;; *) " if option.optional else ""
                values.append(f"    {patterns}) {guarded}kind='{_kind(option)}'{' ;; esac' if guarded else ''} ;;")
    # Behind these one more word says what is meant.
    with_inner = " | ".join(shlex.quote(_title(each)) for each in every(commands) if each.inner)
    return (
        _BASH.replace("@COMMANDS@", " ".join(each.words[0] for each in commands))
        .replace("@WITH_INNER@", with_inner)
        .replace("@PLACES@", "\n".join(places))
        .replace("@VALUES@", "\n".join(values))
    )


_ZSH = """\
#compdef gatekeeper
# Completion of gatekeeper for zsh, made by `gatekeeper completion zsh`.
_gatekeeper_words() {
    local -a found
    found=("${(@f)$("$_gatekeeper_program" completion --words $1 "${(@)_gatekeeper_line}" 2>/dev/null </dev/null)}")
    found=("${(@)found:#}")
    (( $#found )) && compadd -a found
}

_gatekeeper() {
    local curcontext=$curcontext context state state_descr line
    typeset -A opt_args
    local _gatekeeper_program=${${(Q)words[1]}/#\\~\\//$HOME/}
    local -a _gatekeeper_line
    _gatekeeper_line=("${(@Q)words[2,-1]}")
    local -a inner
@BODY@
}

if [ "$funcstack[1]" = _gatekeeper ]; then
    _gatekeeper "$@"
else
    compdef _gatekeeper gatekeeper
fi
"""


def _zsh(commands: tuple[Declared, ...]) -> str:
    every_option = (
        Argument(("-h", "--help"), "", (), optional=False, many=False, help="tell how it is used"),
        Argument(("--version",), "", (), optional=False, many=False, help="tell the version"),
    )
    return _ZSH.replace("@BODY@", "\n".join(_zsh_level(commands, every_option, "    ")))


def _zsh_level(commands: Sequence[Declared], options: Sequence[Argument], indent: str) -> Iterator[str]:
    """Lines that complete a word of several, and what follows it."""
    specs = [*(_zsh_option(option) for option in options), "'1:command:->command'", "'*::rest:->rest'"]
    yield f"{indent}_arguments -C -s {' '.join(specs)}"
    yield f"{indent}case $state in"
    yield f"{indent}command)"
    described = " ".join(shlex.quote(f"{each.words[-1]}:{each.line.replace(':', chr(92) + ':')}") for each in commands)
    yield f"{indent}    inner=({described})"
    yield f"{indent}    _describe -t commands command inner ;;"
    yield f"{indent}rest)"
    yield f"{indent}    case $words[1] in"
    for each in commands:
        yield f"{indent}    {each.words[-1]})"
        if each.inner:
            yield from _zsh_level(each.inner, each.options, indent + "        ")
        else:
            own = [_zsh_option(option) for option in each.options]
            if each.places:
                own.append(
                    shlex.quote(f"*:{each.places[-1].value.replace(':', chr(92) + ':')}:{_zsh_action(_place(each))}")
                )
            yield f"{indent}        _arguments -s {' '.join(own)}"
        yield f"{indent}        ;;"
    yield f"{indent}    esac ;;"
    yield f"{indent}esac"


def _zsh_option(option: Argument) -> str:
    told = "".join(f"\\{sign}" if sign in "[]\\:" else sign for sign in option.help)
    value = ""
    if option.value:
        named = option.value.replace(":", "\\:")
        value = f":{':' if option.optional else ''}{named}:{_zsh_action(_kind(option))}"
    apart = "" if option.many else f"({' '.join(option.names)})"
    quoted = []
    for name in option.names:
        sign = ("=" if name.startswith("--") else "+") if option.value else ""
        quoted.append(shlex.quote(f"{'*' if option.many else ''}{apart}{name}{sign}[{told}]{value}"))
    return " ".join(quoted)


def _zsh_action(kind: str) -> str:
    match kind:
        case "":
            return " "
        case "files":
            return "_files"
        case "folders":
            return "_files -/"
        case "commands":
            return "_command_names -e"
        case "cycles" | "runs" | "steps" | "patterns":
            # The blank keeps zsh from handing options of its own to the function.
            return f" _gatekeeper_words {kind}"
        case words:
            return f"({words})"


_FISH = """\
# Completion of gatekeeper for fish, made by `gatekeeper completion fish`.
function __gatekeeper_at
    set -l words (commandline -opc)
    set -l at
    for word in $words[2..-1]
        string match -q -- '-*' $word; and continue
        set at $at $word
        contains -- "$at" @WITH_INNER@; or break
    end
    test "$at" = "$argv"
end

function __gatekeeper_words
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program completion --words $argv[1] $words[2..-1] 2>/dev/null </dev/null
end

complete -c gatekeeper -f
"""


def _fish(commands: tuple[Declared, ...]) -> str:
    with_inner = " ".join(shlex.quote(_title(each)) for each in every(commands) if each.inner)
    top = [
        "complete -c gatekeeper -n __gatekeeper_at -s h -l help -d 'tell how it is used'",
        "complete -c gatekeeper -n __gatekeeper_at -l version -d 'tell the version'",
        *(_fish_inner("__gatekeeper_at", each) for each in commands),
    ]
    lines = [line for command in every(commands) for line in _fish_command(command)]
    return _FISH.replace("@WITH_INNER@", with_inner) + "\n".join([*top, *lines]) + "\n"


def _fish_inner(condition: str, command: Declared) -> str:
    return f"complete -c gatekeeper -n {_fish_quoted(condition)} -a {command.words[-1]} -d {_fish_quoted(command.line)}"


def _fish_command(command: Declared) -> Iterator[str]:
    condition = f"__gatekeeper_at {_title(command)}"
    begin = f"complete -c gatekeeper -n {_fish_quoted(condition)}"
    for each in command.inner:
        yield _fish_inner(condition, each)
    if _place(command):
        yield f"{begin}{_fish_offer(_place(command))}"
    for option in command.options:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
        value = f" -r{_fish_offer(_kind(option)) or ' -f'}" if option.value and not option.optional else ""
        yield f"{begin} {names}{value} -d {_fish_quoted(option.help)}"


def _fish_offer(kind: str) -> str:
    match kind:
        case "":
            return ""
        case "files":
            return " -F"
        case "folders":
            return " -f -a '(__fish_complete_directories (commandline -ct))'"
        case "commands":
            return " -f -a '(__fish_complete_subcommand)'"
        case "cycles" | "runs" | "steps" | "patterns":
            return f" -f -a '(__gatekeeper_words {kind})'"
        case words:
            return f" -f -a {_fish_quoted(words)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
