"""Sites of the bench: as many hosts as asked for, in the proportions of a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.bench import inventory


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_a_site_has_as_many_hosts_as_asked_for_each_in_one_group(count: int) -> None:
    groups = inventory.shape(count)
    names = [name for hosts in groups.values() for name in hosts]
    assert len(names) == len(set(names)) == count
    assert (len(groups["controller"]), len(groups["network"])) == (3, 2)
    assert 3 <= len(groups["storage"]) <= count // 3


def test_a_small_site_has_one_host_for_all_but_servers() -> None:
    groups = inventory.shape(4)
    assert groups["controller"] == groups["network"] == groups["storage"] == ["controller1"]
    assert groups["compute"] == ["compute1", "compute2", "compute3"]


@pytest.mark.parametrize("count", [0, 1, 8001])
def test_a_number_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"found {count} hosts, expected 2 to 8000; give --hosts another number"):
        inventory.shape(count)


def test_every_host_has_addresses_of_its_own(tmp_path: Path) -> None:
    names = inventory.write(tmp_path / "inventory", 1000)
    hosts = yaml.safe_load((tmp_path / "inventory/hosts.yml").read_text())["all"]["hosts"]
    every = [address for host in hosts.values() for address in host["corbel_addresses"].values()]
    assert len(set(every)) == len(every) == 3000
    assert names[hosts["compute7"]["ansible_host"]] == "compute7"
    vips = yaml.safe_load((tmp_path / "inventory/group_vars/all/corbel.yml").read_text())
    assert not {vips["corbel_internal_vip"], vips["corbel_public_vip"]} & set(every)
