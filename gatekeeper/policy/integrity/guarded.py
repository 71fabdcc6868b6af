"""Owns which files a run is judged by, told by their path alone. Opens none, and knows no rule of change."""

from __future__ import annotations

import re

from gatekeeper.model.integrity import GuardedKind

_LOCKS = (
    *(
        r"requirements[\w.-]*\.txt",
        r"requirements/[^/]+\.txt",
        r"constraints[\w.-]*\.txt",
        r"poetry\.lock",
        r"uv\.lock",
    ),
    *(r"pdm\.lock", r"Pipfile\.lock", r"pylock[\w.]*\.toml", r"package-lock\.json", r"npm-shrinkwrap\.json"),
    *(
        r"yarn\.lock",
        r"pnpm-lock\.yaml",
        r"bun\.lockb?",
        r"Cargo\.lock",
        r"go\.sum",
        r"Gemfile\.lock",
        r"composer\.lock",
    ),
    *(r"gradle\.lockfile", r"packages\.lock\.json", r"mix\.lock", r"deno\.lock"),
)
_CI = (
    *(r"\.github/(?:workflows|actions)/.*", r"\.gitlab-ci\.ya?ml", r"\.gitlab/.*\.ya?ml", r"\.circleci/.*"),
    *("(?:.*/)?Jenkinsfile[^/]*", r"\.?azure-pipelines[^/]*\.ya?ml", r"\.travis\.ya?ml", r"bitbucket-pipelines\.ya?ml"),
    *(r"\.buildkite/.*", r"\.drone\.ya?ml", r"appveyor\.ya?ml", r"\.woodpecker.*", r"\.ci/.*", r"cloudbuild\.ya?ml"),
    r"\.(?:forgejo|gitea)/workflows/.*",
)
_HOOKS = (
    *(r"\.pre-commit-(?:config|hooks)\.ya?ml", r"\.?lefthook(?:-local)?\.ya?ml", r"\.husky/.*", r"\.githooks/.*"),
    *(r"\.?hooks/(?:pre|post|commit|prepare)-[\w-]+", r"\.lintstagedrc[^/]*", r"\.overcommit\.yml"),
)
_CONFIGURATION = (
    *(r"conftest\.py", r"sitecustomize\.py", r"usercustomize\.py", r"\.?pytest\.(?:ini|toml)", r"pyproject\.toml"),
    *(r"setup\.cfg", r"tox\.ini", r"noxfile\.py", r"\.coveragerc", r"nose2?\.cfg", r"package\.json", r"\.npmrc"),
    *(r"(?:jest|vitest|vite|playwright|cypress|ava)(?:\.config)?\.(?:[cm]?[jt]s|json)", r"(?:karma|wdio)\.conf\.[jt]s"),
    *(r"vitest\.workspace\.\w+", r"(?:jest|vitest)[\w.-]*[sS]etup[\w.-]*\.\w+", r"\.mocharc\.\w+"),
    *(r"\.(?:nyc|c8)rc(?:\.\w+)?", r"phpunit(?:\.dist)?\.xml(?:\.dist)?", r"pom\.xml", r"build\.gradle(?:\.kts)?"),
    *(r"surefire[\w.-]*\.xml", r"(?:\.config/)?nextest\.toml", r"\.cargo/config\.toml", r"\.rspec"),
    *(r"(?:spec|rails|test)_helper\.rb", r"CTestConfig\.cmake"),
)
_TESTS = (
    *(r"test_[^/]*\.py", r"[^/]*_test\.py", r"tests?\.py", r"[^/]+\.(?:test|spec)\.[cm]?[jt]sx?", "__tests__/.*"),
    *("__snapshots__/.*", r"[^/]+_test\.(?:go|exs|dart|cc|cpp|c)", r"[^/]*Tests?\.(?:java|kt|groovy|scala|cs|php)"),
    *(r"[^/]*(?:IT|Spec)\.(?:java|kt|groovy|scala)", "src/(?:test|it|integrationTest)/.*", r"[^/]+\.bats"),
    *(r"[^/]+_(?:spec|test)\.rb", r"[^/]+\.feature"),
    # Rust keeps tests beside the code; a file without any is sorted out once it is read.
    r"[^/]+\.rs",
    r"(?:tests?|specs?|e2e|testing)/(?:.*/)?[^/]*\.(?:py|[cm]?[jt]sx?|vue|svelte|java|kt|groovy|scala|cs|go|php|rb|sh)",
    r"(?:tests?|specs?|e2e|testing)/(?:.*/)?[^/]*\.(?:c|cc|cpp|h|hpp|exs?|snap|ambr|golden)",
)

_UNASKED = {"conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini", ".pytest.ini", "pytest.toml"}


def _anywhere(names: tuple[str, ...]) -> str:
    return rf"(?:.*/)?(?:{'|'.join(names)})"


_TABLE: tuple[tuple[GuardedKind, str], ...] = (
    ("baseline", _anywhere((r"gates/baselines/.*\.json",))),
    ("quarantine", _anywhere((r"gates/quarantine\.ya?ml",))),
    ("pattern", _anywhere((r"gates/patterns/[^/]+\.yaml",))),
    # A definition is told from other files in `gates/` by what is in it; who compiles it knows.
    ("definition", _anywhere((r"gates/[^/]+\.ya?ml",))),
    ("other", _anywhere(("gates/.*",))),
    ("ci", "|".join(_CI)),
    ("hook", "|".join(_HOOKS)),
    ("lock", _anywhere(_LOCKS)),
    ("test-config", _anywhere(_CONFIGURATION)),
    ("test", _anywhere(_TESTS)),
)
_KINDS = tuple((kind, re.compile(pattern, re.DOTALL)) for kind, pattern in _TABLE)


def kind_of(path: str, scripts: frozenset[str] = frozenset()) -> GuardedKind | None:
    """The kind of the file at `path` (from its repo's root), or None where nothing is judged by it.

    `scripts` are the paths that steps run, from the same root.
    """
    for kind, pattern in _KINDS:
        if pattern.fullmatch(path):
            return kind
    return "script" if path in scripts else None


def is_loaded_unasked(path: str) -> bool:
    """Whether a test runner or Python itself loads a file of this name wherever it lies, so that it needs no naming."""
    return path.rpartition("/")[2] in _UNASKED


def is_collected(path: str) -> bool:
    """Whether a test runner looks for tests in a Python file of this name, as long as nobody told it otherwise."""
    name = path.rpartition("/")[2]
    return not name.endswith(".py") or bool(re.fullmatch(r"test_.*\.py|.*_test\.py|tests?\.py", name))
