"""Resources against a cloud in memory: what is made, that a second run asks for nothing, that changes converge."""

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel.cloud_api import CloudError, next_page, reason
from ansible.module_utils.corbel.cloud_resources import NothingThere, Resources

from tests.unit.resources.fake_cloud import FakeCloud


@pytest.fixture
def wanted(tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    for name in ("kernel", "disk"):
        (tmp_path / name).write_bytes(name.encode())
    image = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    return {
        "flavors": [{"name": "tiny", "vcpus": 1, "ram": 512, "disk": 1, "extra_specs": {"hw:x": "1"}}],
        "keypairs": [{"name": "me", "public_key": "ssh-ed25519 AAAA me@here"}],
        "images": [
            {
                "name": "guest",
                "file": str(tmp_path / "disk"),
                "kernel": "kernel",
                "properties": {"os": "linux"},
                **image,
            },
            {"name": "kernel", "file": str(tmp_path / "kernel"), **image},
        ],
        "networks": [
            {
                "name": "external",
                "external": True,
                "type": "flat",
                "subnets": [{"name": "external-v4", "cidr": "192.0.2.0/24", "dhcp": False, "gateway": "192.0.2.1"}],
            },
            {"name": "private", "subnets": [{"name": "private-v4", "cidr": "10.0.0.0/24", "dns": ["192.0.2.53"]}]},
        ],
        "routers": [{"name": "edge", "external_network": "external", "subnets": ["private-v4"]}],
        "security_groups": [{"name": "web", "rules": [{"protocol": "tcp", "ports": "22"}]}],
    }


def apply(cloud: FakeCloud, wanted: dict[str, list[dict[str, Any]]]) -> list[str]:
    resources = Resources(cloud, wanted)
    changes = resources.plan()
    resources.apply()
    return [f"{change.action} {change.kind} {change.name}" for change in changes]


def named(cloud: FakeCloud, collection: str, name: str) -> dict[str, Any]:
    return next(
        entry for entry in cloud.collection(collection).values() if entry["name"] == name and not entry.get("os_hidden")
    )


def test_everything_is_made_once(wanted: dict[str, list[dict[str, Any]]]) -> None:
    cloud = FakeCloud()
    first = apply(cloud, wanted)
    assert "create router interface edge/private-v4" in first
    assert named(cloud, "images", "guest")["kernel_id"] == named(cloud, "images", "kernel")["id"]
    assert named(cloud, "images", "guest")["os"] == "linux"
    external = named(cloud, "networks", "external")["id"]
    assert named(cloud, "routers", "edge")["external_gateway_info"] == {"network_id": external}
    cloud.log.clear()
    assert apply(cloud, wanted) == []
    assert cloud.log == []


def test_planning_changes_nothing(wanted: dict[str, list[dict[str, Any]]]) -> None:
    cloud = FakeCloud()
    assert Resources(cloud, wanted).plan()
    assert cloud.log == []
    assert len(Resources(NothingThere(), wanted).plan()) == 12


def set_option(wanted: dict[str, list[dict[str, Any]]], path: str, value: Any) -> None:
    kind, index, *keys = path.split(".")
    target: Any = wanted[kind][int(index)]
    for key in keys[:-1]:
        target = target[int(key)] if key.isdigit() else target[key]
    target[keys[-1]] = value


@pytest.mark.parametrize(
    ("path", "value", "changes"),
    [
        ("flavors.0.extra_specs", {"hw:y": "2"}, ["update flavor tiny"]),
        ("flavors.0.ram", 1024, ["replace flavor tiny"]),
        ("keypairs.0.public_key", "ssh-ed25519 BBBB", ["replace key pair me"]),
        ("keypairs.0.public_key", "ssh-ed25519 AAAA other comment", []),
        ("networks.1.subnets.0.dns", ["192.0.2.54"], ["update subnet private-v4"]),
        ("networks.1.subnets.0.pools", [{"start": "10.0.0.9", "end": "10.0.0.99"}], ["update subnet private-v4"]),
        ("networks.1.description", "tenants", ["update network private"]),
        ("routers.0.snat", False, ["update router edge"]),
        ("routers.0.state", "absent", ["delete router edge"]),
        ("images.0.min_ram", 64, ["update image guest"]),
        ("security_groups.0.rules", [{"protocol": "icmp"}], ["create security_group_rule web/ingress IPv4 icmp"]),
        (
            "security_groups.0.rules",
            [{"protocol": "tcp", "ports": "22", "state": "absent"}],
            ["delete security_group_rule web/ingress IPv4 tcp 22"],
        ),
    ],
)
def test_changes_converge(wanted: dict[str, list[dict[str, Any]]], path: str, value: Any, changes: list[str]) -> None:
    cloud = FakeCloud()
    apply(cloud, wanted)
    set_option(wanted, path, value)
    assert apply(cloud, wanted) == changes
    assert apply(cloud, wanted) == []


def test_new_bytes_make_a_new_image_and_hide_the_old(wanted: dict[str, list[dict[str, Any]]]) -> None:
    cloud = FakeCloud()
    apply(cloud, wanted)
    old = named(cloud, "images", "kernel")["id"]
    Path(wanted["images"][1]["file"]).write_bytes(b"newer")
    assert apply(cloud, wanted) == ["replace image kernel", "update image guest"]
    assert cloud.collection("images")[old]["os_hidden"]
    assert named(cloud, "images", "guest")["kernel_id"] == named(cloud, "images", "kernel")["id"] != old
    assert apply(cloud, wanted) == []


def test_an_interrupted_upload_is_repeated(wanted: dict[str, list[dict[str, Any]]]) -> None:
    cloud = FakeCloud()
    cloud.add("images", name="guest", status="queued", os_hidden=True, owner=cloud.project_id)
    apply(cloud, wanted)
    assert len(cloud.collection("images")) == 2
    assert apply(cloud, wanted) == []


def test_removal_goes_backwards(wanted: dict[str, list[dict[str, Any]]]) -> None:
    cloud = FakeCloud()
    apply(cloud, wanted)
    absent = {kind: [{**item, "state": "absent"} for item in items] for kind, items in wanted.items()}
    assert apply(cloud, absent)[-1] == "delete flavor tiny"
    assert [name for name, entries in cloud.store.items() if entries] == ["security-group-rules"]
    assert apply(cloud, absent) == []


@pytest.mark.parametrize(
    ("kind", "item", "message"),
    [
        ("routers", {"name": "r", "external_network": "nowhere"}, "no network named nowhere; declare it"),
        ("images", {"name": "i", "file": "/does/not/exist"}, "/does/not/exist cannot be read"),
        ("images", {"name": "i", "url": "ftp://192.0.2.1/i", "sha256": "0"}, "expected a file or an http"),
        ("quotas", {"name": "nobody"}, "found 0 projects named nobody"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(kind: str, item: dict[str, Any], message: str) -> None:
    with pytest.raises(CloudError, match=message):
        apply(FakeCloud(), {kind: [item]})


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({"conflictingRequest": {"code": 409, "message": "busy"}}, "busy"),
        ({"NeutronError": {"type": "X", "message": "in use", "detail": ""}}, "in use"),
        ({"message": "no <b>way</b>", "code": "400"}, "no <b>way</b>"),
        ([], "fallback"),
    ],
)
def test_reason(payload: Any, text: str) -> None:
    assert reason(payload, "fallback") == text


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"next": "/v2/images?marker=1"}, "/images?marker=1"),
        ({"flavors_links": [{"rel": "next", "href": "https://x/flavors?marker=2"}]}, "https://x/flavors?marker=2"),
        ({"networks": []}, None),
    ],
)
def test_next_page(answer: dict[str, Any], path: str | None) -> None:
    assert next_page(answer, "flavors") == path


def test_volume_types() -> None:
    cloud = FakeCloud()
    types: list[dict[str, Any]] = [
        {"name": "fast", "description": "quick", "extra_specs": {"volume_backend_name": "fast"}},
        {"name": "hidden", "public": False},
    ]
    assert apply(cloud, {"volume_types": types}) == ["create volume type fast", "create volume type hidden"]
    assert named(cloud, "types", "fast")["extra_specs"] == {"volume_backend_name": "fast"}
    assert named(cloud, "types", "hidden")["os-volume-type-access:is_public"] is False
    assert apply(cloud, {"volume_types": types}) == []
    types[0] |= {"description": "quicker", "extra_specs": {"volume_backend_name": "faster"}}
    assert apply(cloud, {"volume_types": types}) == ["update volume type fast"]
    assert named(cloud, "types", "fast")["extra_specs"] == {"volume_backend_name": "faster"}
    assert apply(cloud, {"volume_types": [{"name": "fast", "state": "absent"}]}) == ["delete volume type fast"]


def test_quotas_of_volumes_are_asked_for_where_they_are_given() -> None:
    class Quotas(FakeCloud):
        def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
            self.log.append(f"{service} {method}")
            if method == "PUT":
                self.volumes = body["quota_set"]["volumes"]
            return {"quota_set": {"cores": 4, "volumes": getattr(self, "volumes", 10)}, "quota": {"router": 1}}

    cloud = Quotas()
    cloud.add("projects", name="demo")
    assert apply(cloud, {"quotas": [{"name": "demo", "compute": {"cores": 4}}]}) == []
    assert "block_storage GET" not in cloud.log
    wanted = {"quotas": [{"name": "demo", "volume": {"volumes": 20}}]}
    assert apply(cloud, wanted) == ["update quota demo"]
    assert apply(cloud, wanted) == []
