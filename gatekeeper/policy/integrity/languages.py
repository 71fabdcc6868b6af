"""Owns how tests, assertions and skips are written in each language that is not parsed. Reads nothing itself."""

from __future__ import annotations

import re
from typing import Literal

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.integrity.facts import BOUNDED, EMPTY, EXACT, LOOSE
from gatekeeper.policy.integrity.lexing import Comments


class Language(NamedTuple):
    """One language's ways. `test` has the group `name`; its body is what its `body` says, from there on.

    `hidden` finds what looks like a test and is none; `skip` and `retry` are marks; `ranks` are tried in order on the
    text of an assertion.
    """

    comments: Comments
    test: re.Pattern[str]
    body: Literal["call", "braces", "lines"]
    assertion: re.Pattern[str]
    ranks: tuple[tuple[re.Pattern[str], int], ...]
    skip: re.Pattern[str]
    case: re.Pattern[str] | None = None
    focus: re.Pattern[str] | None = None
    retry: re.Pattern[str] | None = None
    mock: re.Pattern[str] | None = None


def _ranks(*pairs: tuple[str, int]) -> tuple[tuple[re.Pattern[str], int], ...]:
    return tuple((re.compile(pattern, re.DOTALL), rank) for pattern, rank in pairs)


_LITERAL = r"(?:true|false|null|\d+|\"[^\"]*\"|'[^']*')"
_M = re.MULTILINE

_JAVASCRIPT = Language(
    comments="slashes",
    test=re.compile(
        r"(?<![\w.$])(?:x?it|x?test|fit|specify|xspecify|Deno\.test)(?:\.(?:only|skip|todo|failing|fails|concurrent|"
        r"serial|each|skipIf|runIf)(?:\((?:[^()]|\([^()]*\))*\)|`[^`]*`)?)*\s*\(\s*(?P<name>\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`)"
    ),
    body="call",
    assertion=re.compile(
        r"(?<![\w.$])(?:expect(?:\.(?:soft|poll))?\s*\(|assert(?:\.\w+)*\s*\(|chai\.\w+\s*\(|t\.(?!plan|test|end|"
        r"skip|todo|mock|log|after|before)\w+\s*\()|\.should\."
    ),
    ranks=_ranks(
        (r"^expect\(\s*(?:true|1)\s*\)\.(?:toBeTruthy|to\.be\.(?:true|ok))", EMPTY),
        (r"^(?:assert|assert\.ok|t\.true|t\.pass|assert\.isTrue)\(\s*(?:true|1)?\s*[,)]", EMPTY),
        (r"^assert\.\w*[eE]qual\(\s*(?P<x>[^,\n]+?)\s*,\s*(?P=x)\s*[,)]", EMPTY),
        (r"^expect\(\s*(?P<x>[^\n]+?)\s*\)\.to(?:Be|Equal|StrictEqual)\(\s*(?P=x)\s*\)", EMPTY),
        # Without a matcher nothing is asserted.
        (r"^expect(?:\.\w+)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)$", EMPTY),
        (r"\.not\b|\.toBe(?:Defined|Truthy|Falsy|InstanceOf)|\.toHaveBeenCalled\(\)|\.toThrow\(\)", LOOSE),
        (
            r"\.to\.(?:be\.ok|exist|be\.an?\()|expect\.any(?:thing)?\(|assert(?:\.(?:ok|isOk|exists|isDefined))?\(",
            LOOSE,
        ),
        (r"^t\.(?:true|truthy|false|falsy|not|ok)\(|assert\.not\w*\(", LOOSE),
        (r"\.to(?:Contain|Match|BeGreater|BeLess|BeCloseTo|MatchObject)|\.include|\.above|\.below|\.within", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(
        r"(?<![\w.$])(?:xit|xtest|xdescribe|xcontext|xspecify|(?:it|test|describe|suite|context|specify)(?:\.\w+)*"
        r"\.(?:skip|todo|failing|fails|skipIf|runIf))\b[^\n]*|\bthis\.skip\(\)|\bt\.(?:skip|todo)\([^\n]*"
        r"|\{\s*(?:skip|todo)\s*:[^\n]*"
    ),
    focus=re.compile(r"(?<![\w.$])(?:fit|fdescribe|(?:it|test|describe|suite|context)(?:\.\w+)*\.only)\b[^\n]*"),
    retry=re.compile(r"\b(?:jest\.retryTimes|this\.retries)\(\s*\d+|\{\s*retry\s*:\s*\d+"),
    mock=re.compile(r"\b(?:jest|vi)\.(?:mock|doMock|spyOn)\(\s*(?P<what>[^)\n]*)|\bsinon\.stub\(\s*(?P<stub>[^)\n]*)"),
)
_GO = Language(
    comments="slashes",
    test=re.compile(r"^func (?P<name>(?!TestMain\b)(?:Test|Fuzz|Example)[A-Z_0-9]?\w*)\s*\(", _M),
    body="braces",
    assertion=re.compile(
        r"\b(?:t|tb|b|s\.T\(\))\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require|s|is)\.(?:[A-Z]\w+)\("
    ),
    ranks=_ranks(
        (r"^\w+\.True\(\s*t\s*,\s*true\b|^\w+\.Equal\(\s*t\s*,\s*(?P<x>\w+)\s*,\s*(?P=x)\s*[,)]", EMPTY),
        (r"^\w+\.(?:Not\w+|True|False|IsType|Error)\(", LOOSE),
        (r"^\w+\.(?:Contains|Greater|Less|InDelta|Regexp|Subset)\w*\(", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(
        r"\b(?:t|tb|b|s\.T\(\))\.Skip(?:f|Now)?\([^\n]*"
        r"|^//go:build (?![^\n]*\b(?:linux|darwin|windows|unix|\w*bsd|amd64|arm64|cgo|race|go1)\b)[^\n]*"
        r"|^// \+build ignore",
        _M,
    ),
    case=re.compile(r"\bt\.Run\(|^\s+\{(?!\s*$)[^\n]*\},?\s*$", _M),
)
_JAVA = Language(
    comments="slashes",
    test=re.compile(
        r"@(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Property|Fact|Theory|TestMethod|TestCase)\b(?:[^{};]|\{[^{}]{0,400}\}){0,400}?"
        r"\b(?P<name>\w+|`[^`\n]+`)\s*\([^()]*\)\s*(?:throws [\w., ]+)?(?:\s*[:=][^{\n]*)?\{"
    ),
    body="braces",
    assertion=re.compile(r"\b(?:(?:Assert|Assertions)\.)?(?:assert\w+|fail|verify\w*|expect\w*|should\w+)\s*\("),
    ranks=_ranks(
        (r"assert(?:True|That)\(\s*true\s*\)(?!\.)|assertFalse\(\s*false\s*\)", EMPTY),
        (rf"assertEquals\(\s*(?P<x>{_LITERAL})\s*,\s*(?P=x)\s*\)", EMPTY),
        (
            r"assert(?:NotNull|True|False|NotEquals|InstanceOf|NotSame|DoesNotThrow)\(|isNotNull\(\)|isNotEmpty\(\)",
            LOOSE,
        ),
        (r"assertThrows\(\s*(?:Exception|Throwable|RuntimeException)\.class", LOOSE),
        (r"contains|isGreater|isLess|hasSize", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(
        r"@(?:Disabled|Ignore|DisabledIf\w*|DisabledOn\w*|EnabledIf\w*)\b[^\n]*|\b(?:Assume\.|Assumptions\.)?assum(?:e|ing)\w*\([^\n]*"
    ),
    case=re.compile(r"@CsvSource|@ValueSource"),
    retry=re.compile(r"@(?:RetryingTest|Retry|RepeatedIfExceptionsTest)\b[^\n]*"),
)
_RUST = Language(
    comments="slashes",
    test=re.compile(
        r"#\[(?:\w+::)*(?:test|rstest|test_case|quickcheck)\b[^\]]*\](?:\s*#\[[^\]]*\])*\s*(?:pub\s+)?(?:async\s+)?fn\s+(?P<name>\w+)"
    ),
    body="braces",
    assertion=re.compile(
        r"\b(?:debug_)?(?:assert(?:_\w+)?|panic|unreachable|prop_assert\w*)!\s*[(\[{]|#\[should_panic[^\]]*\]"
    ),
    ranks=_ranks(
        (r"^assert!\s*\(\s*true\b", EMPTY),
        (rf"^assert_eq!\s*\(\s*(?P<x>{_LITERAL}|\w+)\s*,\s*(?P=x)\s*[,)]", EMPTY),
        (r"^assert!\s*\([^=<>]*\)$|^assert_ne!|^#\[should_panic\]", LOOSE),
        (r"^assert!\s*\([^=]*[<>]", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(r"#\[(?:ignore\b[^\]]*|cfg\((?:any\(\)|not\(test\)|false)\))\]"),
    case=re.compile(r"#\[(?:case|test_case)\b"),
)
_PHP = Language(
    comments="slashes",
    test=re.compile(
        r"\bfunction\s+(?P<name>test\w+)\s*\(|(?<![\w>$])(?:it|test)\s*\(\s*(?P<pest>'[^'\n]*'|\"[^\"\n]*\")|#\[Test\][^{;]*?function\s+(?P<attribute>\w+)\s*\("
    ),
    body="braces",
    assertion=re.compile(
        r"(?:\$this->|self::|static::|Assert::)(?:assert\w+|expect\w+|fail)\s*\(|(?<![\w>$])expect\s*\("
    ),
    ranks=_ranks(
        (r"assertTrue\(\s*true\s*\)|expect\(\s*true\s*\)->toBeTrue|addToAssertionCount", EMPTY),
        (rf"assert(?:Same|Equals)\(\s*(?P<x>{_LITERAL})\s*,\s*(?P=x)\s*\)", EMPTY),
        (
            r"assert(?:NotNull|True|NotEmpty|InstanceOf|Is\w+|Not\w+)\(|toBeTruthy|->not->|expectException\(\s*\\?(?:Exception|Throwable)::",
            LOOSE,
        ),
        (r"assert\w*(?:Contains|Greater|Less|Delta|Matches)", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(r"\bmarkTest(?:Skipped|Incomplete)\([^\n]*|->(?:skip|todo)\([^\n]*|#\[Requires\w+[^\n]*"),
)
_BATS = Language(
    comments="hash",
    test=re.compile(r"^[ \t]*@test\s+(?P<name>\"[^\"\n]*\"|'[^'\n]*'|\w+)\s*\{", _M),
    body="braces",
    assertion=re.compile(
        r"^[ \t]*(?:\[\[?\s|assert\w*|refute\w*|(?:run\s+)?(?:grep|test|diff|cmp)\s|!\s)[^\n]*$",
        _M,
    ),
    ranks=_ranks(
        (r"^\s*\[\[?\s+(?:true|1 -eq 1|-n \"?\w+\"?)\s", EMPTY),
        (r"(?:\|\||;)\s*(?:true|:|return 0|exit 0)\s*$", EMPTY),
        # bash ends at no command that is negated, so that nothing fails by it unless it is the last one.
        (r"-n |-ne |!=|refute|^\s*!\s", LOOSE),
        (r"-gt|-lt|-ge|-le|\*|=~", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(r"^[ \t]*skip\b[^\n]*", _M),
)
_RUBY = Language(
    comments="hash",
    test=re.compile(
        r"^[ \t]*(?:(?:x|f)?(?:it|specify|scenario)\s*\(?\s*(?P<name>\"[^\"\n]*\"|'[^'\n]*')"
        r"|def\s+(?P<method>test_\w+)|test\s+(?P<rails>\"[^\"\n]*\"))",
        _M,
    ),
    body="lines",
    assertion=re.compile(
        r"^[ \t]*(?:expect\b|assert\w*|refute\w*|is_expected)[^\n]*$|\.should\b[^\n]*$|\.must_\w+[^\n]*$", _M
    ),
    ranks=_ranks(
        (r"assert(?:_equal)?\(?\s*true\s*\)?$|expect\(true\)\.to", EMPTY),
        (r"be_truthy|be_present|not_to|to_not|not_nil|\bassert\b|refute", LOOSE),
        (r"include|match|be [<>]|be_within", BOUNDED),
        (r"", EXACT),
    ),
    skip=re.compile(
        r"^[ \t]*(?:xit|xdescribe|xcontext|xspecify|skip|pending)\b[^\n]*|,\s*(?:skip|pending):[^\n]*|:skip\b", _M
    ),
    focus=re.compile(r"^[ \t]*(?:fit|fdescribe|fcontext)\b[^\n]*|,\s*(?:focus:\s*true|:focus)\b", _M),
)
_PYTHON = Language(
    comments="hash",
    test=re.compile(r"^[ \t]*(?:async\s+)?def\s+(?P<name>test\w*)\s*\(", _M),
    body="lines",
    assertion=re.compile(r"^[ \t]*(?:assert\b|self\.assert\w+|with\s+pytest\.raises)[^\n]*$", _M),
    ranks=_ranks(
        (r"assert (?:True|1)\b", EMPTY), (r"==|assertEqual|raises", EXACT), (r"[<>]| in ", BOUNDED), (r"", LOOSE)
    ),
    skip=re.compile(r"(?:pytest\.(?:mark\.)?|unittest\.)(?:skip\w*|xfail)[^\n]*|self\.skipTest[^\n]*", _M),
)

_BY_ENDING = {
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte"), _JAVASCRIPT),
    **dict.fromkeys(("java", "kt", "groovy", "scala", "cs"), _JAVA),
    "go": _GO,
    "rs": _RUST,
    "php": _PHP,
    "bats": _BATS,
    "rb": _RUBY,
    "py": _PYTHON,
}


def language_of(path: str) -> Language | None:
    """The language of a file by its ending; None where its tests cannot be read."""
    return _BY_ENDING.get(path.rpartition(".")[2].lower())
