"""Rings as tests declare and find them, and a stand-in for Swift's builder that places partitions in turn."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel.ring_model import Device, Held, Ring, Spec


def device(number: int, **changes: Any) -> Device:
    """The device of host `number`."""
    values = {
        "region": 1,
        "zone": number,
        "ip": f"192.0.2.{number}",
        "port": 6200,
        "replication_ip": f"192.0.2.{number}",
        "replication_port": 6200,
        "device": "d1",
        "weight": 100.0,
    }
    return Device(**{**values, **changes})


def held(number: int, **changes: Any) -> Held:
    """The same as a builder file holds it."""
    base = device(
        number, **{key: value for key, value in changes.items() if key not in ("id", "parts", "parts_wanted")}
    )
    more = {"id": number, "parts": 96, "parts_wanted": 0, **changes}
    return Held(**vars(base), **{key: more[key] for key in ("id", "parts", "parts_wanted")})


def spec(*devices: Device, **changes: Any) -> Spec:
    """A ring as declared; four hosts where none are given."""
    values: dict[str, Any] = {"name": "object", "part_power": 7, "replicas": 3.0, "min_part_hours": 1, "overload": 0.1}
    return Spec(**{**values, "devices": devices or tuple(map(device, range(1, 5))), **changes})


def ring(*devices: Held, **changes: Any) -> Ring:
    """A ring as a builder file holds it; four hosts where none are given."""
    values: dict[str, Any] = {"part_power": 7, "replicas": 3.0, "min_part_hours": 1, "overload": 0.1}
    return Ring(**{**values, "devices": devices or tuple(map(held, range(1, 5))), **changes})


class RingBuilderError(Exception):
    """What Swift raises."""


class StandIn:
    """As much of a builder as the module uses. A rebalance gives partitions to the next devices that have a weight."""

    def __init__(self, part_power: int, replicas: float, min_part_hours: int) -> None:
        self.part_power, self.replicas, self.min_part_hours = part_power, replicas, min_part_hours
        self.parts = 2**part_power
        self.overload, self.dispersion, self.version = 0.0, 0.0, 0
        self.next_part_power = None
        self.devs: list[dict[str, Any] | None] = []
        self._remove_devs: list[dict[str, Any]] = []
        self._replica2part2dev: list[list[int]] = []
        self._ring = None
        self.moved_at = 0.0
        self.seeds: list[str] = []

    @property
    def ever_rebalanced(self) -> bool:
        return bool(self._replica2part2dev)

    @property
    def min_part_seconds_left(self) -> int:
        return max(0, int(self.moved_at + self.min_part_hours * 3600 - time.time()))

    def change_min_part_hours(self, value: int) -> None:
        self.min_part_hours = value

    def set_overload(self, value: float) -> None:
        self.overload = value

    def set_replicas(self, value: float) -> None:
        self.replicas = value

    def add_dev(self, dev: dict[str, Any]) -> None:
        self.devs.append({**dev, "id": len(self.devs), "parts": 0, "parts_wanted": 0})
        self.version += 1

    def set_dev_weight(self, number: int, value: float) -> None:
        self.devs[number]["weight"] = value  # type: ignore[index]
        self.version += 1

    def set_dev_zone(self, number: int, value: int) -> None:
        self.devs[number]["zone"] = value  # type: ignore[index]

    def remove_dev(self, number: int) -> None:
        self.devs[number]["weight"] = 0  # type: ignore[index]
        self._remove_devs.append(self.devs[number])  # type: ignore[arg-type]

    def rebalance(self, seed: str) -> None:
        self.seeds.append(seed)
        for gone in self._remove_devs:
            self.devs[gone["id"]] = None
        self._remove_devs = []
        able = [dev["id"] for dev in self.devs if dev and dev["weight"] > 0]
        if len(able) < self.replicas:
            raise RingBuilderError("too few devices")
        count = int(self.replicas)
        table = self._replica2part2dev or [[-1] * self.parts for _ in range(count)]
        for part in range(self.parts):
            here = [row[part] for row in table]
            for row in table:
                if row[part] not in able:
                    row[part] = next(one for one in able[part % len(able) :] + able if one not in here)
                    here.append(row[part])
        self._replica2part2dev = table
        for dev in self.devs:
            if dev:
                dev["parts"] = sum(row.count(dev["id"]) for row in table)
        self.moved_at = time.time()
        self.version += 1

    def validate(self) -> None:
        pass

    def get_balance(self) -> float:
        return 0.0

    def save(self, path: str) -> None:
        Path(path).write_bytes(pickle.dumps(self))

    @classmethod
    def load(cls, path: str) -> Any:
        return pickle.loads(Path(path).read_bytes())  # noqa: S301 - written by the test itself

    def get_ring(self) -> Any:
        return RingData(self.version)


class RingData:
    """As much of a ring file as the module uses."""

    def __init__(self, version: int) -> None:
        self.version = version

    def save(self, path: str) -> None:
        Path(path).write_text(str(self.version))

    @classmethod
    def load(cls, path: str, metadata_only: bool) -> Any:
        return cls(int(Path(path).read_text()))
