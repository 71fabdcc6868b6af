"""Owns `needs`: which steps a name means, and that waiting never goes in a circle. Knows no step's content."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from gatekeeper.adapters.definition.bounds import MOST_NEEDS
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.model.plan import StepId
from gatekeeper.model.record import NamedTuple


class Start(NamedTuple):
    """The beginning of a gate: what comes before all of its steps."""

    gate: str


class End(NamedTuple):
    """The end of a gate: what comes after all of its steps."""

    gate: str
    ends: bool = True


Point: TypeAlias = Start | End | StepId


class Needs:
    """Resolves the needs of one definition. `steps` are, for each gate, the base names in the order written."""

    def __init__(
        self,
        steps: Mapping[str, Sequence[str]],
        combined: Mapping[StepId, tuple[StepId, ...]],
        mistakes: Mistakes,
    ) -> None:
        """`combined` are, for the steps that have a matrix, the steps that it makes."""
        self._steps = {gate: {name: index for index, name in enumerate(names)} for gate, names in steps.items()}
        self._combined = combined
        self._base: Final = {made: base for base, all_made in combined.items() for made in all_made}
        self._mistakes = mistakes
        self._total = 0
        self._refuted: dict[frozenset[StepId], set[Point]] = {}
        self._waits: dict[Point, list[tuple[Point, Place]]] = {}
        for gate, names in steps.items():
            before: Point = Start(gate)
            for name in names:
                self._waits[StepId(gate, name)] = [(before, ("gates", gate, "steps", name))]
                before = StepId(gate, name)
            self._waits[End(gate)] = [(before, ("gates", gate))]
            self._waits[Start(gate)] = []

    def of_gate(self, gate: str, needs: Iterable[str], place: Place) -> tuple[str, ...]:
        """The gates that `gate` comes after."""
        found: dict[str, None] = {}
        for index, need in enumerate(needs):
            here = (*place, index)
            if need == gate:
                self._mistakes.add(here, f"the gate `{gate}` needs itself", "remove it")
            elif need in self._steps:
                found[need] = None
                self._waits[Start(gate)].append((End(need), here))
            elif "/" in need:
                hint = f"write `{need.partition('/')[0]}` here, or give the need to the step that has it"
                self._mistakes.add(here, f"a gate needs gates, and `{need}` is a step", hint)
            else:
                hint = self._mistakes.guess(need, self._steps)
                self._mistakes.add(here, f"no gate is called `{need}`", hint)
        return tuple(found)

    def of_step(self, step: StepId, needs: Iterable[str], place: Place) -> tuple[StepId, ...]:
        """The steps that `step`, a base name, comes after; in the order written, each once."""
        found: dict[StepId, None] = {}
        if self._total > MOST_NEEDS:
            return ()
        for index, need in enumerate(needs):
            here = (*place, index)
            for target in self._targets(step, need, here):
                found[target] = None
        self._total += len(found) * max(1, len(self._combined.get(step, ())))
        if self._total > MOST_NEEDS:
            message = f"the steps need one another more than {MOST_NEEDS:,} times"
            self._mistakes.add(place, message, "let the gate need the gate")
        return tuple(found)

    def _targets(self, step: StepId, need: str, place: Place) -> tuple[StepId, ...]:
        sibling = StepId(step.gate, need)
        if self._known(sibling):
            return self._one(step, sibling, place)
        if need in self._steps:
            if need == step.gate:
                self._mistakes.add(place, f"a step can't need the gate it is in, `{need}`", "name the step")
                return ()
            self._waits[step].append((End(need), place))
            return tuple(made for name in self._steps[need] for made in self._made(StepId(need, name)))
        gate, slash, name = need.partition("/")
        if slash and gate in self._steps:
            if self._known(StepId(gate, name)):
                return self._one(step, StepId(gate, name), place)
            hint = self._mistakes.guess(name, self._names_in(gate)).replace("did you mean `", f"did you mean `{gate}/")
            self._mistakes.add(place, f"the gate `{gate}` has no step `{name}`", hint)
            return ()
        known = (*self._names_in(step.gate), *self._steps)
        if slash:
            self._mistakes.add(place, f"no gate is called `{gate}`", self._mistakes.guess(gate, self._steps))
        else:
            others = [f"{gate}/{need}" for gate, names in self._steps.items() if need in names]
            hint = f"did you mean `{others[0]}`?" if others else self._mistakes.guess(need, known)
            self._mistakes.add(place, f"no step of this gate, and no gate, is called `{need}`", hint)
        return ()

    def _names_in(self, gate: str) -> tuple[str, ...]:
        made = (made.step for made in self._base if made.gate == gate) if len(self._base) < 100 else ()
        return (*self._steps[gate], *made)

    def _known(self, step: StepId) -> bool:
        return step.step in self._steps[step.gate] or step in self._base

    def _made(self, step: StepId) -> tuple[StepId, ...]:
        return self._combined.get(step, (step,))

    def _one(self, step: StepId, target: StepId, place: Place) -> tuple[StepId, ...]:
        base = self._base.get(target, target)
        order = self._steps[step.gate]
        if base == step:
            self._mistakes.add(place, f"the step `{step.step}` needs itself", "remove it")
            return ()
        if base.gate == step.gate and order[base.step] > order[step.step]:
            hint = f"write `{base.step}` before `{step.step}`"
            message = f"`{base.step}` comes later: the steps of a gate run in the order written"
            self._mistakes.add(place, message, hint)
            return ()
        self._waits[step].append((base, place))
        return self._made(target)

    def refuse_circles(self) -> None:
        """Note each circle of waiting once, with the way round."""
        done: set[Point] = set()
        for origin in self._waits:
            if origin not in done:
                self._walk(origin, done)

    def _walk(self, origin: Point, done: set[Point]) -> None:
        # An explicit stack: ten thousand steps in a row are ten thousand deep.
        way: list[Point] = [origin]
        on_way = {origin: 0}
        pending = [iter(self._waits[origin])]
        while pending:
            for target, _ in pending[-1]:
                if target in on_way:
                    self._tell([*way[on_way[target] :], target])
                elif target not in done:
                    way.append(target)
                    on_way[target] = len(way) - 1
                    pending.append(iter(self._waits[target]))
                    break
            else:
                pending.pop()
                finished = way.pop()
                del on_way[finished]
                done.add(finished)

    def _tell(self, circle: list[Point]) -> None:
        # That steps of a gate follow one another is known; what was written is what can be mended.
        names: list[str] = []
        places: list[Place] = []
        for point, target in pairwise(circle):
            place = next(place for other, place in self._waits[point] if other == target)
            if "needs" in place:
                names += [_called(point), _called(target)]
                places.append(place)
        names.append(names[0])
        way = [name for index, name in enumerate(names) if index == 0 or name != names[index - 1]]
        self._mistakes.add(places[0], f"`needs` goes in a circle: {' → '.join(way)}", "one of these has to go")

    def comes_after(self, step: StepId, others: Iterable[StepId]) -> bool:
        """Whether `step` always starts after one of `others` has ended (all base names)."""
        wanted = frozenset(others)
        # Whoever was seen without finding it need not be seen again, or this would grow with the square of the steps.
        refuted = self._refuted.setdefault(wanted, set())
        order = self._steps[step.gate]
        if any(other.gate == step.gate and order[other.step] < order[step.step] for other in wanted):
            return True
        seen: set[Point] = {step}
        stack: list[Point] = [step]
        while stack:
            for target, _ in self._waits[stack.pop()]:
                if target in wanted:
                    return True
                if target not in seen and target not in refuted:
                    seen.add(target)
                    stack.append(target)
        refuted |= seen
        return False


def _called(point: Point) -> str:
    return str(point) if isinstance(point, StepId) else point.gate
