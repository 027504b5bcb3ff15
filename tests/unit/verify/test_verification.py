"""The whole verification against a cloud in memory, with its faults."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel import verify_servers
from ansible.module_utils.corbel.verify_cloud import Cloud, Settings
from ansible.module_utils.corbel.verify_guest import Guest
from ansible.module_utils.corbel.verify_run import Outcome, Poll, Runner
from ansible.module_utils.corbel.verify_steps import steps

import action_plugins.cloud_verify as action
from library import cloud_verify
from tests.unit.resources.fake_cloud import FakeCloud

CATALOGUE = [{"endpoints": [{"interface": "public", "url": "https://192.0.2.1:5000/v3"}]}]
SETTINGS: dict[str, Any] = {
    "image": "guest",
    "flavor": "nano",
    "resize_flavor": "micro",
    "external_network": "external",
    "user": "guest",
    "servers": 2,
    "migration": "live",
    "keep": False,
    "interfaces": ["public"],
    "cidr": "10.254.0.0/24",
    "boot_marker": "login:",
    "timeouts": dict.fromkeys(action.TIMEOUTS, 20.0),
}


class FakeCompute(FakeCloud):
    """Adds servers that change at once, and a guest that answers as the rules allow."""

    def __init__(self) -> None:
        super().__init__()
        self.console = "booting\nguest login:\n"
        self.fault = ""
        self.broken = ""
        self.add("images", name="guest", os_hidden=False)
        self.add("networks", **{"name": "external", "router:external": True})
        for name in ("nano", "micro"):
            self.add("flavors", name=name)
        for host in ("n1", "n2"):
            self.add("os-services", binary="nova-compute", host=host, state="up", status="enabled")
            self.add("agents", agent_type="Open vSwitch agent", host=host, alive=True)

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        if key == "instanceActions":
            return [{"message": "Error" if self.broken else None, "request_id": "req-1"}]
        return super().items(service, path, key)

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if path.endswith("/os-instance-actions/req-1"):
            event = {"result": "Error", "host": "n2", "details": "ssh was\nrefused"}
            return {"instanceAction": {"action": self.broken, "events": [{"result": "Success"}, event]}}
        if path.endswith("/action"):
            return self.act(self.collection("servers")[path.split("/")[2]], body)
        answer = super().call(service, method, path, body)
        if (method, path) == ("POST", "/servers"):
            server = self.collection("servers")[answer["server"]["id"]]
            server |= {"status": "ERROR" if self.fault else "ACTIVE", "OS-EXT-SRV-ATTR:host": server["host"]}
            server["fault"] = {"message": self.fault}
            self.add(
                "ports", device_id=server["id"], device_owner="compute:nova", fixed_ips=[{"ip_address": "10.254.0.9"}]
            )
        if (method, path) == ("POST", "/floatingips"):
            self.collection("floatingips")[answer["floatingip"]["id"]]["floating_ip_address"] = "192.0.2.100"
        return answer

    def act(self, server: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        name, options = next(iter(body.items()))
        if name == self.broken:
            return {}
        if name == "os-getConsoleOutput":
            return {"output": self.console}
        if name in ("resize", "migrate", "os-migrateLive"):
            server["OS-EXT-SRV-ATTR:host"] = "n2" if server["OS-EXT-SRV-ATTR:host"] == "n1" else "n1"
        if name == "resize":
            server["flavor"] = {"original_name": self.collection("flavors")[options["flavorRef"]]["name"]}
        server["status"] = "VERIFY_RESIZE" if name in ("resize", "migrate") else "ACTIVE"
        return {}

    def lets_ssh_in(self) -> bool:
        rules = self.collection("security-group-rules").values()
        return any(rule.get("port_range_min") == 22 for rule in rules)


class FakeHeartbeat:
    """An open session that dies with the rule."""

    cloud: FakeCompute

    def __init__(self, guest: Guest) -> None:
        self.process = self

    def beats(self, wait: float) -> bool:
        return self.cloud.lets_ssh_in()

    def silence(self) -> float:
        return 0.0 if self.cloud.lets_ssh_in() else 99.0

    def poll(self) -> None:
        return None

    def close(self) -> None:
        return None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Outcome]]:
    def runner(cloud: FakeCompute, *, skip: frozenset[str] = frozenset(), **changed: Any) -> dict[str, Outcome]:
        def answer(self: Guest, remote: str, timeout: float = 60) -> tuple[int, str]:
            if not cloud.lets_ssh_in():
                return 255, "connection timed out"
            if "meta_data" in remote:
                return 0, f'{{"uuid": "{next(iter(cloud.collection("servers")))}"}}'
            return 0, ""

        now = [0.0]
        FakeHeartbeat.cloud = cloud
        monkeypatch.setattr(Guest, "run", answer)
        monkeypatch.setattr(verify_servers, "Heartbeat", FakeHeartbeat)
        monkeypatch.setattr(verify_servers, "make_key", lambda directory: "ssh-ed25519 AAAA")
        poll = Poll(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
        under_test = Cloud(api=cloud, settings=Settings(**{**SETTINGS, **changed}), run_id="x", poll=poll)
        servers = verify_servers.Servers(under_test, str(tmp_path))
        listed = steps(under_test, servers, CATALOGUE, lambda url: 200)
        return {outcome.name: outcome for outcome in Runner(listed, known_errors=(Exception,), skip=skip).run()}

    return runner


def left(cloud: FakeCompute) -> list[str]:
    names = [entry.get("name", "") for entries in cloud.store.values() for entry in entries.values()]
    return sorted(name for name in names if name.startswith("corbel-verify"))


def test_a_step_can_be_left_out(run: Callable[..., dict[str, Outcome]]) -> None:
    cloud = FakeCompute()
    outcomes = run(cloud, skip=frozenset({"resize", "address"}))
    skipped = {name: outcome.detail for name, outcome in outcomes.items() if outcome.result == "skipped"}
    assert skipped.pop("resize") == skipped.pop("address") == "left out by cloud_verify_skip"
    assert skipped["ssh"] == "needs address"
    assert outcomes["removal"].result == "passed"
    assert left(cloud) == []


def test_every_step_but_removals_can_be_left_out() -> None:
    source = "".join(path.read_text() for path in sorted(Path("module_utils/corbel").glob("verify_*.py")))
    named = set(re.findall(r'Step\("([\w-]+)"', source))
    specification = yaml.safe_load(Path("roles/cloud_verify/meta/argument_specs.yml").read_text())
    option = specification["argument_specs"]["main"]["options"]["cloud_verify_skip"]
    assert set(option["choices"]) == named - {"leftovers", "removal"}


def test_a_good_cloud_passes_and_nothing_is_left(run: Callable[..., dict[str, Outcome]]) -> None:
    cloud = FakeCompute()
    outcomes = run(cloud)
    assert {name: outcome.detail for name, outcome in outcomes.items() if outcome.result != "passed"} == {}
    assert left(cloud) == []
    assert not cloud.collection("floatingips")
    assert "n1 -> n2" in outcomes["migrate"].detail


@pytest.mark.parametrize(
    ("spoil", "failed", "message", "host"),
    [
        (lambda cloud: setattr(cloud, "fault", "No valid host"), "servers", "went into error: No valid host", "n1"),
        (lambda cloud: setattr(cloud, "console", "panic"), "console", "its console ends with: panic", "n1"),
        (lambda cloud: cloud.add("agents", agent_type="DHCP agent", host="w1", alive=False),
         "agents", "DHCP agent on w1", "w1"),
        (lambda cloud: cloud.collection("images").clear(), "servers", "found 0 images named guest, expected one", None),
        (lambda cloud: cloud.add("os-services", binary="nova-compute", host="n3", state="down", status="enabled"),
         "services", "nova-compute on n3", "n3"),
    ],
)  # fmt: skip
def test_a_fault_is_named_and_everything_is_removed(
    run: Callable[..., dict[str, Outcome]],
    spoil: Callable[[FakeCompute], None],
    failed: str,
    message: str,
    host: str | None,
) -> None:
    cloud = FakeCompute()
    spoil(cloud)
    outcomes = run(cloud)
    assert [name for name, outcome in outcomes.items() if outcome.result == "failed"] == [failed]
    assert message in outcomes[failed].detail
    assert outcomes[failed].host == host
    assert left(cloud) == []


@pytest.mark.parametrize(("action", "step"), [("resize", "resize"), ("os-migrateLive", "migrate")])
def test_an_action_that_failed_is_told_at_once(run: Callable[..., dict[str, Outcome]], action: str, step: str) -> None:
    cloud = FakeCompute()
    cloud.broken = action
    outcomes = run(cloud)
    assert "failed on n2: ssh was refused" in outcomes[step].detail
    assert outcomes[step].host == "n2"
    assert left(cloud) == []


@pytest.mark.parametrize(
    ("changed", "skipped"),
    [
        ({"migration": "none"}, ["migrate"]),
        ({"resize_flavor": ""}, ["resize"]),
        ({"servers": 1}, ["neighbours"]),
        ({"migration": "cold"}, []),
        ({"keep": True}, ["removal"]),
    ],
)
def test_steps_that_do_not_apply(
    run: Callable[..., dict[str, Outcome]], changed: dict[str, Any], skipped: list[str]
) -> None:
    cloud = FakeCompute()
    outcomes = run(cloud, **changed)
    assert [name for name, outcome in outcomes.items() if outcome.result != "passed"] == skipped
    assert bool(left(cloud)) == bool(changed.get("keep"))


def test_what_was_kept_goes_with_the_next_verification(run: Callable[..., dict[str, Outcome]]) -> None:
    cloud = FakeCompute()
    run(cloud, keep=True)
    assert "removed" in run(cloud)["leftovers"].detail
    assert left(cloud) == []


def test_the_documentation_lists_what_the_action_accepts() -> None:
    documented = yaml.safe_load(cloud_verify.DOCUMENTATION)["options"]
    assert set(documented) == set(action.ARGUMENTS)
    for name, option in action.ARGUMENTS.items():
        for key in ("type", "required", "choices", "elements"):
            assert documented[name].get(key) == option.get(key), f"{name}.{key}"
        if "options" not in option:
            assert documented[name].get("default") == option.get("default"), name
    assert {name: option["default"] for name, option in documented["timeouts"]["suboptions"].items()} == action.TIMEOUTS
