"""Owns a step's numbers: found in a file that this attempt wrote, or in its output. No number is None, never 0."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from gatekeeper.adapters.measures import searching
from gatekeeper.adapters.measures.files import Kept, Marks, keep
from gatekeeper.adapters.measures.numbers import number_in
from gatekeeper.model.demands import MetricSpec
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.report import MetricValue, ReportProblem
from gatekeeper.policy.masking import Masker

LONGEST_S = 10.0
"""How long one pattern may search, in seconds."""


class _NoNumber(Exception):
    """There is no number; the text says why."""


class MetricFiles(NamedTuple):
    """Reads the numbers of one run's steps; copies of their files go to ``reports/`` in `run_folder`."""

    run_folder: str
    masker: Masker
    longest_s: float = LONGEST_S

    def read(
        self, specs: tuple[MetricSpec, ...], folder: str, before: Marks, since_ns: int, output: str
    ) -> tuple[MetricValue, ...]:
        """The numbers of an attempt that began at `since_ns`. `output` is its captured output; empty: there is none."""
        values = []
        for spec in specs:
            value = MetricValue(spec.name, None)
            try:
                path = output
                if spec.file:
                    kept = self._kept(spec, folder, before, since_ns)
                    value, path = value._replace(file=kept.stored), str(kept.copy)
                values.append(value._replace(value=self._value(spec, path)))
            except _NoNumber as why:
                values.append(value._replace(problem=str(why)))
        return tuple(values)

    def _kept(self, spec: MetricSpec, folder: str, before: Marks, since_ns: int) -> Kept:
        kept = keep(
            spec.file,
            folder,
            before,
            since_ns,
            into=self.run_folder,
            masker=self.masker,
            largest=searching.LOOKED_AT,
        )
        if isinstance(kept, ReportProblem):
            raise _NoNumber(kept.message)
        return kept

    def _value(self, spec: MetricSpec, path: str) -> float:
        where = spec.file or "the output"
        if not path:
            raise _NoNumber("there is no output to look for it in")
        found = self._last_match(spec.pattern, path, where)
        if found is None:
            beyond = os.path.getsize(path) > searching.LOOKED_AT
            looked = f" (its last {searching.LOOKED_AT >> 20} MiB are looked at)" if beyond else ""
            raise _NoNumber(f"nothing in {where}{looked} matches `{spec.pattern}`")
        match number_in(found, spec.unit):
            case float() as value:
                return value
            case why:
                raise _NoNumber(f"{where}: {self.masker.mask(why)}")

    def _last_match(self, pattern: str, path: str, where: str) -> str | None:
        order = json.dumps([path, pattern, int(self.longest_s) + 1])
        searcher = subprocess.Popen(
            (sys.executable, "-I", "-S", searching.__file__, order),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        try:
            out, err = searcher.communicate(timeout=self.longest_s)
        except subprocess.TimeoutExpired:
            raise _NoNumber(
                f"the pattern `{pattern}` did not get through {where} within {self.longest_s:g} s; write one that "
                "need not try so much (no repetition inside a repetition)"
            ) from None
        finally:
            if searcher.poll() is None:
                searcher.send_signal(signal.SIGKILL)
                searcher.communicate()
        if searcher.returncode:
            last = err.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise _NoNumber(f"{where} could not be searched: {' '.join(last) or searcher.returncode}")
        found = json.loads(out)
        return found if isinstance(found, str) else None
