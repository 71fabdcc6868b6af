"""Owns grading the layers of containment: which are here, which are missing, and how to get them."""

from __future__ import annotations

from gatekeeper.model.machine import (
    Controllers,
    Cookie,
    Delegation,
    GuardTrial,
    Host,
    Kernel,
    Leaf,
    Linux,
    Machine,
    Namespaces,
    StateFolder,
    Unanswered,
)
from gatekeeper.policy.diagnosis_rows import Grade, Row, present, unanswered

_LIMITED = ("memory", "pids", "cpu")


def layer_rows(machine: Machine) -> tuple[Row, ...]:
    """A line for each layer, strongest first."""
    if machine.linux is None:
        return (
            _trial("sampling guard", machine.trial, "best-effort: a daemon that was seen was gone at its step's end"),
            _ledger(machine.state),
        )
    linux, trial = machine.linux, machine.trial
    layers = ", ".join(trial.layers) if isinstance(trial, GuardTrial) else ""
    return (
        _leaf(machine.host, linux),
        _trial("guardian", linux.bare, "without a leaf, a daemon with an empty environment was gone at its step's end"),
        _trial("all together", trial, f"{layers}: the same daemon was gone"),
        *_kernel(linux.kernel),
        _cookie(linux.cookie, machine.host),
        _ledger(machine.state),
        _namespaces(linux.namespaces, machine.host),
        _controllers(linux.controllers),
    )


def _leaf(host: Host, linux: Linux) -> Row:
    name = "cgroup v2 leaf"
    match linux.leaf:
        case Unanswered() as answer:
            return unanswered(name, answer)
        case Leaf("works", folder):
            return Row(Grade.OK, name, f"made, joined, killed and removed one in {folder}")
        case Leaf() as leaf:
            return Row(Grade.LOOK, name, _obstacle(leaf, host), _way_to_a_leaf(leaf, host, linux.delegation))


def _obstacle(leaf: Leaf, host: Host) -> str:
    match leaf.state:
        case "not-mounted":
            return "no cgroup v2 is mounted here"
        case "outside":
            return "our own group lies outside of the cgroup v2 that is mounted here"
        case "read-only":
            return f"{leaf.folder} is mounted read-only"
        case "refused":
            return f"{host.user} may make no group in {leaf.folder} ({leaf.detail})"
        case "wrong-type":
            return f"{leaf.folder} is no domain of its own: groups made in it are of the type '{leaf.detail}'"
        case "no-kill":
            return f"this kernel ({host.kernel}) has no cgroup.kill"
        case "works" | "failed":
            return f"{leaf.detail} (in {leaf.folder})"


def _way_to_a_leaf(leaf: Leaf, host: Host, delegation: Delegation | Unanswered) -> str:
    match leaf.state:
        case "no-kill":
            return "it came with Linux 5.14"
        case "wrong-type":
            return "start gatekeeper in a group whose cgroup.type says 'domain'"
        case "works" | "failed":
            return ""
        case "not-mounted" | "outside" | "read-only" if host.container:
            return (
                f"start the container ({host.container}) with --cgroupns=private and a writable /sys/fs/cgroup;"
                " Docker mounts it read-only unless it is given --privileged"
            )
        case "not-mounted" if host.root:
            return "mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"
        case "not-mounted" | "outside":
            return "root can mount it; or boot with systemd.unified_cgroup_hierarchy=1"
        case "read-only":
            return "root can make the mount writable: mount -o remount,rw MOUNTPOINT"
        case "refused":
            return _way_to_a_group(host, delegation)


def _way_to_a_group(host: Host, delegation: Delegation | Unanswered) -> str:
    by_hand = (
        f"By hand: root makes a group (mkdir G && chown -R {host.user} G), and puts the shell that starts gatekeeper"
        " into it (its pid into G/cgroup.procs)."
    )
    unit = f"As a service: a unit with User={host.user} and Delegate=yes."
    match delegation:
        case Delegation(command, True):
            return f"{command} gatekeeper run …   (tried: leaves can be made there)"
        case Delegation(command, _, detail) if command:
            return f"`{command}` was tried and gave none: {detail}. {unit} {by_hand}"
        case Delegation(_, _, detail):
            return f"{detail}, so `systemd-run --user --scope -p Delegate=yes` cannot give one. {by_hand}"
        case Unanswered(why):
            return f"systemd was asked for one: {why}. {unit} {by_hand}"


def _trial(name: str, trial: GuardTrial | Unanswered, found: str) -> Row:
    match trial:
        case Unanswered() as answer:
            return unanswered(name, answer, Grade.WRONG)
        case GuardTrial(problem=problem) if problem:
            return Row(Grade.WRONG, name, problem, "see whether this user may start processes (ulimit -u, seccomp)")
        case GuardTrial(gone=False):
            return Row(Grade.WRONG, name, f"a daemon outlived its command under {', '.join(trial.layers)}")
        case GuardTrial(_, caught_by):
            return Row(Grade.OK, name, f"{found} (caught by {caught_by})" if caught_by else found)


def _kernel(kernel: Kernel | Unanswered) -> tuple[Row, ...]:
    if isinstance(kernel, Unanswered):
        return (unanswered("kernel", kernel),)
    return (
        present(
            "subreaper",
            kernel.subreaper,
            "orphans of a dead guardian fall to gatekeeper",
            Grade.LOOK,
            "what a dead guardian leaves falls to process 1 then",
        ),
        present(
            "pidfd",
            kernel.pidfd,
            "processes are waited for by a handle that no other can be taken for",
            Grade.LOOK,
            "it came with Linux 5.3; a seccomp filter may forbid it",
        ),
        present(
            "children files",
            kernel.children,
            "the kernel tells who is whose child",
            Grade.LOOK,
            "all of /proc is read instead, which is slower against fork storms (CONFIG_PROC_CHILDREN)",
        ),
        present(
            "inotify",
            kernel.inotify,
            "there",
            Grade.NOTE,
            "output is followed by looking at it in turns; see sysctl fs.inotify.max_user_instances",
        ),
    )


def _cookie(cookie: Cookie | Unanswered, host: Host) -> Row:
    name = "cookie"
    match cookie:
        case Unanswered() as answer:
            return unanswered(name, answer)
        case Cookie(found=False):
            found = "a process was not found by the mark in its environment"
            return Row(Grade.LOOK, name, found, "`gatekeeper reap` finds by it what a killed run left: mount /proc")
        case Cookie(True, hidepid) if hidepid not in {"", "0", "off"} and not host.root:
            found = f"found; but /proc is mounted with hidepid={hidepid}: what changed its user is not seen"
            return Row(Grade.LOOK, name, found, "root can mount it with hidepid=0, or with gid= of a group of yours")
        case Cookie():
            return Row(Grade.OK, name, "a process was found by the mark in its environment")


def _ledger(state: StateFolder | Unanswered) -> Row:
    name = "ledger"
    match state:
        case Unanswered() as answer:
            return unanswered(name, answer, Grade.WRONG)
        case StateFolder(folder, True, problem) if problem:
            advice = "no run can begin: nobody could finish what it leaves when it is killed"
            return Row(Grade.WRONG, name, f"{folder}: {problem}", advice)
        case StateFolder(folder, False, problem):
            tried = problem or "could be written to and locked"
            return Row(Grade.NOTE, name, f"no project here (no gates/ in this folder or above); {folder} {tried}")
        case StateFolder(folder):
            return Row(Grade.OK, name, f"{folder} can be written to and locked")


def _namespaces(namespaces: Namespaces | Unanswered, host: Host) -> Row:
    name = "namespaces"
    match namespaces:
        case Unanswered() as answer:
            return unanswered(name, answer, Grade.NOTE)
        case Namespaces(True, tried):
            return Row(Grade.OK, name, f"tried as {host.user}: {tried}")
        case Namespaces(_, _, blocked_by, detail):
            why = "; ".join(blocked_by) or "no switch that we know is set against it"
            return Row(Grade.NOTE, name, f"{host.user} gets no user and pid namespace: {detail}", why)


def _controllers(controllers: Controllers | Unanswered) -> Row:
    name = "controllers"
    match controllers:
        case Unanswered() as answer:
            return unanswered(name, answer)
        case Controllers(v2, v1):
            by = {one: "v2" if one in v2 else "v1" for one in _LIMITED if one in v2 or one in v1}
            missing = [one for one in _LIMITED if one not in by]
            found = ", ".join(f"{one} (cgroup {version})" for one, version in by.items()) or "none that can be used"
            if not missing:
                return Row(Grade.OK, name, found)
            advice = (
                "the guard adds up what all processes of a step use instead, and ends it; a peak between two looks is"
                " missed. Delegate=yes gives the kernel's (runbooks/limits.md)"
            )
            return Row(Grade.LOOK, name, f"{found}; missing: {', '.join(missing)}", advice)
