"""What a host should hold of each authority, and the whole task against a host that is a folder."""

from __future__ import annotations

import grp
import importlib.util
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.corbel import certificate_authority as ca
from ansible.module_utils.corbel import certificate_plan as plan
from ansible.module_utils.corbel import host_certificate as host

NOW = ca.utc_now()
AUTHORITY = ca.to_pem(ca.make_authority("test", 3650, NOW).certificate)
ROOT = Path(__file__).resolve().parents[3]
NAMES = ["host1", "192.0.2.21"]


def action_module() -> Any:
    spec = importlib.util.spec_from_file_location(
        "action_host_certificate", ROOT / "action_plugins/host_certificate.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def wanted(name: str = "queue", holder: bool = True) -> plan.Wanted:
    return plan.Wanted(name, Path("/nowhere"), "test", "root", holder)


def there(**changes: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {"certificate": "", "authority": AUTHORITY, "public_key": "", "trusted": True}
    return {**empty, "attributes": [], **changes}


@pytest.mark.parametrize(
    ("holder", "authority", "changes", "reason", "others"),
    [
        (True, "", {"authority": ""}, "there is none", True),
        (False, "", {"authority": ""}, "", True),
        (True, AUTHORITY, {}, "there is none", False),
        (True, AUTHORITY, {"certificate": "x"}, "the certificate or its key is unreadable", False),
        (False, AUTHORITY, {}, "", False),
        (False, AUTHORITY, {"authority": "another"}, "", True),
        (False, AUTHORITY, {"trusted": False}, "", True),
        (False, AUTHORITY, {"attributes": ["queue.key: found"]}, "", True),
    ],
)
def test_judge(holder: bool, authority: str, changes: dict[str, Any], reason: str, others: bool) -> None:
    found = plan.judge(wanted(holder=holder), there(**changes), authority, NAMES, 30)
    assert (found.reason, found.others, found.due) == (reason, others, bool(reason or others))


def test_reasons_name_the_purpose() -> None:
    judged = [plan.judge(wanted(name), there(), AUTHORITY, NAMES, 30) for name in (plan.MAIN, "queue")]
    assert plan.outcome(judged, NAMES)["reason"] == "there is none; queue: there is none"


def test_difference_names_files_that_must_go() -> None:
    judged = [plan.judge(wanted(holder=False), there(attributes=["queue.key: found"]), AUTHORITY, NAMES, 30)]
    difference = plan.outcome(judged, NAMES)["diff"]
    assert "queue.key: found" in difference["before"]
    assert "queue.key" not in difference["after"]


@pytest.mark.parametrize(("name", "folder"), [("host", "/b"), ("queue", "/a")])
def test_authorities_that_share_files_are_refused(name: str, folder: str) -> None:
    common = {"authority_name": "x", "group": "root"}
    further = {**common, "name": name, "authority_directory": folder, "holder": True}
    with pytest.raises(ca.CertificateError, match="twice"):
        plan.wanted_of({**common, "authority_directory": "/a", "further": [further]})


class Run:
    """The task, on a host that is a folder of this machine."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = action_module()
        self.folder = folder
        self.steps: list[str] = []
        (folder / "tls").mkdir()
        real = host.Place

        def place(directory: Path, group: str, name: str, holder: bool) -> host.Place:
            trusted, bundle = folder / "corbel.crt", folder / "bundle.pem"
            return real(directory, group, name, holder, trusted, bundle, ["cp", str(trusted), str(bundle)])

        monkeypatch.setattr(host, "Place", place)

    def __call__(self, check: bool = False, holder: bool = True) -> dict[str, Any]:
        root = grp.getgrgid(0).gr_name
        queue = {"name": "queue", "authority_directory": str(self.folder / "made/queue"), "authority_name": "queue"}
        arguments = {
            "names": NAMES,
            "authority_directory": str(self.folder / "made"),
            "authority_name": "cloud",
            "authority_days": 3650,
            "passphrase": "marker",
            "days": 397,
            "renew_days": 30,
            "directory": str(self.folder / "tls"),
            "group": root,
            "further": [{**queue, "group": root, "holder": holder}],
        }
        action = object.__new__(self.module.ActionModule)
        action._task = SimpleNamespace(check_mode=check)
        action._execute_module = self.execute
        self.steps.clear()
        return dict(action._converge(arguments, {}))

    def execute(self, name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        self.steps.append(module_args["step"])
        filled = [{"common_name": "", "certificate": "", "authority": "", **item} for item in module_args["places"]]
        try:
            return {"places": host.perform(module_args["step"], Path(module_args["directory"]), filled)}
        except host.HostCertificateError as error:
            return {"failed": True, "msg": str(error)}

    def files(self, folder: str) -> set[str]:
        return {str(path.relative_to(self.folder / folder)) for path in (self.folder / folder).rglob("*.*")}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    if os.geteuid() != 0:
        pytest.skip("files belong to root")
    return Run(tmp_path, monkeypatch)


def test_an_authority_is_planned_and_told_by_the_host_that_it_was_made_for(run: Run) -> None:
    def told(result: dict[str, Any]) -> list[tuple[str, str]]:
        return [(one["name"], one["action"]) for one in result["results"][0]["plan"] if one["kind"] == "authority"]

    both = [("cloud", "create"), ("queue", "create")]
    assert told(run(check=True)) == both
    assert told(run(check=True)) == both
    assert told(run()) == both
    assert told(run(check=True)) == told(run()) == []


def test_a_holder_gets_a_certificate_of_each_authority(run: Run) -> None:
    assert run()["reason"] == "there is none; queue: there is none"
    assert run.steps == ["read", "request", "install"]
    assert run.files("made") == {"ca.pem", "ca.key", "queue/ca.pem", "queue/ca.key"}
    tls = run.folder / "tls"
    cloud, queue = (ca.load_certificate((tls / name).read_text(), name) for name in ("ca.pem", "queue-ca.pem"))
    ca.load_certificate((tls / "host.pem").read_text(), "host.pem").verify_directly_issued_by(cloud)
    ca.load_certificate((tls / "queue.pem").read_text(), "queue.pem").verify_directly_issued_by(queue)
    assert cloud.subject != queue.subject
    assert (run.folder / "corbel.crt").read_text() == (tls / "ca.pem").read_text()


def test_an_unchanged_run_reads_once(run: Run) -> None:
    run()
    assert run()["changed"] is False
    assert run.steps == ["read"]


def test_the_other_hosts_get_the_authority_alone(run: Run) -> None:
    assert run(holder=False)["changed"] is True
    assert run.files("tls") == {"ca.pem", "host.pem", "host.key", "queue-ca.pem"}
    assert run(holder=False)["changed"] is False


def test_only_what_is_due_is_issued(run: Run) -> None:
    run(holder=False)
    before = (run.folder / "tls/host.pem").read_text()
    assert run()["reason"] == "queue: there is none"
    assert (run.folder / "tls/host.pem").read_text() == before
    assert run(holder=False)["reason"] == ""
    assert "queue.key" not in run.files("tls")


def test_check_mode_makes_nothing(run: Run) -> None:
    assert run(check=True)["changed"] is True
    assert run.steps == ["read"]
    assert run.files("tls") == set()
    assert not (run.folder / "made").exists()


def test_a_failed_step_ends_the_task(run: Run) -> None:
    (run.folder / "tls").rmdir()
    with pytest.raises(run.module.HostError, match="role host_base"):
        run()


def test_what_a_renewal_changes_is_known_before() -> None:
    judged = [plan.judge(wanted(plan.MAIN), there(), AUTHORITY, NAMES, 30)]
    assert plan.changed_files(judged, "/etc/corbel/tls") == ["/etc/corbel/tls/host.pem"]
    judged = [plan.judge(wanted("queue", holder=False), there(authority="older"), AUTHORITY, NAMES, 30)]
    assert plan.changed_files(judged, "/etc/corbel/tls") == ["/etc/corbel/tls/queue-ca.pem"]
