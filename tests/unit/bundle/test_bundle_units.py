"""Which units do not run as configured, and waiting for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.corbel import bundle_pending, bundle_units
from ansible.module_utils.corbel.bundle_host import Completed, Host
from ansible.module_utils.corbel.bundle_pending import Request
from ansible.module_utils.corbel.bundle_spec import BundleError
from ansible.module_utils.corbel.bundle_systemd import UnitState, install_links, parse_show
from ansible.module_utils.corbel.bundle_units import Pending, act, decide, messages, redact, secret_words

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import FakeHost

ACTIVE = UnitState(load="loaded", active="active", sub="running")
DEAD = UnitState(load="loaded")
NOW, UNIT_DIFFERS, FILES_DIFFER = "unit 1\nfiles 1\n", "unit 2\nfiles 1\n", "unit 1\nfiles 2\n"
ONESHOT = replace(DEAD, type="oneshot")
SKIPPED = replace(DEAD, checked=True, condition=False)

DECISIONS: list[tuple[str, UnitState, str, str | None, str | None, str | None]] = [
    ("runs as configured", ACTIVE, "restart", NOW, NOW, None),
    ("files differ", ACTIVE, "restart", NOW, FILES_DIFFER, "restart"),
    ("files differ, reload", ACTIVE, "reload", NOW, FILES_DIFFER, "reload"),
    ("unit differs, reload", ACTIVE, "reload", NOW, UNIT_DIFFERS, "restart"),
    ("unknown, reload", ACTIVE, "reload", NOW, None, "restart"),
    ("unknown", ACTIVE, "restart", NOW, None, "restart"),
    ("unknown, none", ACTIVE, "none", NOW, None, None),
    ("differs, none", ACTIVE, "none", NOW, FILES_DIFFER, None),
    ("no bundle", ACTIVE, "restart", None, None, None),
    ("stopped", DEAD, "restart", NOW, NOW, "start"),
    ("stopped, none", DEAD, "none", NOW, FILES_DIFFER, "start"),
    ("stopped, no bundle", DEAD, "restart", None, None, "start"),
    ("failed", replace(DEAD, active="failed"), "restart", NOW, NOW, "start"),
    ("not found", UnitState(), "restart", NOW, None, "start"),
    ("starting, fits", replace(DEAD, active="activating"), "restart", NOW, NOW, "start"),
    ("starting, differs", replace(DEAD, active="activating"), "restart", NOW, FILES_DIFFER, "restart"),
    ("job done", ONESHOT, "restart", NOW, NOW, None),
    ("job done with old files", ONESHOT, "restart", NOW, FILES_DIFFER, "start"),
    ("job failed", replace(ONESHOT, active="failed", result="exit-code"), "restart", NOW, NOW, "start"),
    ("skipped by a condition", SKIPPED, "restart", NOW, NOW, None),
    ("skipped, never noted", SKIPPED, "restart", NOW, None, "start"),
]


@pytest.mark.parametrize(
    ("state", "on_change", "wanted", "running", "action"),
    [case[1:] for case in DECISIONS],
    ids=[c[0] for c in DECISIONS],
)
def test_decide(state: UnitState, on_change: str, wanted: str | None, running: str | None, action: str | None) -> None:
    found = decide("x.service", on_change, state, wanted=wanted, running=running)
    assert (found.action if found else None) == action


def test_a_unit_that_starts_and_dies_has_the_same_reason_at_every_look() -> None:
    looks = [("auto-restart", 1), ("auto-restart", 7), ("start-pre", 8)]
    states = [UnitState(load="loaded", active="activating", sub=sub, restarts=count) for sub, count in looks]
    found = [decide("x.service", "restart", state, wanted=NOW, running=NOW) for state in states]
    assert found == [Pending("x.service", "start", "it is activating")] * 3
    failed = UnitState(load="loaded", active="failed", sub="failed", result="exit-code", status=1, restarts=5)
    found = [decide("x.service", "restart", failed, wanted=NOW, running=NOW)]
    assert found == [Pending("x.service", "start", "it is failed (failed, exit-code, status 1)")]


@pytest.mark.parametrize("running", [UNIT_DIFFERS, None])
def test_a_mount_reloads_its_own_unit(running: str | None) -> None:
    found = decide("srv.mount", "reload", ACTIVE, wanted=NOW, running=running)
    assert found
    assert found.action == "reload"


class Script:
    """A systemctl whose answers to `show` follow a script; the last one stays."""

    def __init__(self, root: Path, *states: UnitState, fails: Iterable[str] = ()) -> None:
        self.states = list(states)
        self.fails = set(fails)
        self.now = 0.0
        self.verbs: list[str] = []
        self.host = Host(root, self.run, self.sleep, lambda: self.now)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def run(self, command: Sequence[str], timeout: float) -> Completed:
        if command[0] == "journalctl":
            return Completed(0, "last words\n")
        if command[1] == "show":
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return Completed(0, show_text(state))
        self.verbs.append(" ".join(word for word in command[1:] if word != "--"))
        return Completed(1, "", "it said no") if self.fails & set(command) else Completed(0)


def show_text(state: UnitState) -> str:
    return (
        f"LoadState={state.load}\nActiveState={state.active}\nSubState={state.sub}\nType={state.type}\n"
        f"NRestarts={state.restarts}\nResult={state.result}\nTriggers={' '.join(state.triggers)}\n"
        + ("Job=7\n" if state.job else "")
    )


TODO = [Pending("x.service", "restart", "")]
QUEUED = replace(DEAD, job=True)
NOTIFY = replace(ACTIVE, type="notify")
EXEC = replace(ACTIVE, type="exec")
CRASHED = replace(DEAD, active="activating", sub="auto-restart", type="exec", restarts=1)
FAILED = replace(DEAD, active="failed", result="exit-code", type="notify")


def run(script: Script, timeout: int = 90, settle: int = 3) -> list[str]:
    failures = act(script.host, TODO, {"x.service": NOW}, timeout, settle)
    return [failure.message for failure in failures]


def test_waits_for_queued_jobs(tmp_path: Path) -> None:
    script = Script(tmp_path, DEAD, QUEUED, replace(NOTIFY, job=True), NOTIFY)
    assert run(script) == []
    assert script.verbs == ["--no-block restart x.service"]
    assert (tmp_path / "run/corbel/digests/x.service").read_text() == NOW


def test_a_failed_unit_ends_the_wait_at_once(tmp_path: Path) -> None:
    script = Script(tmp_path, DEAD, QUEUED, FAILED)
    (message,) = run(script)
    assert "it is failed (dead, exit-code), active was expected" in message
    assert script.now < 1
    assert not (tmp_path / "run/corbel/digests/x.service").exists()


def test_a_program_without_notification_must_stay_up(tmp_path: Path) -> None:
    script = Script(tmp_path, DEAD, EXEC, EXEC, CRASHED, CRASHED, EXEC)
    assert run(script, settle=3) == []
    assert script.now >= 3
    script = Script(tmp_path, DEAD, EXEC, replace(CRASHED, restarts=5))
    (message,) = run(script)
    assert "5 automatic restarts" in message


def test_a_program_that_never_comes_up_is_given_up(tmp_path: Path) -> None:
    script = Script(tmp_path, DEAD, replace(DEAD, active="activating", sub="start"))
    (message,) = run(script, timeout=10)
    assert "it is activating (start) after 10 s, active was expected" in message
    assert 10 < script.now < 11


def test_a_socket_restarts_together_with_the_service_that_runs(tmp_path: Path) -> None:
    script = Script(tmp_path, replace(NOTIFY, triggers=("x.service",)))
    assert act(script.host, [Pending("x.socket", "restart", "")], {}, 90, 3) == []
    assert script.verbs == ["--no-block restart x.socket x.service"]


def test_failures_of_old_are_cleared_first(tmp_path: Path) -> None:
    script = Script(tmp_path, FAILED, DEAD, NOTIFY)
    assert run(script) == []
    assert script.verbs[0] == "reset-failed x.service"


def test_a_reload_that_fails_is_reported(tmp_path: Path) -> None:
    script = Script(tmp_path, NOTIFY, fails=["reload"])
    failures = act(script.host, [Pending("x.service", "reload", "")], {"x.service": NOW}, 90, 3)
    assert [failure.message for failure in failures] == ["'systemctl reload' failed: it said no"]
    assert failures[0].journal == ("last words",)
    assert not (tmp_path / "run/corbel/digests/x.service").exists()


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("not-found", "systemd knows no such unit"),
        ("masked", "it is masked; run 'systemctl unmask'"),
        ("bad-setting", "systemd cannot load it (bad-setting)"),
    ],
)
def test_units_that_cannot_start(tmp_path: Path, load: str, message: str) -> None:
    (found,) = run(Script(tmp_path, replace(DEAD, load=load)))
    assert message in found


def test_show_is_read_in_the_order_asked() -> None:
    text = "LoadState=loaded\nActiveState=active\nMainPID=12\n\nLoadState=not-found\nNeedDaemonReload=yes\n"
    states = parse_show(text, ["a.service", "b.service"])
    assert (states["a.service"].active, states["a.service"].pid) == ("active", 12)
    assert (states["b.service"].load, states["b.service"].need_reload) == ("not-found", True)
    with pytest.raises(BundleError, match="answered for 2 units, 1 were expected"):
        parse_show(text, ["a.service"])


@pytest.mark.parametrize(
    ("install", "links"),
    [
        ("", set()),
        ("WantedBy=a.target b.target", {"a.target.wants/x.service", "b.target.wants/x.service"}),
        ("RequiredBy=a.target\nAlias=y.service", {"a.target.requires/x.service", "y.service"}),
        ("# WantedBy=a.target\nUpheldBy=c.target", {"c.target.upholds/x.service"}),
        ("WantedBy=%i.target", None),
        ("WantedBy=a.target\nAlso=y.socket", None),
    ],
)
def test_install_links(install: str, links: set[str] | None) -> None:
    assert install_links("x.service", f"[Service]\nWantedBy=no\n[Install]\n{install}\n[Unit]\n") == links


SECRET = """[database]
connection = mysql+pymysql://nova:Abc123Def456Ghi789Jkl@db.example:3306/nova?charset=utf8
[x]
password = short1
metadata_proxy_shared_secret = hunter2
log_file_of_a_long_lowercase_name = /var/log/some-long-lowercase-name.log
timeout = 60
"""


def test_secrets_are_hidden_in_messages() -> None:
    words = secret_words([SECRET])
    text = "login with Abc123Def456Ghi789Jkl or short1 or hunter2 of some-long-lowercase-name in 60"
    assert redact(text, words) == "login with ******** or ******** or ******** of some-long-lowercase-name in 60"


def test_messages_quote_the_journal() -> None:
    text = messages([bundle_units.Failure("x.service", "it is failed", ("one", "two hunter2"))], {"hunter2"})
    assert text == "unit x.service did not come up: it is failed\n    one\n    two ********"


def test_service_units_does_what_is_pending(host: FakeHost) -> None:
    host.apply(demo(units_action="report"))
    planned = bundle_pending.run(host.host, Request((API,)), check=True)
    assert [(item.action, item.name) for item in planned.acted] == [("start", API)]
    assert host.processes[API].starts == 0
    bundle_pending.run(host.host, Request((API,)))
    assert host.processes[API].starts == 1
    assert bundle_pending.run(host.host, Request((API,))).acted == []
    host.apply(demo("a = 2\n", units_action="report"))
    done = bundle_pending.run(host.host, Request((API,)))
    assert [item.action for item in done.acted] == ["restart"]
    assert host.processes[API].read[CONF] == "a = 2\n"
    assert not host.apply(demo("a = 2\n")).changed


def test_service_units_reloads_after_a_report(host: FakeHost) -> None:
    base = demo()
    base["units"][0]["on_change"] = "reload"
    host.apply(base)
    host.apply({**base, "files": demo("a = 2\n")["files"], "units_action": "report"})
    assert [item.action for item in bundle_pending.run(host.host, Request((API,))).acted] == ["reload"]


def test_service_units_restarts_and_stops_in_any_case(host: FakeHost) -> None:
    host.apply(demo())
    bundle_pending.run(host.host, Request((API,), "restart"))
    assert host.processes[API].starts == 2
    bundle_pending.run(host.host, Request((API,), "stop"))
    assert host.processes[API].active == "inactive"
    assert bundle_pending.run(host.host, Request((API,), "stop")).acted == []


def test_service_units_names_what_it_cannot_start(host: FakeHost) -> None:
    with pytest.raises(BundleError, match=r"unit nope.service does not exist on this host"):
        bundle_pending.run(host.host, Request(("nope.service",)))
    with pytest.raises(BundleError, match="is the template of units"):
        bundle_pending.run(host.host, Request(("x@.service",)))


def test_service_units_hides_secrets_of_failed_units(host: FakeHost) -> None:
    host.apply(demo("connection = mysql://u:abcdef0123456789ABCDEF@db/x\n"))
    host.broken.add(API)
    outcome = bundle_pending.run(host.host, Request((API,), "restart"))
    text = messages(outcome.failures, secret_words(outcome.secrets))
    assert "did not come up" in text
    assert "abcdef0123456789ABCDEF" not in text
