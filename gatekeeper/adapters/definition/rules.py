"""Owns the names of the rules of `gatekeeper check`, as `allow:` takes them."""

RULES = (
    "asks",
    "baseline-missing",
    "errors-off",
    "ignores-failures",
    "inner-timeout-beyond-hard",
    "passes-without-tests",
    "production-url",
    "quiet-beyond-timeout",
    "report-optional",
    "report-outside-step",
    "rerun-without-report",
    "reruns-inside",
    "selects-tests",
    "server-without-keep",
    "skips-by-environment",
    "suite-without-report",
    "swallowed-failure",
    "tight-limit",
    "watch-mode",
    "wide-report",
)
