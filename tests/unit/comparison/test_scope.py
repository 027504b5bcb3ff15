"""What differs on a host decides which plays run there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.unit.comparison.conftest import STUBS, Runs

Cloud = Callable[[str], Runs]
RESTART = {"name": "x.service", "action": "restart", "reason": "changed: /etc/x"}


def differing(host: str, module: str, name: str | None, **answer: object) -> str:
    """What the stub is told."""
    told = {"changed": True, "steps": [f"change of {name}"], "results": [{"plan": []}], **answer}
    return json.dumps({"host": host, "module": module, "name": name, "answer": told})


def ran(text: str) -> dict[str, set[str]]:
    """Play → hosts that ran tasks in it, of the plays after the comparison."""
    found: dict[str, set[str]] = {}
    after = text.partition("PLAY [Prepare the hosts]")
    for part in f"{after[1]}{after[2]}".partition("PLAY RECAP")[0].split("PLAY [")[1:]:
        hosts = set(re.findall(r"^(?:ok|changed|skipping|failed): \[([\w.]+)", part, re.M))
        if hosts:
            found.setdefault(part.partition("]")[0], set()).update(hosts)
    return found


def compared(text: str) -> bool:
    """Whether a host was compared."""
    task = text.partition("TASK [Compare each host with all that the run would do to it]")[2].partition("\nPLAY [")[0]
    return "ok: [" in task


@pytest.mark.slow
def test_one_service_of_one_host_touches_nothing_else(cloud: Cloud) -> None:
    run = cloud("multinode")
    done = run(
        "--check", "--skip-tags", "client_access", DIFFERING=differing("compute2", "service_bundle", "hypervisor")
    )
    plays = ran(done.text)
    assert plays.pop("Note that the run has come to its end") >= {"compute2"}
    assert plays.pop("Write clouds.yaml and the certificate authority for the operator", {"controller1"})
    # The lock of the cloud is the controlling machine's.
    assert plays.pop("End the run") == {"localhost"}
    assert plays == {"Deploy a service of the catalogue": {"compute2"}}
    assert "nova_compute: compute2\n    change of hypervisor" in done.text


@pytest.mark.slow
def test_a_quorum_takes_part_as_a_whole(cloud: Cloud) -> None:
    run = cloud("hyperconverged")
    done = run("--check", DIFFERING=differing("controller2", "service_bundle", "rabbitmq", pending_units=[RESTART]))
    assert ran(done.text)["Deploy the message queue"] == {"controller1", "controller2", "controller3"}
    assert "Deploy the database" not in ran(done.text)


@pytest.mark.slow
def test_what_stands_once_per_cloud_brings_its_host(cloud: Cloud) -> None:
    run = cloud("hyperconverged")
    done = run("--check", DIFFERING=differing("controller1", "schema_migration", "glance", msg="of another release"))
    assert ran(done.text)["Deploy a service of the catalogue"] == {"controller1"}
    assert re.search(r"^glance: controller1$", done.text, re.M)


def test_what_an_earlier_run_left_unfinished_runs_again(cloud: Cloud) -> None:
    done = cloud("all_in_one")("--check", UNFINISHED='["glance", "no_longer_there"]')
    assert compared(done.text)
    assert "glance: cloud1\n    an earlier run did not come to its end" in done.text
    assert ran(done.text)["Deploy a service of the catalogue"] == {"cloud1"}


@pytest.mark.slow
def test_a_host_that_cannot_be_compared_runs_everything(cloud: Cloud) -> None:
    answer = {"failed": True, "msg": "no space left on device"}
    done = cloud("all_in_one")(
        "--check", DIFFERING=json.dumps({"host": "cloud1", "module": "host_comparison", "answer": answer})
    )
    assert "the host could not be compared: no space left on device" in done.text
    assert {"Prepare the hosts", "Deploy the database", "Deploy the cache"} <= ran(done.text).keys()


@pytest.mark.slow
def test_without_its_callback_plugin_everything_runs(cloud: Cloud) -> None:
    stubs_alone = str(STUBS / "callback")
    done = cloud("all_in_one")("--check", "--skip-tags", "client_access", ANSIBLE_CALLBACK_PLUGINS=stubs_alone)
    assert "did not prepare a comparison, so everything runs" in " ".join(done.text.split())
    assert {"Prepare the hosts", "Deploy the database", "Deploy the cache"} <= ran(done.text).keys()


@pytest.mark.slow
@pytest.mark.parametrize("options", [("--tags", "memcached"), ("-e", "corbel_compare=false")])
def test_tags_and_the_switch_leave_the_comparison_out(cloud: Cloud, options: tuple[str, str]) -> None:
    done = cloud("all_in_one")("--check", "--skip-tags", "client_access", *options)
    assert not compared(done.text)
    assert {"Deploy the cache"} <= ran(done.text).keys()
