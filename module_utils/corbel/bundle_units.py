"""Which units do not run as configured, and making them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_spec import Bundle, Unit
from ansible.module_utils.corbel.bundle_systemd import SETTLING_TYPES, UnitState, show
from ansible.module_utils.corbel.bundle_tree import digest

DIGESTS = "/etc/corbel/digests"
RUNNING = "/run/corbel/digests"
POLL = 0.2
MOST_CRASHES = 5
JOURNAL_LINES = 20
MASK = "********"


@dataclass(frozen=True)
class Pending:
    """A unit that has to be acted upon."""

    name: str
    action: str
    reason: str


@dataclass(frozen=True)
class Failure:
    """A unit that did not come up."""

    name: str
    message: str
    journal: tuple[str, ...]


def covers(bundle: Bundle, unit: Unit, units: Sequence[str] | None) -> bool:
    """Whether a file with this option `units` concerns a unit."""
    return unit.is_service if units is None else unit.name in units


def unit_digest(bundle: Bundle, unit: Unit, watched: Mapping[str, str]) -> str:
    """Name the configuration a unit should run with: a line for what only a restart brings, a line for the files."""
    own: dict[str, object] = {"unit": unit.content, "drop_in": unit.drop_in, "template": _template(bundle, unit)}
    files = {file.path: digest(file.content) for file in bundle.files if covers(bundle, unit, file.units)}
    if unit.is_service:
        own["release"] = bundle.release
        own["groups"] = sorted([user.name, *sorted(user.groups)] for user in bundle.users)
        files.update(watched)
    return f"unit {_name(own)}\nfiles {_name(files)}\n"


def _template(bundle: Bundle, unit: Unit) -> list[str | None]:
    """Give the template an instance is made from, if the bundle has it."""
    prefix, mark, suffix = unit.name.partition("@")
    name = f"{prefix}@.{suffix.rpartition('.')[2]}" if mark and not unit.is_template else ""
    return [text for other in bundle.units if other.name == name for text in (other.content, other.drop_in)]


def _name(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def decide(
    name: str, on_change: str, state: UnitState, *, wanted: str | None, running: str | None, because: str = ""
) -> Pending | None:
    """Say what a unit that should run needs, from what is known of it now."""
    fits = wanted is None or running == wanted
    if not state.running:
        return _decide_down(Pending(name, "start", because), on_change, state, wanted=wanted, fits=fits)
    if fits or on_change == "none":
        return None
    same_unit = None not in (wanted, running) and str(running).splitlines()[:1] == str(wanted).splitlines()[:1]
    # What is no program, such as a mount, reads its own unit when it reloads.
    suffices = same_unit or not name.endswith(".service")
    action = "reload" if on_change == "reload" and suffices else "restart"
    unknown = "it is not known with which configuration it runs"
    return Pending(name, action, because or (unknown if running is None else "it runs with another configuration"))


def _decide_down(item: Pending, on_change: str, state: UnitState, *, wanted: str | None, fits: bool) -> Pending | None:
    """Say what a unit needs that is not up."""
    if state.finished and wanted is not None:
        # A job that is done, or a unit whose conditions do not hold: neither is up, and neither needs to be.
        return None if fits else replace(item, reason=item.reason or "it ran with another configuration")
    if state.moving and not fits and on_change != "none":
        reason = item.reason or f"it is {state.active} with another configuration"
        return replace(item, action="restart", reason=reason)
    found = "it does not exist yet" if state.load == "not-found" else f"it is {state.lasting()}"
    return replace(item, reason=found)


def act(host: Host, todo: Sequence[Pending], digests: Mapping[str, str], timeout: int, settle: int) -> list[Failure]:
    """Start, restart and reload units in order, wait for all of them, and note what now runs."""
    if not todo:
        return []
    names = [item.name for item in todo]
    states = _clear_failures(host, names)
    restarts = {name: state.restarts for name, state in states.items()}
    failures: dict[str, str] = {}
    for item in todo:
        if states[item.name].load != "loaded":
            failures[item.name] = _complaint(states[item.name], timeout, True)
            continue
        blocking = item.action == "reload"
        command = ["systemctl", *([] if blocking else ["--no-block"]), item.action, "--"]
        done = host.run([*command, item.name, *_served(host, item, states[item.name])], timeout)
        if done.code:
            failures[item.name] = f"'systemctl {item.action}' failed: {done.said}"
    waiting = [name for name in names if name not in failures]
    failures.update(_wait(host, waiting, restarts, timeout, settle))
    for name in waiting:
        if name in digests and name not in failures:
            note_running(host, name, digests[name])
    return [Failure(name, failures[name], _journal(host, name)) for name in names if name in failures]


def _served(host: Host, item: Pending, state: UnitState) -> list[str]:
    """Name what has to restart with a socket: it refuses to start while its service runs."""
    if item.action != "restart" or not item.name.endswith(".socket"):
        return []
    return [name for name, served in show(host, state.triggers).items() if served.running]


def note_running(host: Host, name: str, wanted: str) -> None:
    """Record with what a unit runs; a service has done it itself when it started."""
    path = f"{RUNNING}/{name}"
    if host.tree.text(path) != wanted:
        if host.tree.look(RUNNING) is None:
            host.tree.mkdir(RUNNING, host.own(0o755))
        host.tree.write(path, wanted.encode(), host.own())


def _clear_failures(host: Host, names: Sequence[str]) -> dict[str, UnitState]:
    states = show(host, names)
    failed = [name for name, state in states.items() if state.active == "failed" or state.restarts]
    if failed:
        host.run(["systemctl", "reset-failed", "--", *failed], 30)
        return show(host, names)
    return states


def _wait(host: Host, names: Sequence[str], restarts: Mapping[str, int], timeout: int, settle: int) -> dict[str, str]:
    """Wait until the units are up; return what is wrong with those that are not."""
    end = host.clock() + timeout
    watch_until: float | None = None
    while True:
        now = host.clock()
        states = show(host, names)
        wrong = {name: state for name, state in states.items() if not state.settled}
        final = {
            name: state
            for name, state in wrong.items()
            if state.load in ("not-found", "masked", "bad-setting", "error")
            or (state.active in ("failed", "inactive") and not state.job)
            or state.restarts - restarts.get(name, 0) >= MOST_CRASHES
        }
        if wrong and (final == wrong or now > end):
            return {name: _complaint(state, timeout, name in final) for name, state in wrong.items()}
        if not wrong:
            # A program that is up at once for systemd may still die of its configuration.
            hasty = any(state.type in SETTLING_TYPES for state in states.values())
            watch_until = watch_until if watch_until is not None else now + (settle if hasty else 0)
            if now >= watch_until:
                return {}
        else:
            watch_until = None
        host.sleep(POLL)


def _complaint(state: UnitState, timeout: int, final: bool) -> str:
    if state.load == "not-found":
        return "systemd knows no such unit; check its name, or list the package that brings it"
    if state.load == "masked":
        return "it is masked; run 'systemctl unmask' on the host if it should run"
    if state.load != "loaded":
        return f"systemd cannot load it ({state.load}); see 'systemctl status' of the unit"
    wait = "" if final else f" after {timeout} s"
    return f"it is {state.describe()}{wait}, active was expected; mend what its last lines say and run again"


def _journal(host: Host, name: str) -> tuple[str, ...]:
    done = host.run(["journalctl", "--no-pager", "--quiet", f"--unit={name}", f"--lines={JOURNAL_LINES}"], 30)
    return tuple(done.out.splitlines())


def messages(failures: Sequence[Failure], secrets: Iterable[str]) -> str:
    """Say in one sentence per unit what failed, followed by its last lines without secrets."""
    text = []
    for failure in failures:
        text.append(f"unit {failure.name} did not come up: {failure.message}")
        text += [f"    {line}" for line in failure.journal]
    return redact("\n".join(text), secrets)


_SPLIT = re.compile(r"[^A-Za-z0-9_+=.~-]+")
_OPTION = re.compile(r"^[^=:\n]*(?:password|passwd|secret|token|key|cookie)[^=:\n]*[=:]\s*(\S+)\s*$", re.I | re.M)
_WORDS = re.compile(r"[a-z_.-]+|[A-Z_.-]+|[0-9.]+")


def secret_words(contents: Iterable[str]) -> frozenset[str]:
    """Find what must not be shown in files that hold secrets: long odd words, and values of options named so."""
    words: set[str] = set()
    for content in contents:
        words |= {word.strip("=") for word in _SPLIT.split(content) if len(word) >= 16 and not _WORDS.fullmatch(word)}
        words |= {value.strip("\"'") for value in _OPTION.findall(content)}
    return frozenset(word for word in words if len(word) >= 6 and not word.startswith("/"))


def redact(text: str, secrets: Iterable[str]) -> str:
    """Hide secrets in a text, longest first."""
    for word in sorted(secrets, key=len, reverse=True):
        text = text.replace(word, MASK)
    return text
