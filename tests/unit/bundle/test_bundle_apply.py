"""Whole runs of a bundle on a host below a temporary root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_apply, bundle_report, bundle_spec
from ansible.module_utils.corbel.bundle_spec import BundleError

from tests.unit.bundle.conftest import API, CONF, demo
from tests.unit.bundle.fake_host import FakeHost

UNIT = "[Service]\nExecStart=/bin/x\n[Install]\nWantedBy=multi-user.target\n"


def acted(outcome: Any) -> list[tuple[str, str]]:
    return [(item.action, item.name) for item in outcome.acted]


def test_first_run_brings_everything_and_second_nothing(host: FakeHost) -> None:
    first = host.apply(demo())
    assert acted(first) == [("start", API)]
    assert host.get(CONF) == "a = 1\n"
    assert (host.root / "etc/demo").stat().st_mode & 0o777 == 0o750
    assert (host.root / CONF.lstrip("/")).stat().st_mode & 0o777 == 0o640
    assert "demo:x:" in host.get("/etc/passwd")
    assert "demo-extra:x:0:demo" in host.get("/etc/group") or "demo-extra" in host.get("/etc/group")
    assert host.has(f"etc/systemd/system/multi-user.target.wants/{API}")
    assert host.get(f"/etc/corbel/digests/{API}") == host.get(f"/run/corbel/digests/{API}")
    assert host.verbs() == [f"reenable {API}", "daemon-reload", f"start {API}"]
    host.commands.clear()
    second = host.apply(demo())
    assert not second.changed
    assert [command[:2] for command in host.commands] == [["systemctl", "show"]]


def test_check_mode_says_what_a_run_does_and_touches_nothing(host: FakeHost) -> None:
    before = host.state()
    planned = host.apply(demo(), check=True)
    assert host.state() == before
    done = host.apply(demo())
    assert [step.says for step in planned.steps] == [step.says for step in done.steps]
    assert planned.acted == done.acted
    changed = demo("a = 2\n")
    planned = host.apply(changed, check=True)
    done = host.apply(changed)
    assert [step.says for step in planned.steps] == [step.says for step in done.steps]
    assert planned.acted == done.acted
    assert acted(done) == [("restart", API)]
    assert done.acted[0].reason == f"changed: {CONF}"


def test_record_holds_no_content(host: FakeHost) -> None:
    host.apply(demo("password = abcdef0123456789\n"))
    text = host.get("/etc/corbel/bundles/demo.json")
    assert "abcdef0123456789" not in text
    assert json.loads(text)["complete"] is True
    assert (host.root / "etc/corbel/bundles/demo.json").stat().st_mode & 0o777 == 0o600


def test_report_starts_nothing_and_says_what_is_left(host: FakeHost) -> None:
    outcome = host.apply(demo(units_action="report"))
    assert acted(outcome) == []
    assert [(item.action, item.name) for item in outcome.pending] == [("start", API)]
    assert API not in host.processes or host.processes[API].starts == 0
    again = host.apply(demo(units_action="report"))
    assert not again.changed
    assert again.pending


def test_a_change_by_hand_is_put_back_and_loaded(host: FakeHost) -> None:
    host.apply(demo())
    host.put(CONF, "a = 666\n")
    host.start_all()
    outcome = host.apply(demo())
    assert host.get(CONF) == "a = 1\n"
    assert acted(outcome) == [("restart", API)]
    assert host.processes[API].read[CONF] == "a = 1\n"


def test_owner_and_mode_are_mended_without_a_restart(host: FakeHost) -> None:
    host.apply(demo())
    (host.root / CONF.lstrip("/")).chmod(0o666)
    (host.root / "etc/demo").chmod(0o777)
    outcome = host.apply(demo())
    assert [step.kind for step in outcome.steps] == ["mend", "mend"]
    assert acted(outcome) == []
    assert (host.root / CONF.lstrip("/")).stat().st_mode & 0o777 == 0o640


def test_release_watch_and_groups_restart_services_only(host: FakeHost) -> None:
    timer = {"name": "api.timer", "content": "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=multi-user.target\n"}
    base = demo(watch=["/etc/cert"])
    base["units"].append(timer)
    host.apply(base)
    assert acted(host.apply({**base, "release": "/opt/corbel/releases/2"})) == [("restart", API)]
    host.put("etc/cert", "new")
    assert acted(host.apply({**base, "release": "/opt/corbel/releases/2"})) == [("restart", API)]
    user = {**base["users"][0], "groups": ["demo-extra", "corbel-tls"]}
    outcome = host.apply({**base, "release": "/opt/corbel/releases/2", "users": [user]})
    assert acted(outcome) == [("restart", API)]


def test_a_file_concerns_only_the_units_it_names(host: FakeHost) -> None:
    two = demo()
    two["units"].append({"name": "other.service", "content": UNIT})
    two["files"].append({"path": "/etc/demo/other", "content": "1", "units": ["other.service"]})
    host.apply(two)
    two["files"][-1]["content"] = "2"
    assert acted(host.apply(two)) == [("restart", "other.service")]


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"files": [{"path": CONF, "content": "a = 2\n"}]}, "reload"),
        ({"release": "/opt/corbel/releases/2"}, "restart"),
        ({"units": [{"name": API, "content": UNIT + "#\n", "on_change": "reload"}]}, "restart"),
    ],
)
def test_reload_becomes_a_restart_when_the_unit_changes(host: FakeHost, change: dict[str, Any], action: str) -> None:
    base = demo(files=[{"path": CONF, "content": "a = 1\n"}])
    base["units"][0]["on_change"] = "reload"
    host.apply(base)
    outcome = host.apply({**base, **change})
    assert acted(outcome) == [(action, API)]
    assert not host.apply({**base, **change}).changed


def test_on_change_none_leaves_a_running_unit_alone(host: FakeHost) -> None:
    base = demo()
    base["units"][0]["on_change"] = "none"
    host.apply(base)
    changed = {**base, "files": demo("a = 2\n")["files"]}
    assert acted(host.apply(changed)) == []
    assert host.apply(changed).changed is False
    host.processes[API].active = "failed"
    assert acted(host.apply(changed)) == [("start", API)]


def test_what_the_bundle_no_longer_lists_goes(host: FakeHost) -> None:
    base = demo()
    base["units"].append({"name": "old.service", "content": UNIT, "drop_in": "[Service]\nNice=1\n"})
    base["files"].append({"path": "/etc/demo/old", "content": "x", "units": []})
    base["directories"] += [{"path": "/srv/empty"}, {"path": "/srv/full"}]
    host.apply(base)
    host.put("/srv/full/data", "keep")
    host.put("/etc/systemd/system/foreign.service", UNIT)
    outcome = host.apply(demo())
    for path in (
        "etc/demo/old",
        "srv/empty",
        "etc/systemd/system/old.service",
        "etc/systemd/system/old.service.d",
        "etc/corbel/digests/old.service",
        "run/corbel/digests/old.service",
        "etc/systemd/system/multi-user.target.wants/old.service",
    ):
        assert not host.has(path), path
    assert host.has("srv/full/data")
    assert host.has("etc/systemd/system/foreign.service")
    assert host.processes["old.service"].active == "inactive"
    assert "/etc/demo/old" in bundle_report.result(outcome)["removed_files"]
    assert acted(outcome) == []
    assert not host.apply(demo()).changed


def test_absent_removes_the_bundle_and_keeps_data_and_users(host: FakeHost) -> None:
    host.apply(demo())
    host.put("/var/lib/demo/deep/data", "keep")
    host.apply({"name": "demo", "state": "absent"})
    assert not host.has(CONF)
    assert not host.has("etc/demo")
    assert not host.has(f"etc/systemd/system/{API}")
    assert not host.has("etc/corbel/bundles/demo.json")
    assert host.has("var/lib/demo/deep/data")
    assert "demo:x:" in host.get("/etc/passwd")
    assert host.processes[API].active == "inactive"
    assert not host.apply({"name": "demo", "state": "absent"}).changed


def test_absent_with_purge_removes_data(host: FakeHost) -> None:
    host.apply(demo())
    host.put("/var/lib/demo/deep/data", "gone")
    planned = host.apply({"name": "demo", "state": "absent", "purge_directories": True}, check=True)
    assert "remove /var/lib/demo/deep and everything in it" in [step.says for step in planned.steps]
    host.apply({"name": "demo", "state": "absent", "purge_directories": True})
    assert not host.has("var/lib/demo/deep")


def test_stopped_and_disabled(host: FakeHost) -> None:
    host.apply(demo())
    off = demo()
    off["units"][0] |= {"enabled": False, "state": "stopped"}
    outcome = host.apply(off)
    assert acted(outcome) == []
    assert host.processes[API].active == "inactive"
    assert not host.has(f"etc/systemd/system/multi-user.target.wants/{API}")
    assert not host.apply(off).changed


def test_state_any_is_left_to_others(host: FakeHost) -> None:
    base = demo()
    base["units"][0] |= {"enabled": None, "state": "any"}
    assert acted(host.apply(base)) == []
    assert host.has(f"etc/systemd/system/{API}.d/10-corbel-digest.conf")
    assert not host.apply(base).changed


def test_a_link_to_enable_a_unit_is_put_back(host: FakeHost) -> None:
    host.apply(demo())
    (host.root / f"etc/systemd/system/multi-user.target.wants/{API}").unlink()
    outcome = host.apply(demo())
    assert [step.says for step in outcome.steps] == [f"enable {API}", "let systemd read the unit files"]


def test_a_unit_shipped_by_a_package_gets_a_drop_in_before_it_starts(host: FakeHost) -> None:
    def install() -> None:
        policy = host.get("/usr/sbin/policy-rc.d")
        assert "exit 101" in policy
        host.ship("shipped.service")
        host._append("etc/passwd", "shipped:x:0:0::/:/bin/false\n")

    host.packages["shipped"] = install
    bundle = {
        "name": "db",
        "packages": ["shipped"],
        "directories": [{"path": "/etc/db", "owner": "shipped"}],
        "units": [{"name": "shipped.service", "drop_in": "[Service]\nNice=1\n"}],
    }
    planned = host.apply(bundle, check=True)
    outcome = host.apply(bundle)
    assert [step.says for step in planned.steps] == [step.says for step in outcome.steps]
    assert acted(outcome) == [("start", "shipped.service")]
    assert host.has("etc/systemd/system/shipped.service.d/50-corbel-db.conf")
    assert not host.has("usr/sbin/policy-rc.d")
    assert not host.apply(bundle).changed


def test_an_operators_policy_is_put_back(host: FakeHost) -> None:
    host.put("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
    host.packages["pp"] = lambda: None
    host.apply({"name": "x", "packages": ["pp"]})
    assert host.get("usr/sbin/policy-rc.d") == "#!/bin/sh\nexit 101\n"
    assert not host.has("usr/sbin/policy-rc.d.kept-by-corbel")


def test_a_package_that_does_not_exist_is_named(host: FakeHost) -> None:
    with pytest.raises(BundleError, match="packages nope could not be installed: E: Unable to locate package nope"):
        host.apply({"name": "x", "packages": ["nope"]})
    assert [command[0] for command in host.commands] == ["apt-get"] * 3
    assert not host.has("usr/sbin/policy-rc.d")


def test_a_unit_that_does_not_start_fails_with_its_journal_and_the_next_run_tries_again(host: FakeHost) -> None:
    host.broken.add(API)
    outcome = host.apply(demo())
    assert [failure.name for failure in outcome.failures] == [API]
    assert "it is failed" in outcome.failures[0].message
    assert "died of ConfigError" in outcome.failures[0].journal
    assert host.has("etc/corbel/bundles/demo.json")
    host.broken.clear()
    assert acted(host.apply(demo())) == [("start", API)]
    assert not host.apply(demo()).changed


def test_a_unit_that_does_not_exist_is_named(host: FakeHost) -> None:
    with pytest.raises(BundleError, match=r"unit nope.service does not exist on this host"):
        host.apply({"name": "x", "units": [{"name": "nope.service"}]})
    assert not host.has("etc/corbel")
    assert host.apply({"name": "x", "units": [{"name": "nope.service"}]}, check=True).warnings


def test_a_file_that_fails_its_test_keeps_the_old_one(host: FakeHost) -> None:
    base = demo(files=[{"path": CONF, "content": "good", "validate": "check -f %s"}])
    host.apply(base)
    base["files"][0]["content"] = "bad"
    with pytest.raises(BundleError, match="the new content does not pass 'check -f %s', so no file of a unit changes"):
        host.apply(base)
    assert host.get(CONF) == "good"
    base["files"][0]["content"] = "good"
    assert not host.apply(base).changed


@pytest.mark.parametrize("unit", [UNIT, UNIT + "# new\n"], ids=["same unit", "other unit"])
def test_a_file_that_fails_its_test_leaves_all_alone_and_the_next_run_reloads(host: FakeHost, unit: str) -> None:
    plain, tested = "/etc/demo/plain", {"path": CONF, "content": "good", "validate": "check -f %s"}

    def bundle(plain_content: str, tested_content: str, unit_content: str) -> dict[str, Any]:
        return demo(
            files=[{"path": plain, "content": plain_content}, {**tested, "content": tested_content}],
            units=[{"name": API, "content": unit_content, "on_change": "reload"}],
        )

    host.apply(bundle("old", "good", UNIT))
    with pytest.raises(BundleError, match="so no file of a unit changes"):
        host.apply(bundle("new", "bad", unit))
    assert host.get(plain) == "old"
    assert not host.apply(bundle("old", "good", UNIT)).changed
    assert acted(host.apply(bundle("new", "good", UNIT))) == [("reload", API)]


def test_a_test_finds_the_files_that_concern_no_unit_and_not_the_others(host: FakeHost) -> None:
    script, other = "/etc/demo/script", "/etc/demo/other"
    seen = []
    host.on_event = lambda name: seen.append((host.has(script), host.has(other))) if "check" in name else None
    tested = {"path": CONF, "content": "good", "validate": "check -f %s"}
    host.apply(demo(files=[tested, {"path": other, "content": ""}, {"path": script, "content": "", "units": []}]))
    assert seen == [(True, False)]
    assert host.has(other)


def test_two_bundles_may_share_files_but_not_units(host: FakeHost) -> None:
    host.apply(demo())
    other = demo(name="other")
    with pytest.raises(BundleError, match=r"unit api.service belongs to bundle demo"):
        host.apply(other)
    other["units"] = [{"name": "other.service", "content": UNIT}]
    host.apply(other)
    host.put(CONF, "a = 666\n")
    host.apply(demo())
    assert acted(host.apply(other)) == [("restart", "other.service")]
    host.apply({"name": "demo", "state": "absent"})
    assert host.get(CONF) == "a = 1\n"
    assert not host.apply(other).changed


def test_missing_owner_is_refused_but_only_warned_of_in_check_mode(host: FakeHost) -> None:
    bundle = {"name": "x", "files": [{"path": "/etc/x", "content": "", "owner": "nobody-knows"}]}
    with pytest.raises(BundleError, match="/etc/x: user nobody-knows does not exist; list it under users"):
        host.apply(bundle)
    assert host.apply(bundle, check=True).warnings == [
        "user nobody-knows does not exist yet; something else has to make it"
    ]


def test_missing_supplementary_group_is_refused(host: FakeHost) -> None:
    bundle = {"name": "x", "users": [{"name": "u", "groups": ["libvirt"]}]}
    with pytest.raises(BundleError, match="group libvirt does not exist"):
        host.apply(bundle)
    assert host.apply(bundle, check=True).warnings


def test_a_file_where_a_directory_should_be_is_refused(host: FakeHost) -> None:
    host.put("/etc/demo", "x")
    with pytest.raises(BundleError, match="/etc/demo is a file; a directory is expected"):
        host.apply(demo())


def test_instances_follow_their_template(host: FakeHost) -> None:
    bundle = {
        "name": "x",
        "units": [{"name": "y@.service", "content": UNIT}, {"name": "y@1.service", "enabled": None}],
    }
    host.put("etc/systemd/system/y@1.service", UNIT)
    host.apply(bundle)
    bundle["units"][0]["content"] = UNIT + "# new\n"  # type: ignore[index]
    assert acted(host.apply(bundle)) == [("restart", "y@1.service")]


def test_differences_hide_secrets(host: FakeHost) -> None:
    host.apply(demo("password = old-abcdef0123456789\n"))
    bundle = demo("password = new-abcdef0123456789\n")
    bundle["files"].append({"path": "/etc/demo/plain", "content": "shown\n"})
    text = json.dumps(bundle_report.differences(host.apply(bundle, check=True)))
    assert "abcdef0123456789" not in text
    assert "content changed, hidden" in text
    assert "shown" in text
    assert f"restart {API}: changed: {CONF}" in text
    text = json.dumps(bundle_report.differences(host.apply({"name": "demo", "state": "absent"}, check=True)))
    assert "abcdef0123456789" not in text


def test_a_run_that_fails_tells_what_it_did(host: FakeHost) -> None:
    bundle = demo(files=[{"path": CONF, "content": "bad", "validate": "check -f %s"}])
    outcome = bundle_apply.Outcome()
    with pytest.raises(BundleError):
        bundle_apply.run(host.host, bundle_spec.parse(bundle), outcome=outcome)
    assert bundle_report.result(outcome)["changed_files"] == ["/etc/demo", "/var/lib/demo/deep"]
    assert outcome.changed


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(1, "Operation not permitted", "/etc/x"), "/etc/x: Operation not permitted; root is expected"),
        (
            OSError(28, "No space left on device"),
            "No space left on device; make room on the host's disk, and run again",
        ),
        (OSError(5, "Input/output error", "/x"), "/x: Input/output error; see the host, mend that, and run again"),
        (BundleError("as it is"), "as it is"),
    ],
)
def test_errors_of_the_system_are_explained(error: Exception, message: str) -> None:
    assert message in bundle_report.explain(error)


def test_a_broken_record_is_named(host: FakeHost, tmp_path: Path) -> None:
    host.put("/etc/corbel/bundles/demo.json", "{")
    with pytest.raises(BundleError, match=r"/etc/corbel/bundles/demo.json is no record"):
        host.apply(demo())


def test_a_second_run_waits_for_the_first(host: FakeHost) -> None:
    with (
        host.host.locked(1),
        pytest.raises(BundleError, match="another run has been changing this host"),
    ):
        host.apply(demo(timeout=1))


def test_what_a_boot_starts_is_known_for_units_other_than_services(host: FakeHost) -> None:
    path = "etc/tmpfiles.d/corbel-digests.conf"
    host.apply(demo())
    assert not host.has(path)
    timer = demo(name="timed", units=[{"name": "t.timer", "content": "[Timer]\nOnCalendar=daily\n"}], files=[])
    second = {**timer, "name": "timed2", "units": [{**timer["units"][0], "name": "t2.timer"}]}
    host.apply(timer)
    host.apply(second)
    assert "C! /run/corbel/digests - - - - /etc/corbel/digests" in host.get(path)
    host.apply({"name": "timed", "state": "absent"})
    assert host.has(path)
    host.apply({"name": "timed2", "state": "absent"})
    assert not host.has(path)
    assert host.has("etc/demo")
