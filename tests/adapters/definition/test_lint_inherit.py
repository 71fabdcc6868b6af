"""`check` names variables that a command uses and that its step, which does not inherit all, will not see."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.model.errors import DefinitionError
from tests.adapters.definition.definitions import HEAD
from tests.adapters.definition.linting import findings, rules

CLEAN = "        inherit: clean\n"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo $TOKEN", True),
        ('curl "https://$HOST/x"', True),
        ("echo $${TOKEN}", True),
        ("echo $${#TOKEN}", False),
        ("echo $${TOKEN:-none} $${TOKEN+x}", False),
        ("echo '$TOKEN'", False),
        ("echo \\$TOKEN", False),
        ('echo "it\'s $TOKEN"', True),
        ("echo $HOME $PATH $LC_ALL $PWD $TMPDIR $PORT $GATEKEEPER_RUN $CI $RANDOM", False),
        ("TOKEN=1\necho $TOKEN", False),
        ("for FILE in *; do echo $FILE; done", False),
        ("while read -r LINE REST; do echo $LINE $REST; done", False),
        ("echo $lower $1 $@ $$", False),
        (": $${TOKEN:?is not set}", False),
    ],
)
def test_a_variable_that_the_step_does_not_see(tmp_path: Path, script: str, found: bool) -> None:
    assert ("not-inherited" in rules(tmp_path, script, CLEAN)) == found
    assert "not-inherited" not in rules(tmp_path, script)


def test_it_is_told_once_at_its_line_with_what_to_write(tmp_path: Path) -> None:
    step = "run: |\n          echo $KNOWN\n          echo $TOKEN $TOKEN\n"
    text = f"{HEAD}inherit: [KNOWN]\ngates:\n  g:\n    steps:\n      s:\n        {step}"
    (found,) = findings(tmp_path, text)
    assert (found.rule, text.splitlines()[found.line - 1].strip()) == ("not-inherited", "echo $TOKEN $TOKEN")
    assert found.hint == 'write `inherit: [TOKEN]`, or `env: {TOKEN: "${env:TOKEN}"}`'


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("some", "one of `all`, `clean` is wanted here"),
        ("[1X]", "the name of an environment variable is wanted here"),
        ('["*"]', "write `inherit: all`"),
        ("{a: b}", "found"),
    ],
)
def test_what_is_no_choice_is_refused(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        findings(tmp_path, f"{HEAD}inherit: {value}\ngates: {{g: {{steps: {{s: {{run: x}}}}}}}}\n")


def test_a_probe_has_no_environment(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="`inherit` has a meaning for commands only"):
        findings(tmp_path, f"{HEAD}gates: {{g: {{steps: {{s: {{tcp: 'x:1', inherit: clean}}}}}}}}\n")
