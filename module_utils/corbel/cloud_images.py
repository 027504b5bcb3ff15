# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Images: the file that is wanted compared by digest with what the image service holds."""

from __future__ import annotations

import hashlib
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from ansible.module_utils.corbel.cloud_api import CloudError
from ansible.module_utils.corbel.cloud_kinds import Kind
from ansible.module_utils.corbel.cloud_plan import Change, Item, unique

# Left on every image made here: tells what a download was, without downloading it again.
DIGEST = "corbel_sha256"
BASE = ("disk_format", "container_format", "min_disk", "min_ram", "visibility", "protected")
REFERENCES = {"kernel": "kernel_id", "ramdisk": "ramdisk_id"}


class Images(Kind):
    kind = "image"
    fixed = frozenset({"digest", "disk_format", "container_format"})

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sources: dict[str, Item] = {}
        self.interrupted: list[str] = []

    def read(self, items: list[Item]) -> None:
        found = self.existing(items)
        # A shown image always holds its bytes: it is uploaded hidden, so a hidden one without bytes is a broken upload.
        self.interrupted = [entry["id"] for entry in found if entry["raw"].get("os_hidden") and not entry["active"]]
        shown = [entry for entry in found if not entry["raw"].get("os_hidden")]
        self.state.found[self.kind] = unique(self.kind, shown)
        for entry in shown:
            for option, field in REFERENCES.items():
                entry[option] = self.state.name(self.kind, entry["raw"].get(field))

    def existing(self, items: list[Item]) -> list[Item]:
        names = ",".join(f'"{item["name"]}"' for item in items)
        raws: list[dict[str, Any]] = []
        for hidden in ("false", "true"):
            query = f"/images?owner={self.api.project_id}&os_hidden={hidden}&limit=200&name=in:{names}"
            raws += self.api.items("image", query, "images")
        return [
            {
                "id": raw["id"],
                "name": raw["name"],
                "active": raw.get("status") == "active",
                "properties": raw,
                "raw": raw,
                **{option: raw.get(option) for option in BASE},
            }
            for raw in raws
        ]

    def plan(self, items: list[Item]) -> list[Change]:
        changes: list[Change] = []
        for item in sorted(items, key=needs_others):
            found = self.state.get(self.kind, item["name"]) or {}
            remade = {change.name for change in changes}
            # An image made anew has another identifier, which those that refer to it must learn.
            found.update({option: None for option in REFERENCES if found.get(option) in remade})
            changes += super().plan([self.with_digest(item)])
        return changes

    def with_digest(self, item: Item) -> Item:
        """Return the item with the digest its bytes should have, by the algorithm the image service used."""
        self.sources[item["name"]] = {key: item.get(key) for key in ("file", "url", "sha256")}
        if item.get("state", "present") == "absent":
            return item
        found = self.state.get(self.kind, item["name"])
        algorithm = (found or {}).get("raw", {}).get("os_hash_algo")
        if item.get("file"):
            digest = file_digest(item["file"], algorithm or "sha256")
            have = (found or {}).get("raw", {}).get("os_hash_value")
            if item.get("sha256") and file_digest(item["file"], "sha256") != item["sha256"]:
                raise CloudError(
                    f"{item['file']} of image {item['name']} has not the sha256 {item['sha256']} given for it"
                )
        else:
            digest = item["sha256"]
            have = (found or {}).get("raw", {}).get(DIGEST)
        if found is not None:
            found["digest"] = have if found["active"] else "upload never finished"
        return {**item, "digest": digest}

    def apply(self, change: Change) -> None:
        while self.interrupted:
            self.delete(self.interrupted.pop())
        if change.action != "replace":
            super().apply(change)
            return
        old = self.state.id(self.kind, change.name)
        usable = (self.state.get(self.kind, change.name) or {}).get("active")
        identifier = self.upload(change.name, change.after)
        if usable:
            # Servers made from it may still need its bytes.
            self.patch(old, [{"op": "replace", "path": "/os_hidden", "value": True}])
        else:
            self.delete(old)
        self.show(identifier)
        self.state.put(self.kind, change.name, {**change.after, "id": identifier, "name": change.name})

    def create(self, name: str, wanted: Item) -> str:
        identifier = self.upload(name, wanted)
        self.show(identifier)
        return identifier

    def upload(self, name: str, wanted: Item) -> str:
        """Make a hidden image and send its bytes."""
        with open_source(self.sources[name]) as source:
            digest = stream_digest(source, "sha256")
            expected = self.sources[name].get("sha256")
            if expected and digest != expected:
                raise CloudError(
                    f"the bytes of image {name} have sha256 {digest}, expected {expected}; correct sha256 or the source"
                )
            source.seek(0)
            body = {key: wanted[key] for key in BASE if wanted.get(key) is not None}
            body |= {key: str(value) for key, value in properties(wanted).items()}
            body |= self.references(wanted)
            body |= {"name": name, "os_hidden": True, DIGEST: digest}
            identifier = str(self.api.call("image", "POST", "/images", body)["id"])
            self.api.upload(f"/images/{identifier}/file", source)
        return identifier

    def update(self, identifier: str, change: Change) -> None:
        raw = (self.state.get(self.kind, change.name) or {}).get("raw", {})
        wanted = {key: value for key, value in change.after.items() if key in BASE}
        wanted |= {key: str(value) for key, value in properties(change.after).items()}
        wanted |= self.references(change.after)
        self.patch(
            identifier,
            [
                {"op": "replace" if key in raw else "add", "path": f"/{key}", "value": value}
                for key, value in wanted.items()
            ],
        )

    def references(self, options: Item) -> dict[str, str]:
        """Return the identifiers of the images that an image is started with."""
        named = {field: options.get(option) for option, field in REFERENCES.items()}
        return {field: self.state.id(self.kind, name) for field, name in named.items() if name}

    def show(self, identifier: str) -> None:
        self.patch(identifier, [{"op": "replace", "path": "/os_hidden", "value": False}])

    def patch(self, identifier: str, operations: list[dict[str, Any]]) -> None:
        self.api.call("image", "PATCH", f"/images/{identifier}", operations)

    def delete(self, identifier: str) -> None:
        self.api.call("image", "DELETE", f"/images/{identifier}")


def properties(options: Item) -> Item:
    """Return the extra properties to set; what comes from the image service itself is not one."""
    given = options.get("properties") or {}
    return {} if "os_hash_algo" in given else given


def needs_others(item: Item) -> bool:
    """Tell whether an image refers to others, which must be there first."""
    return bool(item.get("kernel") or item.get("ramdisk"))


def stream_digest(source: IO[bytes], algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    while block := source.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def file_digest(path: str, algorithm: str) -> str:
    try:
        with Path(path).open("rb") as source:
            return stream_digest(source, algorithm)
    except OSError as error:
        raise CloudError(
            f"the image file {path} cannot be read ({error.strerror}); correct `file` in first_resources_images"
        ) from error


def open_source(source: Item) -> IO[bytes]:
    """Return the bytes of an image as a file that can be read twice."""
    if source.get("file"):
        return Path(source["file"]).open("rb")
    url = str(source.get("url"))
    if not url.startswith(("https://", "http://")):
        raise CloudError(f"found {url} as the source of an image, expected a file or an http(s) URL with its sha256")
    copy = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  the scheme was checked above
            while block := answer.read(1 << 20):
                copy.write(block)
    except (urllib.error.URLError, OSError) as error:
        copy.close()
        raise CloudError(f"{url} could not be downloaded: {error}") from error
    copy.seek(0)
    return copy
