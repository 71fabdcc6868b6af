"""Owns comparing Python files that a test runner loads by itself: conftest.py and its like. Runs none."""

from __future__ import annotations

import ast
import re
from collections import Counter

from gatekeeper.policy.integrity.change import Note
from gatekeeper.policy.integrity.plugins import compare_plugins

_POWERFUL = re.compile(
    r"pytest_(?:collection_modifyitems|ignore_collect|collect_file|pycollect_makeitem|runtest_makereport|runtest_call|"
    r"runtest_protocol|runtest_setup|pyfunc_call|sessionfinish|deselected|itemcollected|report_teststatus|"
    r"collection_finish|collectstart|make_collect_report|exception_interact|unconfigure|load_initial_conftests|cmdline_parse|cmdline_preparse|report_to_serializable|cmdline_main|generate_tests)"
)
_WAYS_OUT = re.compile(
    r"\bos\._exit\(|\bexitstatus\s*=|\.outcome\s*=|\bsys\.exit\(|items\[:\]\s*=|\bitems\.clear\(|session\.exitstatus"
    r"|\bconfig\.option\.\w+\s*=(?!=)|pluginmanager\.(?:register|import_plugin|unregister)\(|\b_pytest\.\w+|\batexit\.register\("
    r"|^from (?!\.|tests?\b)\S+ import (?:\*|[^\n]*\bpytest_(?:runtest|collection|sessionfinish|pyfunc)\w*)",
    re.MULTILINE,
)


def compare_hooks(name: str, before: str, after: str) -> list[Note]:
    """What two texts of the file hook into."""
    old, new = _hooks(before), _hooks(after)
    notes = [Note("runner-hook", f"`{hook}` came in") for hook in sorted(new.keys() - old.keys())]
    notes += [
        Note("runner-hook", f"`{hook}` changed") for hook in sorted(old.keys() & new.keys()) if old[hook] != new[hook]
    ]
    notes += [Note("stricter-setting", f"the hook `{hook}` is gone") for hook in sorted(old.keys() - new.keys())]
    notes += compare_plugins(before, after)
    ways = Counter(_WAYS_OUT.findall(after)) - Counter(_WAYS_OUT.findall(before))
    notes += [Note("runner-hook", f"`{way}` came in") for way in ways]
    if name in {"sitecustomize.py", "usercustomize.py"} and after != before:
        notes.append(Note("runner-hook", "it runs at the start of every Python, the test runner's too"))
    return notes


def _hooks(text: str) -> dict[str, str]:
    """The hooks that can change what tests come to, with their code but not its layout."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return dict.fromkeys(_POWERFUL.findall(text), text)
    return {
        node.name: ast.unparse(node)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _POWERFUL.fullmatch(node.name)
    }
