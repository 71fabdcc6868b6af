"""Which lines of the shop run in its tests: coverage.json, as coverage.py would write it."""

import json
import os
import pathlib
import sys
import threading

import pytest

SHOP = pathlib.Path("shop").resolve()
hits = {}


def lines_of(code):
    yield from (line for _, _, line in code.co_lines() if line)
    for constant in code.co_consts:
        if hasattr(constant, "co_lines"):
            yield from lines_of(constant)


def local(frame, event, _argument):
    if event == "line":
        hits[frame.f_code.co_filename].add(frame.f_lineno)
    return local


def trace(frame, _event, _argument):
    name = frame.f_code.co_filename
    if os.path.dirname(name) != str(SHOP):
        return None
    hits.setdefault(name, set()).add(frame.f_lineno)
    return local


sys.path.insert(0, ".")
threading.settrace(trace)
sys.settrace(trace)
status = pytest.main([])
sys.settrace(None)
files = {}
for path in sorted(SHOP.glob("*.py")):
    source = path.read_text()
    lines = set(lines_of(compile(source, str(path), "exec")))
    ran = lines & hits.get(str(path), set())
    files[f"shop/{path.name}"] = {
        "executed_lines": sorted(ran),
        "missing_lines": sorted(lines - ran),
        "excluded_lines": [],
        "summary": {"covered_lines": len(ran), "num_statements": len(lines), "missing_lines": len(lines - ran)},
    }
totals = {key: sum(each["summary"][key] for each in files.values()) for key in ("covered_lines", "num_statements", "missing_lines")}
pathlib.Path("reports").mkdir(exist_ok=True)
document = {"meta": {"format": 3, "version": "7.0", "branch_coverage": False}, "files": files, "totals": totals}
pathlib.Path("reports/coverage.json").write_text(json.dumps(document, indent=1))
sys.exit(0 if status in {0, 1} else status)
