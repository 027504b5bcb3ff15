"""Files, units, packages and releases: what was deployed is no drift, and each way to differ from it is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.corbel import drift_files, drift_packages, drift_release, drift_units
from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.drift_item import Item
from ansible.module_utils.corbel.release_host import Place, write_marker

from tests.unit.bundle.conftest import API, CONF
from tests.unit.bundle.fake_host import SYSTEM
from tests.unit.drift.conftest import Deployed

FOLDERS = ["/etc/rabbitmq/conf.d"]


def files(deployed: Deployed, allowed: tuple[str, ...] = ()) -> list[Item]:
    return drift_files.check(deployed.host.tree, deployed.records, ["/etc/demo"], FOLDERS, allowed)


def units(deployed: Deployed) -> list[Item]:
    return drift_units.check(deployed.host, deployed.records, [API], [API])


def packages(deployed: Deployed) -> list[Item]:
    return drift_packages.check(deployed.fake.get("var/lib/dpkg/status"), deployed.records)


def test_a_host_as_deployed_has_no_drift_and_is_only_read(deployed: Deployed, unchanged: Callable[[], bool]) -> None:
    assert [*files(deployed), *units(deployed), *packages(deployed)] == []
    assert drift_release.check(deployed.host.root, deployed.records) == []
    assert unchanged()


def test_an_edited_and_a_missing_file(deployed: Deployed) -> None:
    deployed.fake.put(CONF, "a = 2\n")
    (item,) = files(deployed)
    assert (item.kind, item.name, item.bundle, item.mend, item.severity) == ("file", CONF, "demo", "", "changed")
    assert "edited on the host" in item.found
    (deployed.fake.root / CONF.lstrip("/")).unlink()
    (item,) = files(deployed)
    assert (item.found, item.severity) == ("missing", "broken")


def test_a_file_that_a_service_would_read(deployed: Deployed) -> None:
    deployed.fake.put("/etc/demo/demo.conf.d/it's.conf", "")
    deployed.fake.put("/etc/demo/__pycache__/x.pyc", "")
    (item,) = files(deployed)
    assert item.name == "/etc/demo/demo.conf.d/it's.conf"
    assert item.mend == """rm '/etc/demo/demo.conf.d/it'"'"'s.conf' && systemctl restart api.service"""
    assert item.severity == "exposed"
    assert files(deployed, allowed=("/etc/demo/*.d/*",)) == []


def test_files_of_packages_are_known(deployed: Deployed) -> None:
    deployed.fake.put("/etc/rabbitmq/conf.d/10-package.conf", "")
    deployed.fake.put("/etc/rabbitmq/conf.d/20-mine.conf", "")
    deployed.fake.put("/var/lib/dpkg/info/rabbitmq-server.list", "/.\n/etc/rabbitmq/conf.d/10-package.conf\n")
    assert [item.name for item in files(deployed)] == ["/etc/rabbitmq/conf.d/20-mine.conf"]


def test_a_bundle_that_a_dead_run_left_unfinished(deployed: Deployed) -> None:
    path = "/etc/corbel/bundles/demo.json"
    deployed.fake.put(path, deployed.fake.get(path).replace('"complete": true', '"complete": false'))
    assert [(item.kind, item.name, item.bundle) for item in files(deployed)] == [("bundle", "demo", "demo")]


def test_a_stopped_unit(deployed: Deployed) -> None:
    deployed.fake.processes[API].active = "inactive"
    (item,) = units(deployed)
    assert (item.kind, item.name, item.bundle, item.severity) == ("unit", API, "demo", "broken")
    assert item.found.startswith("it is inactive")
    assert item.expected == "running with the configuration of release 1 that was deployed last"


def test_a_unit_started_from_an_older_configuration(deployed: Deployed) -> None:
    deployed.fake.put(f"/run/corbel/digests/{API}", "unit 0\nfiles 0\n")
    (item,) = units(deployed)
    assert (item.found, item.severity) == ("it runs with another configuration", "changed")


def test_a_disabled_unit(deployed: Deployed) -> None:
    for link in (deployed.fake.root / SYSTEM).glob("*.wants/*"):
        link.unlink()
    (item,) = units(deployed)
    assert (item.name, item.bundle) == (f"{API} at boot", "demo")
    assert item.found == "disabled: it will not start with the host"


def test_a_masked_unit(deployed: Deployed) -> None:
    deployed.masked.add(API)
    (item,) = units(deployed)
    assert (item.mend, item.bundle, item.severity) == (f"systemctl unmask {API}", "demo", "broken")


def test_a_unit_that_should_be_off_may_be_masked(deployed: Deployed) -> None:
    path = "/etc/corbel/bundles/demo.json"
    deployed.fake.put(path, deployed.fake.get(path).replace('"state": "started"', '"state": "stopped"'))
    deployed.fake.processes[API].active = "inactive"
    deployed.drop_ins[API] = ["/etc/systemd/system/mask"]
    record = deployed.records["demo"]
    assert record.units[API].state == "stopped"
    deployed.masked.add(API)
    assert units(deployed) == []


def test_a_foreign_drop_in_and_unit_file(deployed: Deployed) -> None:
    deployed.drop_ins[API] = ["/etc/systemd/system/api.service.d/override.conf", "/usr/lib/systemd/system/x.conf"]
    (item,) = units(deployed)
    assert item.name == "/etc/systemd/system/api.service.d/override.conf"
    assert item.found == "it changes api.service and no bundle lists it"
    assert item.mend == (
        "rm /etc/systemd/system/api.service.d/override.conf && systemctl daemon-reload && systemctl restart api.service"
    )


def test_a_failed_unit_that_is_not_ours(deployed: Deployed) -> None:
    deployed.failed.add("backup.service")
    (item,) = units(deployed)
    assert (item.name, item.found) == ("backup.service", "failed")
    assert item.mend == "journalctl --unit=backup.service; systemctl restart backup.service"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("old.service", "# Managed by Ansible\n[Service]\nExecStart=/bin/old\n", True),
        ("hidden.service", "[Service]\nExecStart=/opt/corbel/releases/1/control/bin/python\n", True),
        ("backup.service", "[Service]\nExecStart=/usr/bin/backup\n", False),
        ("opt-corbel-releases-1-control.mount", "# Managed by Ansible (module release).\n", False),
    ],
)
def test_units_that_no_bundle_lists(name: str, text: str, found: bool, deployed: Deployed) -> None:
    deployed.fake.put(f"{SYSTEM}/{name}", text)
    items = units(deployed)
    assert [item.name for item in items] == ([name] if found else [])
    assert all(item.mend.startswith(f"systemctl disable --now {name}; rm /etc/") for item in items)


@pytest.mark.parametrize(
    ("status", "found", "mend", "bundle"),
    [
        ("deinstall ok config-files", "not installed", "", "demo"),
        ("hold ok installed", "held back: it gets no security updates", "apt-mark unhold demo-tools", ""),
        ("install ok half-configured", "half-configured: dpkg was interrupted", "dpkg --configure -a", "demo"),
    ],
)
def test_packages(status: str, found: str, mend: str, bundle: str, deployed: Deployed) -> None:
    deployed.fake.put("var/lib/dpkg/status", f"Package: demo-tools\nStatus: {status}\n\nPackage: other\n")
    (item,) = packages(deployed)
    assert (item.name, item.found, item.mend, item.bundle) == ("demo-tools", found, mend, bundle)


def test_a_package_of_two_architectures_is_installed_once() -> None:
    rows = "Package: libx\nStatus: install ok installed\n\nPackage: libx\nStatus: deinstall ok config-files\n"
    assert drift_packages.check(rows, {"demo": Record("demo", packages=("libx:amd64",))}) == []


def test_an_environment_that_somebody_changed(tmp_path: Path) -> None:
    release = "/opt/corbel/releases/1"
    place = Place(tmp_path / "opt/corbel/releases", "1", "control")
    for name in ("bin/python", "lib/nova/api.py", "lib/nova/__pycache__/api.pyc"):
        (place.path / name).parent.mkdir(parents=True, exist_ok=True)
        (place.path / name).write_text("x")
    write_marker(place, "0" * 64, "unpack")
    records = {"nova": Record("nova", release=release)}
    assert drift_release.check(tmp_path, records) == []
    # As if it had been laid down a minute ago.
    moment = place.marker.stat().st_mtime - 60
    os.utime(place.marker, (moment, moment))
    (item,) = drift_release.check(tmp_path, records)
    assert item.name == f"{release}/control"
    assert item.found == "2 files changed since it was laid down: bin/python, lib/nova/api.py"
    assert (item.mend, item.bundle) == (f"rm {release}/.control.json", "release")
    write_marker(place, "0" * 64, "mount")
    os.utime(place.marker, (moment, moment))
    assert drift_release.check(tmp_path, records) == []
