"""The host's side: many calls in one process, each answered by the code of its module."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_payload, comparison_host

from tests.unit.bundle.fake_host import FakeHost

UNIT = "[Service]\nExecStart=/usr/bin/{name}\n[Install]\nWantedBy=multi-user.target\n"


class Module:
    """What the module host_comparison lends to the calls."""

    def run_command(self, command: list[str], **_: Any) -> tuple[int, str, str]:
        """No program is there."""
        return 127, "", f"{command[0]} is not installed"

    def get_bin_path(self, *_: Any) -> None:
        """No program is there."""
        return


def bundle(name: str, text: str = "x = 1\n") -> dict[str, Any]:
    """A service with a unit and a file."""
    return {
        "name": name,
        "files": [{"path": f"/etc/{name}.conf", "content": text, "mode": "0644"}],
        "units": [{"name": f"{name}.service", "content": UNIT.format(name=name)}],
    }


def question(given: dict[str, Any]) -> dict[str, Any]:
    """The question that a comparison asks of a bundle."""
    return {"module": "service_bundle", "arguments": {"payload": bundle_payload.pack(given)}, "check": True}


def ask(host: FakeHost, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask them together."""
    module: Any = Module()
    return comparison_host.answer_all(module, list(questions), host.host)


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    """A host without services."""
    return FakeHost(tmp_path)


def tree(root: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_comparison_says_what_a_run_would_do_and_does_nothing(host: FakeHost) -> None:
    before = tree(host.root)
    one, two = ask(host, question(bundle("one")), question(bundle("two")))
    assert one["changed"] and two["changed"]
    assert [unit["name"] for unit in one["acted_units"]] == ["one.service"]
    assert "/etc/two.conf" in two["changed_files"]
    assert tree(host.root) == before


def test_units_of_all_bundles_are_read_with_one_command(host: FakeHost) -> None:
    ask(host, *(question(bundle(name)) for name in ("one", "two", "three")))
    shown = [command for command in host.commands if command[:2] == ["systemctl", "show"]]
    assert len(shown) == 1
    assert {"one.service", "two.service", "three.service"} <= set(shown[0])


def test_what_is_wrong_with_one_call_leaves_the_others_alone(host: FakeHost) -> None:
    bad, unknown, wrong, good = ask(
        host,
        question({"name": "bad", "files": [{"path": "relative", "content": ""}]}),
        {"module": "no_such_module", "arguments": {}, "check": True},
        {"module": "database_account", "arguments": {"name": "x"}, "check": True},
        question(bundle("good")),
    )
    assert bad["failed"] and "bundle not applied" in bad["msg"]
    assert unknown["failed"] and "no_such_module" in unknown["msg"]
    assert wrong["failed"] and "missing required arguments" in wrong["msg"]
    assert good["changed"] and not good.get("failed")


def test_a_call_that_ends_the_process_only_ends_itself(host: FakeHost) -> None:
    answers = ask(
        host,
        {"module": "volume_group", "arguments": {"name": "-", "disks": []}, "check": True},
        {"module": "command", "arguments": {"argv": ["false"]}, "check": False},
        {"module": "command", "arguments": {"argv": ["echo", "one", "two words"]}, "check": False},
    )
    assert answers[0]["failed"]
    assert answers[1]["failed"] and answers[1]["rc"] == 1
    assert answers[2]["stdout_lines"] == ["one two words"]


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ({"name": "dm-mod"}, {"changed": False}),
        ({"name": "iscsi_target_mod"}, {"changed": False}),
        ({"name": "dm"}, {"changed": True}),
        ({"name": "target_mod"}, {"changed": True}),
        ({"name": "dm_mod", "state": "absent"}, {"failed": True}),
    ],
)
def test_modules_of_the_kernel_are_loaded_or_built_in(
    arguments: dict[str, str], answer: dict[str, bool], tmp_path: Path
) -> None:
    builtin = tmp_path / "lib/modules" / os.uname().release / "modules.builtin"
    builtin.parent.mkdir(parents=True)
    builtin.write_text("kernel/drivers/target/iscsi/iscsi_target_mod.ko\nkernel/fs/ext4/ext4.ko\n")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/modules").write_text("dm_mod 163840 9 dm_mirror, Live 0x0\ndm_mirror 24576 1 - Live 0x0\n")
    found = comparison_host.modprobe(arguments, tmp_path)
    assert {key: found[key] for key in answer} == answer


def test_the_note_of_unfinished_services(tmp_path: Path) -> None:
    path = tmp_path / "lib/corbel/unfinished.json"
    assert comparison_host.unfinished(path) == []
    comparison_host.note_unfinished(["nova", "glance", "nova"], path)
    assert comparison_host.unfinished(path) == ["glance", "nova"]
    assert json.loads(path.read_text()) == ["glance", "nova"]
    comparison_host.note_unfinished([], path)
    assert not path.exists()
    path.write_text("{half")
    assert comparison_host.unfinished(path) == []
