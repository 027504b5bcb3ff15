"""Writes the options that a release's services read (releases/<series>/options.json.gz), asked of the built programs.

The lists are kept with the release's definition, so that an inventory can be checked where no release was built.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from module_utils.corbel.release import ReleaseError, archive_name, release_root
from tools.release import chroot
from tools.release.definition import Series, cache_dir, output_dir
from tools.release.exclusive import alone, empty

INSIDE = Path(__file__).with_name("options_inside.py")
LIST, SETS = "options.json.gz", "options.yml"


def sources_digest(folder: Path) -> str:
    """Give a digest of what decides the lists, by which a test knows that they are out of date."""
    digest = hashlib.sha256()
    for name in (SETS, "index.lock"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def orders(definition: dict[str, Any]) -> dict[str, Any]:
    """Give what the inner side has to do."""
    common = definition.get("common", [])
    return {
        name: {"namespaces": [*one["namespaces"], *(other for other in common if other not in one["namespaces"])]}
        for name, one in definition["sets"].items()
    }


def assemble(definition: dict[str, Any], sets: dict[str, Any]) -> dict[str, Any]:
    """Give the content of the list: each set with the files that it is for, what is alike written once."""
    forms: list[Any] = []
    places: dict[str, int] = {}

    def place(form: Any) -> int:
        text = json.dumps(form, sort_keys=True)
        if text not in places:
            places[text] = len(forms)
            forms.append(form)
        return places[text]

    made = {}
    for name, found in sorted(sets.items()):
        one = definition["sets"][name]
        sections = {
            section: {option: place(form) for option, form in sorted(options.items())}
            for section, options in sorted(found["sections"].items())
        }
        kept = {key: one[key] for key in ("files", "like", "backends") if key in one}
        made[name] = {**kept, "sections": sections, "deprecated": found["deprecated"]}
    return {"forms": forms, "sets": made}


def packed(content: dict[str, Any]) -> bytes:
    """Give the bytes of the file, the same for the same content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def definition(series: Series) -> dict[str, Any]:
    """Read which lists belong to which file."""
    return dict(yaml.safe_load((series.folder / SETS).read_text(encoding="utf-8")))


def write(series: Series, unpacked: Path | None = None) -> Path:
    """Ask the built environment and write the list; `unpacked` is where it lies, else its archive is unpacked."""
    asked = definition(series)
    name = asked["environment"]
    archive = output_dir(series.identifier) / archive_name(series.identifier, name)
    if not unpacked and not archive.exists():
        raise ReleaseError(f"{archive} is not there: build it with: python -m tools.release build {series.name} {name}")
    root = chroot.make_root(cache_dir(), series.suite, series.data["build"]["debian_packages"])
    work = cache_dir() / "build" / f"{series.identifier}-options"
    environment = f"{release_root(series.identifier)}/{name}"
    with alone(work):
        empty(work)
        shutil.copy2(INSIDE, work / INSIDE.name)
        if not unpacked:
            unpacked = work / "opt"
            (unpacked / "releases" / series.identifier).mkdir(parents=True)
            binds = [chroot.Bind(unpacked, "/opt/corbel"), chroot.Bind(archive.parent, "/cache", writable=False)]
            command = ["unsquashfs", "-quiet", "-no-progress", "-dest", environment, f"/cache/{archive.name}"]
            chroot.run(root, command, binds=binds, network=False)
        output = chroot.run(
            root,
            [f"{environment}/bin/python", f"/build/{INSIDE.name}"],
            binds=[chroot.Bind(work, "/build"), chroot.Bind(unpacked, "/opt/corbel", writable=False)],
            network=False,
            stdin=json.dumps(orders(asked)),
        )
    shutil.rmtree(work)
    path = series.folder / LIST
    content = assemble(asked, json.loads(output.splitlines()[-1]))
    path.write_bytes(packed({"made_from": sources_digest(series.folder), **content}))
    return path
