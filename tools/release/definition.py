"""The definition of a series (releases/<series>/) and where its builds lie in the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from module_utils.corbel.release import ReleaseError, definition_contents, release_id

CHECKOUT = Path(__file__).resolve().parents[2]
RELEASES = CHECKOUT / "releases"


def cache_dir() -> Path:
    """Give the folder that outlives a checkout: $CORBEL_CACHE or ~/.cache/corbel."""
    return Path(os.environ.get("CORBEL_CACHE") or Path.home() / ".cache" / "corbel").resolve()


def output_dir(identifier: str) -> Path:
    """Give the folder in which a finished build lies."""
    return cache_dir() / "releases" / identifier


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Replace the placeholders in every text of a nested value."""
    if isinstance(value, str):
        for word, meaning in words.items():
            value = value.replace("{" + word + "}", meaning)
        return value
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, words) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class Series:
    """One folder of releases/, read."""

    folder: Path
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The series, such as 2026.1."""
        return str(self.data["series"])

    @cached_property
    def identifier(self) -> str:
        """The id of the release that this folder described when it was first asked."""
        return release_id(self.name, definition_contents(self.folder))

    @property
    def suite(self) -> str:
        """The code name of the Debian release that the roots are made of."""
        return str(self.data["hosts"][0]["codename"])

    def smoke(self) -> dict[str, Any]:
        """What a build must be able to do before it is accepted."""
        loaded = yaml.safe_load((self.folder / "smoke.yml").read_text(encoding="utf-8"))
        return dict(loaded)


def known_series() -> list[str]:
    """Give the names of all series that are defined."""
    return sorted(path.parent.name for path in RELEASES.glob("*/release.yml"))


def load_series(name: str) -> Series:
    """Read releases/<name>/release.yml."""
    folder = RELEASES / name
    if not (folder / "release.yml").exists():
        raise ReleaseError(f"unknown series {name}: releases/ defines {', '.join(known_series()) or 'none'}")
    data = yaml.safe_load((folder / "release.yml").read_text(encoding="utf-8"))
    if str(data.get("series")) != name:
        raise ReleaseError(f"{folder / 'release.yml'} says series {data.get('series')!r}, its folder says {name!r}")
    return Series(folder, data)
