"""A run that dies anywhere is finished by the next one, whatever else happens in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel.bundle_tree import Tree

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import FakeHost

READS = {API: [CONF, "/etc/demo/extra"], "shipped.service": ["/etc/demo/shipped"], "old.service": [CONF]}
WANTED = "[Service]\nExecStart=/bin/{}\n[Install]\nWantedBy=multi-user.target\n"


class Killed(BaseException):
    """What kill -9 looks like from inside."""


def old() -> dict[str, Any]:
    """A bundle with a unit, a file and a directory that the next one drops."""
    first = demo()
    first["units"].append({"name": "old.service", "content": WANTED.format("old")})
    first["files"].append({"path": "/etc/demo/gone", "content": "x", "units": []})
    first["directories"].append({"path": "/etc/demo/gone.d"})
    return first


def new() -> dict[str, Any]:
    """The same with another release, configuration, unit, package, drop-in and file."""
    second = demo("a = 2\n", release="/opt/corbel/releases/2", packages=["shipped"])
    second["units"] = [
        {"name": API, "content": WANTED.format("api --new")},
        {"name": "shipped.service", "drop_in": "[Service]\nNice=1\n", "on_change": "reload"},
    ]
    second["files"] += [
        {"path": "/etc/demo/extra", "content": "e", "units": [API]},
        {"path": "/etc/demo/shipped", "content": "s", "units": ["shipped.service"]},
    ]
    return second


def prepare(root: Path, before: Callable[[FakeHost], None]) -> FakeHost:
    root.mkdir()
    host = FakeHost(root, READS)
    host.packages["shipped"] = lambda: host.ship("shipped.service")
    before(host)
    return host


def nothing(host: FakeHost) -> None:
    """Leave the host fresh."""


def apply_old(host: FakeHost) -> None:
    """Have the older bundle."""
    host.apply(old())


def edit_by_hand(host: FakeHost) -> None:
    """Have the new bundle, with a file and a unit changed by hand and loaded."""
    host.apply(new())
    host.put(CONF, "a = by hand\n")
    host.put("/etc/systemd/system/api.service", WANTED.format("api --by-hand"))
    host.run(["systemctl", "daemon-reload"], 1)
    host.start_all()


def apply_new(host: FakeHost) -> None:
    """Have the new bundle."""
    host.apply(new())


def absent() -> dict[str, Any]:
    return {"name": "demo", "state": "absent"}


CASES = {
    "fresh host": (nothing, new),
    "from an older bundle": (apply_old, new),
    "after a change by hand": (edit_by_hand, new),
    "removal": (apply_new, absent),
}


def events_of(monkeypatch: pytest.MonkeyPatch, host: FakeHost, on_event: Callable[[str], None]) -> None:
    """Call back after every change of the host."""
    host.on_event = on_event
    for name in ("write", "mend", "mkdir", "remove", "rmdir", "purge"):
        original = getattr(Tree, name)

        def wrapped(
            tree: Tree, path: str, *rest: Any, _name: str = name, _original: Any = original, **more: Any
        ) -> Any:
            result = _original(tree, path, *rest, **more)
            on_event(f"after {_name} {path}")
            return result

        monkeypatch.setattr(Tree, name, wrapped)


def killed_at(number: int, seen: list[str], act: Callable[[], None]) -> Callable[[str], None]:
    def on_event(name: str) -> None:
        seen.append(name)
        if len(seen) == number:
            act()

    return on_event


@pytest.mark.parametrize("units_restart", [False, True], ids=["", "units restart by themselves"])
@pytest.mark.parametrize("case", CASES)
def test_next_run_finishes_what_a_killed_run_began(tmp_path: Path, case: str, units_restart: bool) -> None:
    before, wanted = CASES[case]
    clean = prepare(tmp_path / "clean", before)
    clean.apply(wanted())
    number = 0
    while True:
        number += 1
        host = prepare(tmp_path / str(number), before)
        seen: list[str] = []

        def die() -> None:
            if units_restart:
                host.start_all()  # noqa: B023
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            events_of(patch, host, killed_at(number, seen, die))
            try:
                host.apply(wanted())
                break
            except Killed:
                pass
        host.on_event = lambda name: None
        host.apply(wanted())
        assert host.state() == clean.state(), f"killed at {seen[-1]}"
        again = host.apply(wanted())
        assert not again.changed, f"killed at {seen[-1]}: {again.steps} {again.acted}"
    assert number > 10


@pytest.mark.parametrize("case", ["from an older bundle", "after a change by hand"])
def test_units_that_restart_during_a_run_end_with_the_new_configuration(tmp_path: Path, case: str) -> None:
    before, wanted = CASES[case]
    clean = prepare(tmp_path / "clean", before)
    clean.apply(wanted())
    number = 0
    while True:
        number += 1
        host = prepare(tmp_path / str(number), before)
        seen: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            events_of(patch, host, killed_at(number, seen, host.start_all))
            host.apply(wanted())
        if len(seen) < number:
            break
        host.apply(wanted())
        assert host.state() == clean.state(), f"restarted at {seen[number - 1]}"
