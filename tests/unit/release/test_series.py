"""Every series in releases/ holds together: locks, constraints, environments and smoke test."""

import re

import pytest

from module_utils.corbel.release import definition_contents
from tools.release.definition import RELEASES, known_series, load_series
from tools.release.lock import effective_constraints, normalise, pinned


@pytest.fixture(params=known_series())
def series(request):
    return load_series(request.param)


def text(series, name):
    return (series.folder / name).read_text(encoding="utf-8")


def test_some_series_is_defined():
    assert known_series()


@pytest.mark.parametrize("name", ["build.lock", "index.lock"])
def test_every_locked_package_has_a_hash(series, name):
    blocks = re.split(
        r"\n(?=[A-Za-z0-9])", "\n" + "\n".join(x for x in text(series, name).splitlines() if x[:1] != "#")
    )
    packages = [block for block in blocks if block.strip()]
    assert packages
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_lock_keeps_to_the_constraints(series):
    constraints = pinned(effective_constraints(text(series, "constraints.txt"), text(series, "overrides.txt")))
    locked = pinned(text(series, "index.lock"))
    assert {name: version for name, version in locked.items() if constraints.get(name, version) != version} == {}


def test_environments_are_cut_from_the_lock(series):
    locked = pinned(text(series, "index.lock"))
    for name, environment in series.data["environments"].items():
        missing = [item for item in environment["requirements"] if normalise(item.partition("[")[0]) not in locked]
        assert not missing, f"environment {name}: {missing} stand in no line of index.lock"


def test_every_environment_is_tried_before_it_is_accepted(series):
    entries = series.smoke()["environments"]
    assert set(entries) == set(series.data["environments"])
    assert all(entry["programs"] for entry in entries.values())


def test_series_that_upgrades_name_their_sources(series):
    assert series.name not in series.data["upgrades_from"]


def test_only_definition_and_locks_decide_the_id(series):
    assert set(definition_contents(RELEASES / series.name)) == {"release.yml", "build.lock", "index.lock"}
