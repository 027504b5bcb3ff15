"""The release tools: locks, roots, environments, smoke orders."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from module_utils.corbel.release import ReleaseError
from tools.release import build, chroot, definition, environment, exclusive, lock, prepare, smoke, trim, wheels

CONSTRAINTS = "# head\nDjango==4.2.28\nPyJWT==2.11.0\nbackports.strenum==1.3.1;python_version=='3.10'\n"


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        ("a==1 \\\n    --hash=sha256:00\n", {"a": "1"}),
        ("Foo_Bar.baz[extra]==2.0 ; python_version > '3'", {"foo-bar-baz": "2.0"}),
        ("# a==1\na>=1\n-c other\n", {}),
    ],
)
def test_pinned(text, pins):
    assert lock.pinned(text) == pins


def test_constraints_without_overrides_stay():
    assert lock.effective_constraints(CONSTRAINTS, "# none\n") == CONSTRAINTS


def test_overrides_replace_the_constraints_they_lift():
    lines = lock.effective_constraints(CONSTRAINTS, "# reason\ndjango==4.2.99\n").splitlines()
    assert "Django==4.2.28" not in lines
    assert lines[-1] == "django==4.2.99"
    assert "PyJWT==2.11.0" in lines


def test_compile_command():
    command = lock.compile_command("/build/release.in", "/build/index.lock", "/build/constraints.txt", upgrade=True)
    assert command[:4] == ["/build/tools/bin/uv", "pip", "compile", "/build/release.in"]
    assert "--generate-hashes" in command
    assert command[command.index("--build-constraints") + 1] == "/build/build.lock"
    assert command[-1] == "--upgrade"
    assert "--constraints" not in lock.compile_command("a", "b", None, upgrade=False)


def test_root_is_named_by_its_recipe():
    first = chroot.recipe_digest("trixie", ["gcc", "make"])
    assert first == chroot.recipe_digest("trixie", ["make", "gcc", "gcc"])
    assert first != chroot.recipe_digest("trixie", ["gcc"])


def test_debootstrap_command(monkeypatch):
    monkeypatch.setenv("CORBEL_DEBIAN_MIRROR", "http://mirror.example/debian")
    command = chroot.debootstrap_command("trixie", ["make", "gcc"], Path("/target"))
    assert "--include=gcc,make" in command
    assert command[-5:-3] == ["trixie", "/target"]
    assert "deb http://mirror.example/debian trixie main" in command


def test_command_sees_a_read_only_root_and_only_its_folders():
    binds = [chroot.Bind(Path("/work dir"), "/build"), chroot.Bind(Path("/s"), "/series", writable=False)]
    lines = chroot.enter_script(Path("/root dir"), binds, {"A": "b c"}, ["echo", "x y"], network=True).split("\n")
    assert "mount --bind '/work dir' '/root dir/build'" in lines
    assert "mount -o remount,ro,bind '/root dir/series'" in lines
    assert lines[-2] == "mount -o remount,ro,bind '/root dir'"
    assert lines[-1] == "exec chroot '/root dir' /usr/bin/env -i 'A=b c' echo 'x y'"


def test_network_is_there_only_when_asked_for():
    assert "--net" in chroot.enter_command("true", network=False)
    assert "--net" not in chroot.enter_command("true", network=True)
    closed = chroot.enter_script(Path("/r"), [], {}, ["true"], network=False)
    assert "ip link set lo up" in closed
    assert "resolv.conf" not in closed


def test_nothing_of_the_machine_reaches_a_build(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere")
    monkeypatch.delenv("CORBEL_PYPI_INDEX", raising=False)
    assert set(chroot.base_variables()) == {"HOME", "LANG", "PATH", "PIP_CERT", "SSL_CERT_FILE"}
    monkeypatch.setenv("CORBEL_PYPI_INDEX", "https://index.example/simple")
    assert chroot.base_variables()["PIP_INDEX_URL"] == "https://index.example/simple"


def test_missing_program_names_the_package(monkeypatch):
    monkeypatch.setattr(chroot.os, "geteuid", lambda: 0)
    monkeypatch.setattr(chroot.shutil, "which", lambda name: None if name == "mmdebstrap" else name)
    with pytest.raises(ReleaseError, match=r"apt-get install.* mmdebstrap"):
        chroot.require_machine()


def test_wheels_are_built_from_locked_tools_only():
    command = wheels.wheel_command()
    assert {"--no-deps", "--require-hashes", "--no-build-isolation"} <= set(command)
    assert all("--require-hashes" in step for step in wheels.tool_commands()[1:])


def test_environment_is_installed_offline_by_hash_at_its_final_path():
    resolve, make, install = environment.commands("2026.1-x", "control")
    assert make[-1] == "/opt/corbel/releases/2026.1-x/control"
    assert {"--offline", "--no-index", "--require-hashes", "--no-deps"} <= set(install)
    assert {"--offline", "--no-index", "--generate-hashes"} <= set(resolve)
    assert {"unchecked-hash", "-f"} <= set(environment.compile_command("2026.1-x", "control"))


def test_file_list_tells_kind_mode_and_target(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to("/usr/bin/python3")
    script = tmp_path / "bin" / "tool"
    script.touch()
    script.chmod(0o755)
    assert environment.file_list(tmp_path) == ["bin/", "bin/python -> /usr/bin/python3", "bin/tool 0755"]


def write(site, files):
    for name, content in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


RULES = {"packages": ["tests"], "disregard": ["*/test.py"]}
PLAIN = {
    "a/__init__.py": "",
    "a/tests/__init__.py": "",
    "a/tests/unit/tests/__init__.py": "",
    "a/tests/b.py": "import a.tests",
}


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({}, []),
        ({"a/x.py": "from a.tests import b"}, ["a.tests"]),
        ({"a/x.py": "import a.tests.unit.tests"}, ["a.tests"]),
        ({"a/x.py": "from a import tests"}, ["a.tests"]),
        ({"a/x.py": "from . import tests"}, ["a.tests"]),
        ({"a/c/__init__.py": "from ..tests.b import x"}, ["a.tests"]),
        ({"a-1.dist-info/entry_points.txt": "[x]\nfake = a.tests.b:Fake\n"}, ["a.tests"]),
        ({"a/test.py": "from a.tests import b"}, []),
        ({"a/x.py": "# from a.tests import b"}, []),
        ({"a/x.py": "print 'python 2: import a.tests'"}, []),
        ({"b/tests/__init__.py": "import a.tests"}, []),
    ],
)
def test_tests_are_left_out_unless_something_needs_them(tmp_path, more, stays):
    site = tmp_path / "lib" / "python3.13" / "site-packages"
    write(site, {**PLAIN, **more})
    assert list(trim.leave_out(tmp_path, RULES)) == stays
    assert (site / "a" / "tests").exists() is bool(stays)


def test_data_folder_of_that_name_stays(tmp_path):
    site = tmp_path / "lib" / "python3.13" / "site-packages"
    write(site, {"a/__init__.py": "", "a/tests/data.json": "{}"})
    trim.leave_out(tmp_path, RULES)
    assert (site / "a" / "tests" / "data.json").exists()


def test_data_is_left_out_except_what_is_kept(tmp_path):
    site = tmp_path / "lib" / "python3.13" / "site-packages"
    write(site, dict.fromkeys(("a/data/x/1.json", "a/data/y/1.json", "a/data/all.json", "a/other/z.json"), ""))
    rules = {**RULES, "data": [{"matching": "a/data/*", "keep": ["x", "*.json"]}]}
    trim.leave_out(tmp_path, rules)
    left = {str(path.relative_to(site)) for path in site.rglob("*.json")}
    assert left == {"a/data/x/1.json", "a/data/all.json", "a/other/z.json"}


PREPARE = {
    "copies": [{"from": "plugin/enabled/_*.py", "to": "main/enabled"}],
    "files": {"settings/local.py": "ROOT = '{environment}/share'"},
    "variables": {"PYTHONPATH": "{scratch}"},
    "commands": [["python", "{site}/x.py"]],
}


def test_orders_of_preparing_are_filled_and_whole():
    wanted = prepare.orders({"prepare": PREPARE}, "/opt/r/e", "3.13")
    assert wanted["files"] == {"settings/local.py": "ROOT = '/opt/r/e/share'"}
    assert wanted["variables"] == {"PYTHONPATH": prepare.SCRATCH}
    assert wanted["commands"] == [["python", "/opt/r/e/lib/python3.13/site-packages/x.py"]]
    assert prepare.orders({}, "/opt/r/e", "3.13")["commands"] == []


def test_environment_is_prepared_by_its_own_programs(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(prepare.chroot, "run", lambda root, command, **rest: ran.append((command, rest)))
    path, work = tmp_path / "e", tmp_path / "work"
    site = path / "lib" / "python3.13" / "site-packages"
    write(site, {"plugin/enabled/_1.py": "1", "main/enabled/__init__.py": "main"})
    wanted = prepare.orders({"prepare": PREPARE}, "/opt/r/e", "3.13")
    prepare.make(Path("/root"), work, [], path=path, environment="/opt/r/e", wanted=wanted)
    assert (site / "main/enabled/_1.py").read_text() == "1"
    assert (work / "prepare/settings/local.py").exists()
    ((command, rest),) = ran
    assert command[0] == "/opt/r/e/bin/python"
    assert rest["network"] is False


def test_plug_in_that_is_not_there_stops_the_build(tmp_path):
    with pytest.raises(ReleaseError, match=r"copies a/_\*\.py, and no file"):
        prepare.copy(tmp_path, [{"from": "a/_*.py", "to": "b"}])


def test_placeholders_are_filled_everywhere():
    value = {"a": ["{etc}/x", {"b": "{environment}{etc}"}], "n": 5}
    assert definition.filled(value, {"etc": "/e", "environment": "/v"}) == {"a": ["/e/x", {"b": "/v/e"}], "n": 5}


@pytest.fixture
def series(tmp_path):
    folder = tmp_path / "2026.1"
    folder.mkdir()
    (folder / "smoke.yml").write_text("debian_packages: [x]\nfiles: {}\nenvironments: {control: {programs: [a]}}\n")
    for name in ("release.yml", "index.lock", "build.lock"):
        (folder / name).touch()
    environments = {"control": {"requirements": []}, "storage": {"requirements": [], "debian_packages": ["liba"]}}
    build_part = {"debian_packages": ["gcc"], "variables": {}}
    data = {"series": "2026.1", "hosts": [{"codename": "trixie"}], "environments": environments, "build": build_part}
    return definition.Series(folder, data)


def test_smoke_orders(series):
    assert smoke.orders(series, "control")["programs"] == ["a"]
    assert smoke.orders(series, "control")["wsgi"] == []
    assert smoke.smoke_packages(series) == ["liba", "x"]
    with pytest.raises(ReleaseError, match=r"smoke\.yml says nothing of environment storage"):
        smoke.orders(series, "storage")


def test_id_does_not_change_while_a_build_runs(series):
    before = series.identifier
    (series.folder / "release.yml").write_text("changed")
    assert series.identifier == before
    assert definition.Series(series.folder, series.data).identifier != before


def test_wheel_house_depends_on_locks_and_root(series):
    before = wheels.house_digest(series)
    (series.folder / "release.yml").write_text("environments changed")
    assert wheels.house_digest(series) == before
    (series.folder / "index.lock").write_text("a==1")
    assert wheels.house_digest(series) != before


def test_archive_counts_only_when_its_digest_matches(tmp_path):
    manifest = {"environments": {"control": {"archive": "x.squashfs", "sha256": build.file_digest(Path(__file__))}}}
    assert not build.is_complete(manifest, tmp_path, "control")
    (tmp_path / "x.squashfs").write_bytes(Path(__file__).read_bytes())
    assert build.is_complete(manifest, tmp_path, "control")
    assert not build.is_complete(None, tmp_path, "control")
    (tmp_path / "x.squashfs").write_bytes(b"tampered")
    assert not build.is_complete(manifest, tmp_path, "control")


def test_manifest_is_written_whole(series, tmp_path):
    series.data.update(python="3.13")
    build.write_manifest(series, tmp_path, {"control": {"sha256": "x"}})
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["release_id"] == series.identifier
    assert [item.name for item in tmp_path.glob("*.json")] == ["manifest.json"]


def test_comparison_without_a_build_says_what_to_do(series, tmp_path, monkeypatch):
    monkeypatch.setenv("CORBEL_CACHE", str(tmp_path))
    with pytest.raises(ReleaseError, match=r"build it with: python -m tools\.release build 2026\.1 control"):
        build.verify_reproducible(series, ["control"])


def test_unknown_series_is_named(monkeypatch):
    with pytest.raises(ReleaseError, match=r"unknown series 2019\.1: releases/ defines 2026\.1"):
        definition.load_series("2019.1")


def test_only_work_folders_that_nobody_uses_are_removed(tmp_path):
    used, unused = tmp_path / "used", tmp_path / "unused"
    for folder in (used, unused):
        (folder / "opt").mkdir(parents=True)
    with exclusive.alone(used):
        exclusive.remove_unused([used, unused])
    assert [item.name for item in tmp_path.iterdir()] == ["used"]


def test_emptying_keeps_the_lock(tmp_path):
    with exclusive.alone(tmp_path):
        (tmp_path / "folder" / "deep").mkdir(parents=True)
        (tmp_path / "link").symlink_to("folder")
        exclusive.empty(tmp_path)
        assert [item.name for item in tmp_path.iterdir()] == [exclusive.LOCK]


def test_packages_are_told_before_any_is_installed():
    code = "import sys; sys.modules['yaml'] = None; from tools.release.__main__ import main; main(['packages'])"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=definition.CHECKOUT, capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["debian-archive-keyring", "iproute2", "mmdebstrap", "mount", "util-linux"]


def test_full_disk_is_refused_before_a_build(tmp_path, monkeypatch):
    monkeypatch.setattr(build.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 2**30}))
    with pytest.raises(ReleaseError, match=r"has 1024 MiB free, a build needs 6144 MiB.*CORBEL_CACHE"):
        build.require_room(tmp_path)


def test_half_made_tools_are_made_anew(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(
        wheels.chroot,
        "run",
        lambda root, command, **rest: (tmp_path / "tools").mkdir(exist_ok=True) or ran.append(command),
    )
    (tmp_path / "tools" / "bin").mkdir(parents=True)
    wheels.make_tools(Path("/root"), tmp_path, [])
    assert not (tmp_path / "tools" / "bin").exists()
    wheels.make_tools(Path("/root"), tmp_path, [])
    assert ran == wheels.tool_commands()
