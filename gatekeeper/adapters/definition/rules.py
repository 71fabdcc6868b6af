"""Owns the names of the rules of `gatekeeper check`, as `allow:` takes them."""

RULES = (
    "asks",
    "errors-off",
    "inner-timeout-beyond-hard",
    "quiet-beyond-timeout",
    "server-without-keep",
    "suite-without-report",
    "swallowed-failure",
    "tight-limit",
    "watch-mode",
)
