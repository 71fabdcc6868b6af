"""Owns the program that the project's own Python runs to compile files, and its text. Imports nothing of ours.

It is run by whatever Python the project has, so it keeps to what every Python 3 understands. Files come NUL-separated
on standard input; for each one a line of JSON goes out: its number, and null or what is wrong.
"""

from __future__ import annotations

COMPILES = r"""
import json, sys
names = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\0")
out = sys.stdout
def say(number, wrong):
    out.write(json.dumps([number, wrong]) + "\n")
    out.flush()
say(-1, ["%d.%d.%d" % sys.version_info[:3], 0, 0])
sys.setrecursionlimit(5000)
import warnings
warnings.simplefilter("ignore")
for number, name in enumerate(names):
    wrong = None
    try:
        with open(name, "rb") as file:
            compile(file.read(), name, "exec", dont_inherit=True)
    except SyntaxError as fault:
        wrong = [str(fault.msg), fault.lineno or 0, fault.offset or 0]
    except (ValueError, OverflowError, RecursionError, MemoryError, UnicodeError, OSError) as fault:
        wrong = ["%s: %s" % (type(fault).__name__, fault), 0, 0]
    say(number, wrong)
"""

IMPORTS = r"""
import sys
name, proof, fd = sys.argv[1:]
del sys.argv[1:]
import importlib, os
module = importlib.import_module(name)
found = getattr(module, "__file__", None) or ("" if name in sys.builtin_module_names else "-")
os.write(int(fd), (proof + found).encode("utf-8", "surrogateescape"))
"""
"""Imports one module, and proves that it came back from there: a module that ends the process does not."""
