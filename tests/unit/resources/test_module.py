"""The module as Ansible runs it, and that role and module describe the same options."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible.module_utils.corbel.cloud_api import UnreachableError
from ansible.module_utils.testing import patch_module_args

from library import cloud_resources
from tests.unit.resources.fake_cloud import FakeCloud

ROOT = Path(__file__).resolve().parents[3]
FLAVOR = {"name": "tiny", "vcpus": 1, "ram": 512, "disk": 1}


class Exit(Exception):
    """What the module ended with."""


def run(monkeypatch: pytest.MonkeyPatch, cloud: FakeCloud | Exception, /, **options: Any) -> dict[str, Any]:
    def connect(clouds_file: str, name: str) -> FakeCloud:
        if isinstance(cloud, Exception):
            raise cloud
        return cloud

    def end(self: Any, **result: Any) -> None:
        raise Exit(result)

    monkeypatch.setattr(cloud_resources, "connect", connect)
    monkeypatch.setattr(basic.AnsibleModule, "exit_json", end)
    monkeypatch.setattr(basic.AnsibleModule, "fail_json", lambda self, msg, **rest: end(self, failed=True, msg=msg))
    arguments = {"clouds_file": "/clouds.yaml", "cloud": "corbel", **options}
    with patch_module_args(arguments), pytest.raises(Exit) as ended:
        cloud_resources.main()
    return dict(ended.value.args[0])


def test_it_reports_what_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = FakeCloud()
    result = run(monkeypatch, cloud, flavors=[FLAVOR])
    assert result["changed"]
    assert result["changes"] == [
        {"kind": "flavor", "name": "tiny", "action": "create", "options": ["disk", "ram", "vcpus"]}
    ]
    assert result["diff"] == {
        "before": "",
        "after": "flavor tiny: disk = 1\nflavor tiny: ram = 512\nflavor tiny: vcpus = 1\n",
    }
    again = run(monkeypatch, cloud, flavors=[FLAVOR])
    assert (again["changed"], again["changes"], again["diff"]) == (False, [], {"before": "", "after": ""})


def test_check_mode_asks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = FakeCloud()
    assert run(monkeypatch, cloud, flavors=[FLAVOR], _ansible_check_mode=True)["changed"]
    assert cloud.log == []


def test_check_mode_takes_a_silent_cloud_for_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = UnreachableError("no answer")
    assert run(monkeypatch, silent, flavors=[FLAVOR], _ansible_check_mode=True)["changed"]
    assert run(monkeypatch, silent, flavors=[FLAVOR]) == {"failed": True, "msg": "no answer"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flavors": [{"name": "tiny"}]}, "state is present but all of the following are missing: vcpus, ram, disk"),
        ({"images": [{"name": "i"}]}, "state is present but any of the following are missing: file, url"),
        ({"images": [{"name": "i", "url": "https://x"}]}, "sha256"),
        ({"keypairs": [{"name": "k"}]}, "public_key"),
        ({"networks": [{"name": "n", "subnetz": []}]}, "subnetz"),
        ({"security_groups": [{"name": "g", "rules": [{"ports": "ssh"}]}]}, "found ports 'ssh'"),
    ],
)
def test_wrong_options_are_named(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str) -> None:
    result = run(monkeypatch, FakeCloud(), **options)
    assert result["failed"]
    assert message in result["msg"]


def shape(options: dict[str, Any], nested: str) -> dict[str, Any]:
    """Return what matters of an option list: types, choices, requirements, nesting."""
    keys = ("type", "elements", "choices", "required")
    return {
        name: {key: option[key] for key in keys if key in option} | {"options": shape(option.get(nested, {}), nested)}
        for name, option in options.items()
    }


def test_the_role_takes_what_the_module_takes() -> None:
    module = yaml.safe_load(cloud_resources.DOCUMENTATION)["options"]
    spec = yaml.safe_load((ROOT / "roles/first_resources/meta/argument_specs.yml").read_text())
    role = spec["argument_specs"]["main"]["options"]
    kinds = {name for name, option in module.items() if "suboptions" in option}
    assert kinds == set(cloud_resources.KINDS) - {"subnets"}
    expected = shape({name: module[name] for name in kinds}, "suboptions")
    assert {name: shape(role, "options")[f"first_resources_{name}"] for name in kinds} == expected


def test_the_examples_are_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    image = tmp_path / "guest.qcow2"
    image.write_bytes(b"image")
    for task in yaml.safe_load(cloud_resources.EXAMPLES):
        options = task["cloud_resources"]
        for entry in options.get("images", []):
            entry["file"] = str(image)
        assert "failed" not in run(monkeypatch, FakeCloud(), **options)
