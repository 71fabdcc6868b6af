"""Whatever is wrong is refused with its exact place, in words that say what to write."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from gatekeeper.adapters.definition.bounds import SMALLEST_BRIEF
from gatekeeper.adapters.definition.later import LATER
from gatekeeper.policy.brief.cutting import SMALLEST
from tests.adapters.definition.definitions import GATES, HEAD, problem_of, problems_of


class Wrong(NamedTuple):
    """A definition with one mistake, at ``⟶``; `key` and `says` are parts of the problem's key and text."""

    text: str
    key: str
    says: str


def gate(body: str) -> str:
    return f"{HEAD}gates:\n  g: {{{body}}}\n"


def step(body: str) -> str:
    return f"{HEAD}gates:\n  g:\n    steps:\n      a: {{run: x}}\n      s: {{{body}}}\n"


def probe(body: str) -> str:
    return f"{HEAD}gates:\n  g:\n    steps:\n      s: {{{body}}}\n"


def until_green(body: str) -> str:
    return f"{HEAD}repos: {{be: {{path: x}}}}\nuntil_green: {{{body}}}\n{GATES}"


def repo(body: str) -> str:
    return f"{HEAD}repos:\n  be: {{path: x, {body}}}\n{GATES}"


WRONG = {
    "an unknown key": Wrong(HEAD + "⟶titel: x\n" + GATES, "titel", "did you mean `title`"),
    "another tool's key": Wrong(step("run: x, ⟶depends_on: [a]"), "depends_on", "did you mean `needs`"),
    "a key of another place": Wrong(HEAD + "⟶matrix: {a: [b]}\n" + GATES, "matrix", "`matrix` belongs to a step"),
    "a later key": Wrong(HEAD + "log: {file: a.md, ⟶commit: true}\n" + GATES, "log.commit", "does not act on it yet"),
    "neither a duration nor never": Wrong(
        HEAD + "reuse: ⟶forever\n" + GATES, "reuse", "a duration or `never` is wanted here"
    ),
    "a newer format": Wrong("gatekeeper: ⟶2\ncycle: c\n" + GATES, "gatekeeper", "newer gatekeeper"),
    "a quoted version": Wrong("gatekeeper: ⟶'1'\ncycle: c\n" + GATES, "gatekeeper", "write `gatekeeper: 1`"),
    "no version": Wrong("⟶cycle: c\n" + GATES, "gatekeeper", "write `gatekeeper: 1`"),
    "no gates": Wrong("⟶gatekeeper: 1\ncycle: c\n", "gates", "the definition has no `gates`"),
    "gates that are none": Wrong(HEAD + "gates: ⟶{}\n", "gates", "at least one"),
    "a cycle without a name": Wrong("gatekeeper: 1\ncycle: ⟶~\n" + GATES, "cycle", "found nothing"),
    "a cycle with spaces": Wrong("gatekeeper: 1\ncycle: ⟶My Cycle\n" + GATES, "cycle", "write `my-cycle`"),
    "a name too long": Wrong(f"gatekeeper: 1\ncycle: ⟶{'c' * 65}\n" + GATES, "cycle", "at most 64 characters"),
    "a reference in a name": Wrong("gatekeeper: 1\ncycle: ⟶${env:X}\n" + GATES, "cycle", "takes no reference"),
    "a reference in a title": Wrong(HEAD + "title: ⟶a ${env:X}\n" + GATES, "title", "not filled in here"),
    "a gate in capitals": Wrong(HEAD + "gates: {⟶Smoke: {steps: {s: {run: x}}}}\n", "gates.Smoke", "write `smoke`"),
    "a gate without steps": Wrong(HEAD + "gates:\n  ⟶g: {}\n", "gates.g.steps", "`g` has no `steps`"),
    "a gate that is nothing": Wrong(HEAD + "gates:\n  ⟶g:\n", "gates.g", "a mapping (`key: value`) is wanted"),
    "a gate called teardown": Wrong(HEAD + "gates: {⟶teardown: {steps: {s: {run: x}}}}\n", "teardown", "no gate"),
    "a step that is a text": Wrong(HEAD + "gates: {g: {steps: {s: ⟶npm test}}}\n", "steps.s", "a mapping"),
    "a list of steps": Wrong(HEAD + "gates: {g: {steps: ⟶[{run: x}]}}\n", "g.steps", "found a list"),
    "a step with nothing to do": Wrong(probe("timeout: 5s").replace("s: {t", "⟶s: {t"), "steps.s", "nothing to do"),
    "a step with two things to do": Wrong(step("run: x, ⟶tcp: 'a:1'"), "s.tcp", "does one thing"),
    "an empty command": Wrong(step("run: ⟶''"), "s.run", "empty"),
    "an empty list of words": Wrong(step("run: ⟶[]"), "s.run", "no command to begin with"),
    "a list in the command": Wrong(step("run: [a, ⟶[b]]"), "s.run[1]", "found a list"),
    "a bare duration": Wrong(step("run: x, timeout: ⟶120"), "s.timeout", "write 120s"),
    "a duration by reference": Wrong(step("run: x, timeout: ⟶'${env:T}'"), "s.timeout", "takes no reference"),
    "an unknown class": Wrong(
        HEAD + "classes: {smoke: {timeout: 1s..2s}}\ngates: {g: {steps: {s: {run: x, class: ⟶smok}}}}\n",
        "s.class",
        "did you mean `smoke`?",
    ),
    "a class where there are none": Wrong(step("run: x, class: ⟶smoke"), "s.class", "none is defined"),
    "a timeout outside its class": Wrong(
        HEAD + "classes: {k: {timeout: 2m..5m}}\ngates: {g: {steps: {s: {run: x, class: k, timeout: ⟶500s}}}}\n",
        "s.timeout",
        "500s is outside the class `k`, which permits 2m to 5m",
    ),
    "an unknown repo's name": Wrong(
        HEAD + "repos: {backend: {path: x}}\ngates: {g: {steps: {s: {run: x, in: ⟶bakend}}}}\n",
        "s.in",
        "did you mean `backend`? For a folder of that name write ./bakend",
    ),
    "reading in an unknown repo": Wrong(
        HEAD + "reading: [{repo: ⟶plam, path: x}]\nrepos: {plan: {path: .}}\n" + GATES, "reading[0].repo", "`plan`"
    ),
    "a number in quotes": Wrong(HEAD + "until_green: {rounds: ⟶'5'}\n" + GATES, "rounds", "without quotes"),
    "too many rounds": Wrong(HEAD + "until_green: {rounds: ⟶1000}\n" + GATES, "rounds", "from 1 to 100"),
    "half a round": Wrong(HEAD + "until_green: {rounds: ⟶1.5}\n" + GATES, "rounds", "a whole number"),
    "an unknown word": Wrong(HEAD + "until_green: {flaky: ⟶warm}\n" + GATES, "flaky", "did you mean `warn`?"),
    "a port beyond ports": Wrong(HEAD + "ports: {api: ⟶70000}\n" + GATES, "ports.api", "up to 65535"),
    "a secret's value": Wrong(HEAD + "secrets: [⟶hunter-2]\n" + GATES, "secrets[0]", "name of an environment"),
    "a mapping of teardown": Wrong(HEAD + "teardown: ⟶{run: x}\n" + GATES, "teardown", "begin each with `- `"),
    "needs in the teardown": Wrong(HEAD + "teardown: [{run: x, ⟶needs: a}]\n" + GATES, "[0].needs", "not a key"),
    "a pattern with dashes": Wrong(until_green("mitigate: [⟶port-in-use]"), "mitigate[0]", "write `port_in_use`"),
    "a proof of nobody's fix": Wrong(until_green("prove_fix: ⟶fixr"), "prove_fix", "did you mean `fixer`?"),
    "a fixer that is a text": Wrong(until_green("fixer: ⟶./fix.sh"), "fixer", "write `fixer: {run: ./fix.sh}`"),
    "a fixer that is nothing": Wrong(until_green("fixer: ⟶~"), "fixer", "`none`, or a mapping"),
    "a fixer without a command": Wrong(until_green("⟶fixer: {in: be}"), "fixer.run", "write `run: ./fix.sh`"),
    "a fixer of no words": Wrong(until_green("fixer: {run: ⟶[]}"), "fixer.run", "no command to begin with"),
    "a fixer in an unknown repo": Wrong(until_green("fixer: {run: x, in: ⟶bee}"), "fixer.in", "did you mean `be`?"),
    "too many calls": Wrong(until_green("fixer: {run: x, calls: ⟶21}"), "fixer.calls", "from 1 to 20"),
    "a brief of a few words": Wrong(until_green("fixer: {run: x, brief: ⟶512B}"), "brief", "from 4KiB to 1MiB"),
    "a scope beyond the repo": Wrong(until_green("fixer: {run: x, scope: [a, ⟶../b]}"), "scope[1]", "in the repo"),
    "a capture for the fixer": Wrong(until_green("fixer: {run: [x, ⟶'${capture.c}']}"), "run[1]", "only to steps"),
    "an unknown port for the fixer": Wrong(
        until_green("fixer: {run: x, env: {P: ⟶'${port.api}'}}"), "fixer.env.P", "no port is called `api`"
    ),
    "a step's key of the fixer": Wrong(until_green("fixer: {run: x, ⟶keep: s}"), "fixer.keep", "belongs to a step"),
    "a step that mitigates": Wrong(step("run: x, ⟶mitigate: [a]"), "s.mitigate", "belongs to `until_green`"),
    "a yes for a message": Wrong(repo("commit: ⟶true"), "be.commit", "the message of the commit"),
    "a no for a message": Wrong(repo("commit: ⟶false"), "be.commit", "remove it"),
    "a port in a message": Wrong(repo("commit: ⟶'${port.api}'"), "be.commit", "known only to steps"),
    "a round in a message": Wrong(repo("commit: ⟶'Round ${run.round}'"), "be.commit", "when the rounds are over"),
    "a yes for a remote": Wrong(repo("push: ⟶true"), "be.push", "write `push: origin`"),
    "an option for a remote": Wrong(repo("push: ⟶'--all'"), "be.push", "called like `origin`"),
    "sharing another repo's folder": Wrong(repo("share: [⟶../node_modules]"), "be.share[0]", "in the repo"),
    "inputs of nothing": Wrong(step("run: x, inputs: ⟶[]"), "s.inputs", "at least one"),
    "inputs by reference": Wrong(step("run: x, inputs: [⟶'${vars.x}/**']"), "s.inputs[0]", "not filled in here"),
    "inputs of a probe": Wrong(probe("file: x, ⟶inputs: x"), "s.inputs", "for commands only"),
    "inputs of the teardown": Wrong(HEAD + "teardown: [{run: x, ⟶inputs: a}]\n" + GATES, "[0].inputs", "to a step"),
    "an unknown ending": Wrong(HEAD + "notify: [{to: x, on: [⟶gren]}]\n" + GATES, "notify[0].on[0]", "`green`"),
    "an http probe without expect": Wrong(probe("⟶http: GET http://x"), "s.http", "says what it expects"),
    "an expect of nothing": Wrong(probe("http: GET http://x, expect: ⟶{}"), "s.expect", "expects nothing"),
    "an http probe without a method": Wrong(
        probe("http: ⟶'http://x', expect: {status: 200}"), "s.http", "write `GET http://x`"
    ),
    "a method in small letters": Wrong(probe("http: ⟶get http://x, expect: {status: 200}"), "s.http", "write GET"),
    "a URL without a scheme": Wrong(probe("http: ⟶GET localhost/x, expect: {status: 200}"), "s.http", "http://"),
    "a space in a URL": Wrong(probe("http: ⟶GET http://x/a b, expect: {status: 200}"), "s.http", "%20"),
    "a status beyond statuses": Wrong(
        probe("http: GET http://x, expect: {status: [200, ⟶20]}"), "expect.status[1]", "from 100 to 599"
    ),
    "a path that is none": Wrong(
        probe("http: GET http://x, expect: {json: {⟶user.id: 5}}"), "expect.json.user.id", "$.user.id"
    ),
    "a capture under no name": Wrong(
        probe("http: GET http://x, expect: {json: {$.a: {capture: ⟶1a}}}"), "$.a.capture", "not a name"
    ),
    "something beside equals": Wrong(
        probe("http: GET http://x, expect: {json: {$.a: {equals: 1, ⟶type: x}}}"), "$.a.type", "under `equals:`"
    ),
    "two bodies": Wrong(
        probe("http: POST http://x, json: {}, ⟶body: x, expect: {status: 200}"), "s.body", "two bodies"
    ),
    "json of a command": Wrong(step("run: x, ⟶json: {}"), "s.json", "belongs to `http`"),
    "expect of a file": Wrong(probe("file: x, ⟶expect: {status: 200}"), "s.expect", "belongs to `http`"),
    "a quiet time of a probe": Wrong(probe("file: x, ⟶quiet: 5s"), "s.quiet", "for commands only"),
    "an address without a port": Wrong(probe("tcp: ⟶localhost"), "s.tcp", "127.0.0.1:8080"),
    "an address with port 0": Wrong(probe("tcp: {address: ⟶'localhost:0'}"), "s.tcp.address", "127.0.0.1:8080"),
    "text of an absent file": Wrong(
        probe("file: {path: x, exists: false, ⟶contains: y}"), "s.file.contains", "holds no text"
    ),
    "ready that runs": Wrong(step("run: x, ready: {⟶run: y, tcp: 'a:1'}"), "s.ready.run", "belongs to a step"),
    "ready with two probes": Wrong(step("run: x, ⟶ready: {file: y, tcp: 'a:1'}"), "s.ready", "one of `http`"),
    "ready without a probe": Wrong(step("run: x, ⟶ready: {within: 5s}"), "s.ready", "found none"),
    "after_each without expect": Wrong(
        gate("after_each: {⟶http: GET http://x}, steps: {s: {run: x}}"), "g.after_each.http", "expects"
    ),
    "a service kept twice": Wrong(
        step("run: x, keep: ⟶k").replace("a: {run: x}", "a: {run: x, keep: k}"), "s.keep", "`g/a`"
    ),
    "a bad name for a service": Wrong(step("run: x, keep: ⟶'a b'"), "s.keep", "not a name for a service"),
    "an unknown system": Wrong(step("run: x, if: {os: ⟶windows}"), "s.if.os", "`linux`, `macos`"),
    "a bad variable": Wrong(step("run: x, env: {⟶1A: x}"), "s.env.1A", "no digit first"),
    "a misspelt format": Wrong(step("run: x, report: {⟶junti: r.xml}"), "report.junti", "did you mean `junit`"),
    "a report of no kind": Wrong(step("run: x, report: {junit: ⟶[]}"), "report.junit", "at least one"),
    "an unknown rule": Wrong(step("run: x, allow: {⟶ask: ok}"), "s.allow.ask", "did you mean `asks`?"),
    "a rule without a reason": Wrong(step("run: x, allow: {asks: ⟶''}"), "s.allow.asks", "empty"),
    "an empty dimension": Wrong(step("run: x, matrix: {p: ⟶[]}"), "s.matrix.p", "at least one"),
    "a value twice": Wrong(step("run: x, matrix: {p: [1, ⟶1]}"), "s.matrix.p[1]", "given twice"),
    "a value with a bracket": Wrong(step("run: x, matrix: {p: [⟶'a]']}"), "s.matrix.p[0]", "part of a step's name"),
    "a value by reference": Wrong(step("run: x, matrix: {p: [⟶'${vars.x}']}"), "s.matrix.p[0]", "not filled in"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_with_its_place(name: str) -> None:
    """One mistake, one problem; line and column are those where it stands."""
    marked, key, says = WRONG[name]
    before, _, after = marked.partition("⟶")
    problem = problem_of(before + after)
    assert (problem.line, problem.column) == (before.count("\n") + 1, len(before) - before.rfind("\n")), str(problem)
    assert key in problem.key
    assert says in f"{problem.message} {problem.hint}"


def test_the_least_brief_is_the_one_that_can_be_written() -> None:
    """Nobody may ask for a brief that would be larger than was asked for."""
    assert SMALLEST_BRIEF == SMALLEST


SHAPES = {
    "Cycle": HEAD + "KEY: {x: y}\n" + GATES,
    "Gate": HEAD + "gates: {g: {steps: {s: {run: x}}, KEY: x}}\n",
    "Step": HEAD + "gates: {g: {steps: {s: {run: x, KEY: x}}}}\n",
    "TeardownStep": HEAD + "teardown: [{run: x, KEY: x}]\n" + GATES,
    "Limits": HEAD + "gates: {g: {steps: {s: {run: x, limits: {KEY: 4GiB}}}}}\n",
    "Log": HEAD + "log: {file: x, KEY: true}\n" + GATES,
    "Report": HEAD + "gates: {g: {steps: {s: {run: x, report: {junit: x, KEY: y}}}}}\n",
}


@pytest.mark.parametrize(("model", "key"), [(model, key) for model, keys in LATER.items() for key in sorted(keys)])
def test_what_is_not_acted_on_yet_is_refused(model: str, key: str) -> None:
    """A green under a budget that nobody looked at would be a lie."""
    problem = problem_of(SHAPES[model].replace("KEY", key))
    assert problem.message == (
        f"`{key}` is part of the format but this version of gatekeeper does not act on it yet; remove it"
    )


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    """A structural mistake hides no mistake of another kind, and makes up none."""
    problems = problems_of(
        """\
        gatekeeper: 1
        cycle: c
        titel: x
        classes: {slow: {timeout: 5}}
        gates:
          g:
            needs: [gg]
            steps:
              a: {run: "echo ${vars.nope}", timeout: 5, class: slow}
              b: {run: x, needs: [aa], retries: 3}
              c: {runs: x}
              d: {run: x, needs: [c]}
        """
    )
    assert [(problem.line, problem.key) for problem in problems] == [
        (3, "titel"),
        (4, "classes.slow.timeout"),
        (7, "gates.g.needs[0]"),
        (9, "gates.g.steps.a.run"),
        (9, "gates.g.steps.a.timeout"),
        (10, "gates.g.steps.b.needs[0]"),
        (10, "gates.g.steps.b.retries"),
        (11, "gates.g.steps.c"),
        (11, "gates.g.steps.c.runs"),
    ]


def test_no_word_of_the_library_reaches_the_reader() -> None:
    """Our messages are ours."""
    for marked, _, _ in WRONG.values():
        for problem in problems_of(marked.replace("⟶", "")):
            said = f"{problem.message} {problem.hint}"
            assert not re.search(r"pydantic|Input should|valid dictionary|errors\.|type=|NoneType|None", said), said


@pytest.mark.slow
def test_ten_thousand_mistakes_are_told_in_reasonable_time() -> None:
    """Placing and guessing must not grow with the square of what is wrong."""
    steps = "".join(f"      s{index}: {{rum: x, needs: [nope{index}]}}\n" for index in range(5_000))
    problems = problems_of(HEAD + "gates:\n  g:\n    steps:\n" + steps)
    assert len(problems) == 15_000
