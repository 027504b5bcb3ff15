"""The module from options to files, with a stand-in for Swift's builder; the scenarios of swift_storage have Swift."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import ring_builder, ring_replication
from ansible.module_utils.corbel.calls import swift_ring
from ansible.module_utils.corbel.ring_model import RingError
from ansible.module_utils.corbel.ring_store import Store

COPIES: dict[str, Any] = {"type": "replication", "data": None, "parity": None, "duplication": None, "ec_type": None}
CODE: dict[str, Any] = {
    "type": "erasure_coding",
    "data": 2,
    "parity": 1,
    "duplication": 1,
    "ec_type": "liberasurecode_rs_vand",
}


def options(folder: Path, numbers: list[int], **changes: Any) -> dict[str, Any]:
    devices = [
        {
            "region": 1,
            "zone": number,
            "ip": f"192.0.2.{number}",
            "port": 6200,
            "replication_ip": None,
            "replication_port": None,
            "device": "d1",
            "weight": 100.0,
            "meta": "",
        }
        for number in numbers
    ]
    ring = {
        "name": "object",
        "part_power": 4,
        "replicas": 3.0,
        "min_part_hours": 1,
        "overload": 0.1,
        "weight_step": 0.0,
    }
    ring |= {"fixed_replicas": False, "needed_replicas": 1, "policy": COPIES, "lost": [], "devices": devices}
    ring |= {key: changes.pop(key) for key in list(changes) if key in ring}
    common = {
        "directory": str(folder),
        "environment": None,
        "hash_prefix": "a",
        "hash_suffix": "b",
        "accept_loss": False,
    }
    return {**common, "check_replication": False, "timeout": 1.0, "backups": 2, "rings": [ring], **changes}


@pytest.fixture
def run(swift: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(ring_builder, "load_swift", lambda environment: swift)

    def call(numbers: list[int], check: bool = False, **changes: Any) -> dict[str, Any]:
        return swift_ring.run(options(tmp_path, numbers, **changes), check)

    return call


@pytest.fixture
def rebalances(swift: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Seed and hours of each rebalance."""
    seen: list[tuple[str, int]] = []
    original = swift.RingBuilder.rebalance

    def rebalance(builder: Any, seed: str) -> None:
        seen.append((seed, builder.min_part_hours))
        original(builder, seed)

    monkeypatch.setattr(swift.RingBuilder, "rebalance", rebalance)
    return seen


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pass_hours(swift: Any, folder: Path) -> None:
    builder = swift.RingBuilder.load(str(folder / "object.builder"))
    builder.moved_at = 0
    builder.save(str(folder / "object.builder"))


def test_check_mode_on_a_fresh_host_writes_nothing(run: Any, tmp_path: Path) -> None:
    result = run([1, 2, 3], check=True)
    assert result["changed"]
    assert result["rings"][0]["figures"]["replicas_placed"] == 48
    assert state(tmp_path) == {}


def test_a_ring_is_made_once(run: Any, tmp_path: Path) -> None:
    first = run([1, 2, 3])
    assert first["changed"]
    assert first["rings"][0]["digest"] == Store(tmp_path).digest("object") != ""
    before = state(tmp_path)
    assert set(before) == {"object.builder", "object.ring.gz", "hash-path.json", "policies.json"}
    again = run([1, 2, 3])
    assert not again["changed"]
    assert state(tmp_path) == before


def test_files_are_for_root(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    assert (tmp_path / "object.builder").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "hash-path.json").stat().st_mode & 0o777 == 0o600
    assert b"a" not in (tmp_path / "hash-path.json").read_bytes().split(b'"')


def test_time_left_is_a_message(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    before = state(tmp_path)
    result = run([1, 2, 3, 4])
    assert not result["changed"]
    assert "59 min are left" in result["waiting"][0] or "1 h 0 min are left" in result["waiting"][0]
    assert state(tmp_path) == before


def test_a_device_is_drained_then_removed(run: Any, swift: Any, tmp_path: Path) -> None:
    run([1, 2, 3, 4])
    pass_hours(swift, tmp_path)
    assert run([1, 2, 3])["rings"][0]["steps"] == ["192.0.2.4/d1: drained, weight 100 becomes 0"]
    assert run([1, 2, 3])["waiting"] != []
    pass_hours(swift, tmp_path)
    assert run([1, 2, 3])["rings"][0]["steps"] == ["192.0.2.4/d1: drained and empty, removed"]
    pass_hours(swift, tmp_path)
    assert not run([1, 2, 3])["changed"]


def test_a_lost_device_goes_at_once(run: Any) -> None:
    run([1, 2, 3, 4])
    result = run([1, 2, 3], lost=["192.0.2.4/d1"])
    assert "lost, its" in result["rings"][0]["steps"][0]
    assert result["rings"][0]["figures"]["replicas_placed"] > 0
    assert not run([1, 2, 3], lost=["192.0.2.4/d1"])["changed"]


def test_losing_all_replicas_is_refused_unless_it_is_accepted(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3, 4, 5, 6])
    before = state(tmp_path)
    lost = ["192.0.2.1/d1", "192.0.2.2/d1", "192.0.2.3/d1"]
    with pytest.raises(RingError, match=r"partitions keep fewer than the 1 replicas .* swift_rings_accept_loss"):
        run([4, 5, 6], lost=lost)
    assert state(tmp_path) == before
    assert run([4, 5, 6], lost=lost, accept_loss=True)["rings"][0]["figures"]["partitions_lost"] > 0


def test_backups_are_bounded(run: Any, swift: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    for number in range(5):
        pass_hours(swift, tmp_path)
        run(list(range(1, 5 + number)))
    assert len(list((tmp_path / "backups").iterdir())) == 2


@pytest.mark.parametrize(
    "changes", [{"hash_prefix": "x"}, {"hash_suffix": "x"}, {"hash_prefix": "ab", "hash_suffix": ""}]
)
def test_another_hash_prefix_or_suffix_is_refused(run: Any, changes: dict[str, str]) -> None:
    run([1, 2, 3])
    with pytest.raises(RingError, match="the hash prefix or suffix is not the one the rings were made for"):
        run([1, 2, 3], **changes)


def test_another_part_power_is_refused(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    before = state(tmp_path)
    with pytest.raises(RingError, match="part_power is 5, the builder file has 4"):
        run([1, 2, 3], part_power=5)
    assert state(tmp_path) == before


@pytest.mark.parametrize(
    ("made", "changed", "message"),
    [
        (COPIES, CODE, r"index 0 is erasure_coding \(data 2, parity 1, .* its ring was made for replication; expected"),
        (CODE, COPIES, r"index 0 is replication, but its ring was made for erasure_coding \(data 2, "),
        (CODE, {**CODE, "data": 1, "parity": 2}, r"data 1, parity 2, .* made for .*data 2, parity 1"),
        (CODE, {**CODE, "ec_type": "isa_l_rs_vand"}, r"ec_type isa_l_rs_vand.* retire this one with deprecated: true"),
        (CODE, {**CODE, "duplication": 2}, r"duplication 2"),
    ],
)
def test_another_way_to_store_is_refused(
    run: Any, tmp_path: Path, made: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    run([1, 2, 3], policy=made)
    before = state(tmp_path)
    for check in (True, False):
        with pytest.raises(RingError, match=message):
            run([1, 2, 3], policy=changed, check=check)
    assert state(tmp_path) == before
    assert not run([1, 2, 3], policy=made)["changed"]


def test_a_policy_that_was_used_is_not_left_out(run: Any, tmp_path: Path) -> None:
    first = options(tmp_path, [1, 2, 3])["rings"]
    second = {**copy.deepcopy(first[0]), "name": "object-1"}
    run([1, 2, 3], rings=[*first, second])
    before = state(tmp_path)
    with pytest.raises(RingError, match=r"no policy has index 1, but .*object-1.builder .* deprecated: true"):
        run([1, 2, 3])
    assert state(tmp_path) == before
    (tmp_path / "object-1.builder").unlink()
    (tmp_path / "object-1.ring.gz").unlink()
    assert not run([1, 2, 3])["changed"]
    assert run([1, 2, 3], rings=[*first, {**second, "policy": CODE}])["changed"]


def test_policies_of_before_are_noted_once(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    (tmp_path / "policies.json").unlink()
    assert run([1, 2, 3], check=True)["changed"]
    assert not (tmp_path / "policies.json").exists()
    assert "note how the objects" in run([1, 2, 3])["diff"]["prepared"]
    assert not run([1, 2, 3])["changed"]


def test_a_policy_whose_ring_was_not_written_may_change(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    for name in ("object.builder", "object.ring.gz"):
        (tmp_path / name).unlink()
    assert run([1, 2, 3], policy=CODE)["changed"]
    with pytest.raises(RingError, match="made for erasure_coding"):
        run([1, 2, 3])


def test_a_ring_file_that_was_not_written_is_written(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    (tmp_path / "object.ring.gz").unlink()
    assert run([1, 2, 3], check=True)["changed"]
    result = run([1, 2, 3])
    assert result["rings"][0]["steps"] == ["write the ring of the builder file, which a run that died did not"]
    assert not (tmp_path / "backups").exists()
    assert not run([1, 2, 3])["changed"]


def test_a_ring_without_its_builder_is_refused(run: Any, tmp_path: Path) -> None:
    run([1, 2, 3])
    (tmp_path / "object.builder").unlink()
    with pytest.raises(RingError, match="without its builder"):
        run([1, 2, 3])


def test_one_bad_ring_stops_all_before_anything_is_written(run: Any, tmp_path: Path) -> None:
    other = copy.deepcopy(options(tmp_path, [1, 2, 3])["rings"])
    with pytest.raises(RingError, match="expected at least 4"):
        run([1, 2, 3], rings=[*other, {**other[0], "name": "object-1", "replicas": 4.0}])
    assert state(tmp_path) == {}


def test_servers_behind_hold_moves_back(run: Any, swift: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_replication, "fetch", lambda *_: "no route")
    monkeypatch.setattr(ring_replication, "ask", lambda listed, path, timeout: dict.fromkeys(listed, "no route"))
    run([1, 2, 3])
    pass_hours(swift, tmp_path)
    assert "192.0.2.1:6200 does not answer: no route" in run([1, 2, 3, 4], check_replication=True)["waiting"][0]
    assert not run([1, 2, 3], check_replication=True)["waiting"]


def test_more_than_one_replica_of_a_partition_is_never_moved(
    run: Any, swift: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run([1, 2, 3, 4, 5, 6])
    pass_hours(swift, tmp_path)
    before = state(tmp_path)
    with pytest.raises(RingError, match="replicas of one partition would move at once, expected one at most"):
        run([4, 5, 6])
    assert state(tmp_path) == before


def test_the_same_seed_in_check_mode_and_in_the_run(run: Any, rebalances: list[tuple[str, int]]) -> None:
    run([1, 2, 3], check=True)
    run([1, 2, 3])
    assert len(rebalances) == 2
    assert len(set(rebalances)) == 1


def test_without_swift_check_mode_says_what_it_can(tmp_path: Path) -> None:
    result = swift_ring.run(options(tmp_path, [1, 2, 3], environment="/nonexistent"), True)
    assert result["changed"]
    assert "figures" not in result["rings"][0]
    assert len(result["rings"][0]["steps"]) == 4


def test_without_swift_a_run_says_where_it_looked(tmp_path: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (tmp_path / "environment/lib/python2.7").mkdir(parents=True)
    with pytest.raises(RingError, match=rf"environment/lib/{version}/site-packages \(there is: python2.7\), expected"):
        swift_ring.run(options(tmp_path, [1, 2, 3], environment=str(tmp_path / "environment")), False)


def test_held_back_rings_move_nothing_else_when_a_device_is_lost(run: Any, rebalances: list[tuple[str, int]]) -> None:
    run([1, 2, 3, 4])
    run([1, 2, 3], lost=["192.0.2.4/d1"])
    assert [hours for _, hours in rebalances] == [1, ring_builder.NEVER]


def test_a_ring_that_check_mode_has_not_written_is_no_host_s(run: Any) -> None:
    assert run([1, 2, 3], check=True)["digests"] == {"object": swift_ring.UNWRITTEN}
    done = run([1, 2, 3])
    assert run([1, 2, 3], check=True)["digests"] == done["digests"]
