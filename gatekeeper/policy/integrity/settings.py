"""Owns finding settings in configuration of any format: numbers, lists and switches, by how they are written.

One reader for TOML, INI, JSON, XML and JavaScript on purpose: a setting is looked for by its name, so that it is seen
wherever a project keeps it. Comments are gone before.
"""

from __future__ import annotations

import re
from collections import Counter

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.integrity.change import Note, some


class Number(NamedTuple):
    """A number by the names that it goes by. With `high_is_lax` more of it makes it easier to pass."""

    label: str
    pattern: re.Pattern[str]
    high_is_lax: bool
    lax: str
    strict: str


class Listing(NamedTuple):
    """A list by its names. With `more_is_lax` an entry more makes it easier to pass."""

    names: tuple[str, ...]
    more_is_lax: bool
    lax: str
    strict: str


class Switch(NamedTuple):
    """A way to write that makes it easier to pass (or harder, with `lax` False), each time that it is there."""

    pattern: re.Pattern[str]
    rule: str
    opposite: str
    lax: bool = True


def lax(rule: str, opposite: str, *ways: str, flags: int = re.MULTILINE) -> Switch:
    """A switch of several ways to write it, each of which makes it easier to pass."""
    return Switch(re.compile("|".join(ways), flags), rule, opposite)


def strict(rule: str, opposite: str, *ways: str) -> Switch:
    """A switch of several ways to write it, each of which makes it harder to pass."""
    return Switch(re.compile("|".join(ways), re.MULTILINE), rule, opposite, lax=False)


def _number(label: str, names: str, *, high_is_lax: bool, lax: str, strict: str) -> Number:
    gap = r"[\"']?\s*(?:[:=>]|\s)\s*[\"']?"
    return Number(label, re.compile(rf"(?<![\w-])(?:{names}){gap}(-?\d+(?:\.\d+)?)"), high_is_lax, lax, strict)


NUMBERS = (
    *(
        _number(name, names, high_is_lax=False, lax="lower-threshold", strict="higher-threshold")
        for name, names in (
            (
                "the least coverage",
                r"fail[_-]under|--cov-fail-under|cov[_-]fail[_-]under|--fail-under|minimum_coverage",
            ),
            ("the least coverage of lines", r"lines|line_coverage|--lines"),
            ("the least coverage of branches", r"branches|--branches"),
            ("the least coverage of functions", r"functions|--functions"),
            ("the least coverage of statements", r"statements|--statements"),
            ("the least share of tests", r"minimum|minTests|max_examples"),
        )
    ),
    *(
        _number(name, names, high_is_lax=True, lax="wider-timeout", strict="narrower-timeout")
        for name, names in (
            ("the timeout of tests", r"testTimeout|hookTimeout|timeout|--timeout|--test-timeout|slow-timeout"),
            ("the timeout of a job", r"timeout-minutes|timeoutInMinutes"),
        )
    ),
    *(
        _number(name, names, high_is_lax=True, lax="higher-limit", strict="lower-limit")
        for name, names in (
            ("the most warnings", r"--max-warnings|maxWarnings|max_warnings"),
            ("the most failures", r"--maxfail|max-line-length|max-complexity|max_failures"),
        )
    ),
    _number(
        "retries",
        r"retries|--retries|--reruns|reruns|retryTimes|rerunFailingTestsCount",
        high_is_lax=True,
        lax="more-retries",
        strict="fewer-retries",
    ),
)
LISTS = (
    Listing(
        (
            *("norecursedirs", "collect_ignore", "collect_ignore_glob", "testPathIgnorePatterns", "ignore-patterns"),
            *(
                "coveragePathIgnorePatterns",
                "exclude",
                "omit",
                "exclude_lines",
                "exclude_also",
                "ignore",
                "spec-ignore",
            ),
            *("testNamePattern", "modulePathIgnorePatterns", "excludes", "excludedGroups", "ignorePatterns"),
        ),
        True,
        "deselected-tests",
        "selected-tests",
    ),
    Listing(
        (
            *("testpaths", "python_files", "python_functions", "python_classes", "testMatch", "testRegex", "include"),
            *("roots", "source", "spec", "collectCoverageFrom"),
        ),
        False,
        "narrower-selection",
        "wider-selection",
    ),
)
_TRUE = r"[\"']?\s*[:=>]\s*[\"']?true\b"
_WORD = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"',\]]+)"
SWITCHES = (
    lax(
        *("deselected-tests", "selected-tests"),
        rf"(?<![\w-])--(?:deselect|ignore-glob|ignore|exclude-task|exclude|testPathIgnorePatterns)[= ]{_WORD}",
        rf"(?<![\w-])-k[= ]?{_WORD}",
        rf"(?<![\w-])(?:--grep|-t|--testNamePattern|-run|--filter|-skip)[= ]{_WORD}",
        # A marker expression, and not the module that Python is to run.
        r"(?<![\w-])-m[= ]?(?:\"[^\"\n]*\"|'[^'\n]*'|not\s+\w+)",
        r"(?<![\w-])--(?:lf|last-failed|onlyChanged|only-changed|findRelatedTests)\b",
    ),
    lax(
        *("laxer-setting", "stricter-setting"),
        r"--(?:exit-zero|passWithNoTests|pass-with-no-tests|no-verify|continue-on-collection-errors|no-cov)\b",
        r"--(?:suppress-no-test-exit-code|force-exit-0|ignore-failures|no-fail|keep-going)\b",
        r"(?<![\w-])-p\s+no:\w+",
        r"(?:passWithNoTests|skipTests|testFailureIgnore|ignoreFailures|ignore_outcome|allowOnly)" + _TRUE,
        r"(?:maven\.test\.(?:skip|failure\.ignore)|ignore_errors|skip-tests|dangerouslyIgnoreUnhandledErrors)" + _TRUE,
    ),
    # What npm hands to every node, and the shell that its scripts are run by.
    lax(*("runner-hook", "stricter-setting"), r"^\s*(?:node-options|script-shell)\s*=[^\n]*"),
    strict(
        *("stricter-setting", "laxer-setting"),
        r"(?<![\w-])(?:xfail_strict|strict|forbidOnly|forbid-only|branch|warnings-as-errors)" + _TRUE,
        r"(?:failOn(?:Warning|Risky|EmptyTestSuite|Deprecation)|failIfNoTests)" + _TRUE,
        r"(?<![\w-])(?:--strict(?:-markers|-config)?|-W\s*error|--forbid-only|--fail-on-\w+|--failOnRisky|-race)\b",
        r"filterwarnings[\s=:\[\"']+error",
    ),
)


def compare_settings(before: str, after: str) -> list[Note]:
    """What two texts of configuration, without comments, say of how strict the checks are."""
    return [*_numbers(before, after), *_lists(before, after), *compare_switches(SWITCHES, before, after)]


def compare_switches(switches: tuple[Switch, ...], before: str, after: str) -> list[Note]:
    """What came and went of `switches`, each by how it is written."""
    notes = []
    for switch in switches:
        old, new = _written(switch.pattern, before), _written(switch.pattern, after)
        notes += [Note(switch.rule, f"`{text}` came in") for text in new - old]
        notes += [Note(switch.opposite, f"`{text}` is gone") for text in old - new]
    return notes


def _numbers(before: str, after: str) -> list[Note]:
    notes = []
    for number in NUMBERS:
        old = [float(found) for found in number.pattern.findall(before)]
        new = [float(found) for found in number.pattern.findall(after)]
        if old == new:
            continue
        if len(old) == len(new):
            for was, now in zip(old, new, strict=True):
                if was != now:
                    rule = number.lax if (now > was) is number.high_is_lax else number.strict
                    notes.append(Note(rule, f"{number.label}: {now:g} instead of {was:g}"))
        elif len(new) < len(old):
            gone = list((Counter(old) - Counter(new)).elements())
            # A number that bounds is gone, so that nothing does; retries that are gone are fewer.
            lax = number.lax != "more-retries"
            rule = number.lax if lax else number.strict
            notes.append(Note(rule, f"{number.label}: {', '.join(f'{each:g}' for each in gone)} is gone"))
        else:
            come = list((Counter(new) - Counter(old)).elements())
            rule = number.lax if number.lax == "more-retries" else number.strict
            notes.append(Note(rule, f"{number.label}: {', '.join(f'{each:g}' for each in come)} came in"))
    return notes


_USUAL = re.compile(r"(?:\./)?(?:tests?|specs?|src|lib|app|\*\*/\*\.\w+|<rootDir>(?:/(?:tests?|src))?)/?")


def _lists(before: str, after: str) -> list[Note]:
    notes = []
    for listing in LISTS:
        for name in listing.names:
            old, new = values_of(before, name), values_of(after, name)
            if old == new:
                continue
            come = sorted(set(new or ()) - set(old or ()))
            gone = sorted(set(old or ()) - set(new or ()))
            if listing.more_is_lax:
                notes += [Note(listing.lax, f"{name} has {some(come)} more")] if come else []
                notes += [Note(listing.strict, f"{name} has not {some(gone)} any more")] if gone and not come else []
            elif old is None:
                # Where nothing was said all was looked at, and the folder that everybody has is as good as all.
                if all(_USUAL.fullmatch(value) for value in come):
                    continue
                notes.append(Note(listing.lax, f"{name} is {some(come)} now, and was not said before"))
            elif new is None:
                notes.append(Note(listing.strict, f"{name} is not said any more"))
            elif gone:
                notes.append(Note(listing.lax, f"{name} has not {some(gone)} any more"))
            elif come:
                notes.append(Note(listing.strict, f"{name} has {some(come)} more"))
    return notes


def values_of(text: str, name: str) -> tuple[str, ...] | None:
    """The values that `text` gives to `name`, in whatever format; None where it gives none."""
    found = re.search(rf"(?<![\w.-])[\"']?{re.escape(name)}[\"']?\s*[:=]\s*", text)
    if found is None:
        return None
    rest = text[found.end() :]
    if rest[:1] in {"[", "("}:
        inside = rest[1:].partition("]" if rest[0] == "[" else ")")[0]
        return tuple(a or b or c for a, b, c in re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|([^\s,\"']+)", inside))
    line, *more = rest.split("\n")
    continued = []
    for each in more:
        if not each.startswith((" ", "\t")) or re.match(r"\s*[\"']?[\w-]+[\"']?\s*[:=]", each):
            break
        continued.append(each)
    return tuple(re.findall(r"[^\s,\"']+", "\n".join([line, *continued])))


def _written(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(" ".join(found[0].split()) for found in pattern.finditer(text))
