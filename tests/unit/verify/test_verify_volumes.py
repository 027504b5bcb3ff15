"""The steps with volumes against a cloud in memory, with its faults."""

from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.verify_cloud import Cloud, Settings, clean
from ansible.module_utils.corbel.verify_guest import Guest
from ansible.module_utils.corbel.verify_run import Outcome, Poll, Runner, Step
from ansible.module_utils.corbel.verify_servers import Servers
from ansible.module_utils.corbel.verify_steps import volume_steps
from ansible.module_utils.corbel.verify_transfer import OWNER
from ansible.module_utils.corbel.verify_transfer import clean as clean_transfers
from ansible.module_utils.corbel.verify_volumes import TOO_LARGE_GIB, Volumes

from tests.unit.verify.test_verification import SETTINGS, FakeCompute

DIGEST = "0123abcd"


class FakeStorage(FakeCompute):
    """Adds volumes that change at once."""

    def __init__(self) -> None:
        super().__init__()
        for name, binary in (("s1@fast", "cinder-volume"), ("c1", "cinder-scheduler"), ("s1", "cinder-backup")):
            self.add("volume-services", host=name, binary=binary, state="up")
        for name in ("__DEFAULT__", "fast", "slow"):
            self.add("types", name=name)
        self.add("roles", name="member")
        self.quota = 1000
        self.accepts = True
        self.full = "No host has room."

    def items(self, service: str, path: str, key: str) -> list[dict[str, Any]]:
        if service == "block_storage":
            name = path.partition("?")[0].strip("/").removesuffix("/detail")
            if name == "os-services":
                found = list(self.collection("volume-services").values())
                return [entry for entry in found if path.endswith(("services", entry["binary"]))]
            if name == "volumes":
                asked = path.partition("project_id=")[2] or self.project_id
                found = list(self.collection(name).values())
                return [entry for entry in found if entry.get(OWNER, self.project_id) == asked]
            if name == "messages":
                return [{"user_message": self.full}] if self.full else []
            return list(self.collection(name).values())
        return super().items(service, path, key)

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        parts = path.strip("/").split("/")
        if "os-volume_attachments" in path:
            volume = self.collection("volumes")[body["volumeAttachment"]["volumeId"] if body else parts[-1]]
            volume["status"] = "in-use" if body else "available"
            return {}
        if service == "identity" and method != "DELETE":
            return self.identity(parts, body)
        if service != "block_storage":
            if (method, path) == ("POST", "/servers"):
                body["server"].setdefault("host", "n1")
            return super().call(service, method, path, body)
        return self.storage(method, parts, body)

    def identity(self, parts: list[str], body: Any) -> dict[str, Any]:
        if not body:
            return {}
        ((key, wanted),) = body.items()
        return {key: self.add(parts[0], **{"domain_id": "default", **wanted})}

    def enter(self, user: str, password: str, domain: str, project: str) -> "Receiver":
        return Receiver(self, project)

    def storage(self, method: str, parts: list[str], body: Any) -> dict[str, Any]:
        kind = parts[0]
        if kind == "os-quota-sets":
            if body:
                self.quota = body["quota_set"]["gigabytes"]
                used = sum(volume["size"] for volume in self.collection("volumes").values())
                if 0 <= self.quota < used:
                    raise CloudError(f"{used} GB are in use")
            return {"quota_set": {"gigabytes": self.quota}}
        if parts[-1] in ("action", "restore"):
            if kind == "volumes":
                self.change(self.collection("volumes")[parts[1]], *next(iter(body.items())))
            return {}
        if method == "DELETE":
            if kind == "volumes" and self.has_snapshots(parts[1]):
                raise CloudError("it has snapshots")
            del self.collection(kind)[parts[1]]
            return {}
        if kind == "volume-transfers":
            return {"transfer": self.add(kind, auth_key="k", **body["transfer"])}
        if method == "GET":
            return {kind.removesuffix("s"): self.collection(kind)[parts[1]]}
        wanted = next(iter(body.values()))
        status = "error" if wanted.get("size") == TOO_LARGE_GIB else "available"
        made = {"os-vol-host-attr:host": "s1@fast#fast", "volume_type": "fast", **wanted, "status": status}
        return {kind.removesuffix("s"): self.add(kind, **made)}

    def has_snapshots(self, volume: str) -> bool:
        return any(entry["volume_id"] == volume for entry in self.collection("snapshots").values())

    def change(self, volume: dict[str, Any], action: str, options: Any) -> None:
        if action == "os-extend":
            volume["size"] = options["new_size"]
        if action == "os-retype" and not self.has_snapshots(volume["id"]):
            volume["volume_type"] = options["new_type"]


class Receiver:
    """The cloud as the user of another project sees it."""

    def __init__(self, cloud: FakeStorage, project_id: str) -> None:
        self.cloud, self.project_id = cloud, project_id

    def call(self, service: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if path.endswith("/accept"):
            offer = self.cloud.collection("volume-transfers").pop(path.split("/")[2])
            if self.cloud.accepts:
                self.cloud.collection("volumes")[offer["volume_id"]][OWNER] = self.project_id
            return {}
        return self.cloud.call(service, method, path, body)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Outcome]]:
    def runner(cloud: FakeStorage, digests: list[str] | None = None) -> dict[str, Outcome]:
        found = iter(digests or [])
        monkeypatch.setattr(Guest, "run", lambda self, remote, timeout=60: (0, f"{next(found, DIGEST)}  -"))
        now = [0.0]
        poll = Poll(clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
        under_test = Cloud(api=cloud, settings=Settings(**SETTINGS), run_id="x", poll=poll, has_volumes=True)
        servers = Servers(under_test, "/nowhere")
        monkeypatch.setattr(Guest, "pin", lambda self, keys: None)
        for host in ("n1", "n2"):
            made = cloud.call(
                "compute", "POST", "/servers", {"server": {"name": f"corbel-verify-{host}", "host": host}}
            )
            under_test.servers.append({**made["server"], "address": "10.254.0.9"})
        listed = [Step("ssh", "", lambda: "reached"), *volume_steps(Volumes(under_test, servers), cloud.enter)]
        under_test.removers.append(clean_transfers)
        outcomes = Runner(listed, known_errors=(Exception,)).run()
        clean(under_test)
        return {outcome.name: outcome for outcome in outcomes}

    return runner


def test_all_steps_pass_and_nothing_is_left(run: Callable[..., dict[str, Outcome]]) -> None:
    cloud = FakeStorage()
    outcomes = run(cloud)
    assert {name: outcome.detail for name, outcome in outcomes.items() if outcome.result != "passed"} == {}
    kinds = ("volumes", "snapshots", "backups", "volume-transfers", "projects", "users")
    assert [kind for kind in kinds if cloud.collection(kind)] == []
    assert cloud.quota == 1000, "the quota is as it was"


@pytest.mark.parametrize(
    ("break_it", "step", "message"),
    [
        (lambda cloud: cloud.add("volume-services", host="s2@fast", binary="cinder-volume", state="down"),
         "volume_services", "down: cinder-volume on s2@fast"),
        (lambda cloud: setattr(cloud, "full", ""), "volume_full", "failed without a message for its owner"),
        (lambda cloud: setattr(cloud, "full", "An unknown error occurred."), "volume_full", "expected that no backend"),
        (lambda cloud: setattr(cloud, "accepts", False), "volume_transfer", "which accepted it"),
    ],
)  # fmt: skip
def test_faults_are_named(
    run: Callable[..., dict[str, Outcome]], break_it: Callable[[FakeStorage], Any], step: str, message: str
) -> None:
    cloud = FakeStorage()
    break_it(cloud)
    outcome = run(cloud)[step]
    assert (outcome.result, message in outcome.detail) == ("failed", True), outcome.detail


def test_other_contents_are_seen(run: Callable[..., dict[str, Outcome]]) -> None:
    outcome = run(FakeStorage(), [DIGEST, DIGEST, "fedcba98"])["volume_elsewhere"]
    assert outcome.result == "failed"
    assert "has other contents than were written (fedcba98, 0123abcd)" in outcome.detail


def test_what_a_cloud_does_not_have_is_left_out(run: Callable[..., dict[str, Outcome]]) -> None:
    cloud = FakeStorage()
    for collection, field in (("types", "slow"), ("volume-services", "cinder-backup")):
        entries = cloud.collection(collection)
        for key in [key for key, entry in entries.items() if field in entry.values()]:
            del entries[key]
    outcomes = run(cloud)
    assert {name for name, outcome in outcomes.items() if outcome.result == "skipped"} == {
        "volume_retype",
        "volume_backup",
    }
