"""What a host holds of each authority, what it should hold, and why it differs. Runs on the controlling machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import certificate_authority as ca
from ansible.module_utils.corbel.host_certificate import MAIN, Place
from ansible.module_utils.corbel.plan_change import Change, told

MISSING = "there is none"


@dataclass(frozen=True)
class Wanted:
    """An authority that a host knows, and whether it holds a certificate of it."""

    name: str
    folder: Path
    common_name: str
    group: str
    holder: bool

    @property
    def certificate(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def key(self) -> Path:
        return self.folder / "ca.key"

    def place(self, **more: str) -> dict[str, Any]:
        """The host's side of it."""
        return {"name": self.name, "group": self.group, "holder": self.holder, **more}


@dataclass
class Judgement:
    """What is to be done for one authority on one host."""

    wanted: Wanted
    there: Mapping[str, Any]
    authority: str = ""
    reason: str = ""
    others: bool = False
    issued: str = field(default="", repr=False)

    @property
    def due(self) -> bool:
        return bool(self.reason or self.others)


def wanted_of(arguments: Mapping[str, Any]) -> list[Wanted]:
    """The cloud's authority, which every host holds a certificate of, then those for one purpose."""
    main = {**arguments, "name": MAIN, "holder": True}
    found = [
        Wanted(
            item["name"], Path(item["authority_directory"]), item["authority_name"], item["group"], bool(item["holder"])
        )
        for item in (main, *arguments["further"])
    ]
    for what in ("name", "folder"):
        values = [str(getattr(item, what)) for item in found]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ca.CertificateError(f"found {what} {twice[0]} twice, expected another one for each of 'further'")
    return found


def judge(wanted: Wanted, there: Mapping[str, Any], authority: str, names: Iterable[str], renew_days: int) -> Judgement:
    """Compare what a host holds with what it should; an empty authority is one that is not made yet."""
    if not authority:
        return Judgement(wanted, there, "", MISSING if wanted.holder else "", True)
    reason = ""
    if wanted.holder:
        loaded = ca.load_certificate(authority, str(wanted.certificate))
        held = ca.Held(there["certificate"], there["public_key"], ca.utc_now())
        reason = ca.reason_to_issue(held, loaded, names, renew_days)
    others = there["authority"] != authority or not there["trusted"] or bool(there["attributes"])
    return Judgement(wanted, there, authority, reason, others)


def outcome(judged: list[Judgement], names: Iterable[str], made: Iterable[Wanted] = ()) -> dict[str, Any]:
    """The result of the task; `made` are the authorities that it makes."""
    reasons = [
        # What concerns the cloud's authority needs no name.
        item.reason if item.wanted.name == MAIN else f"{item.wanted.name}: {item.reason}"
        for item in judged
        if item.reason
    ]
    changes = [Change("authority", item.common_name, "create", f"in {item.folder}") for item in made]
    changes += [Change("certificate", item.wanted.name, *_action(item)) for item in judged if item.due]
    header = ", ".join(f"{item.wanted.name}.pem" for item in judged)
    return {
        "changed": any(item.due for item in judged),
        "reason": "; ".join(reasons),
        "diff": {
            "before": "".join(_before(item) for item in judged),
            "after": "".join(_after(item, names) for item in judged),
            "before_header": header,
            "after_header": header,
        },
        **told(changes),
    }


def changed_files(judged: Iterable[Judgement], directory: str) -> list[str]:
    """The files on the host that are, or in check mode would be, written anew: services watch them."""
    places = [(item, Place(Path(directory), item.wanted.group, item.wanted.name)) for item in judged if item.due]
    own = [str(place.certificate) for item, place in places if item.reason]
    return own + [str(place.authority) for item, place in places if item.others]


def _action(item: Judgement) -> tuple[str, str]:
    """What the plan says happens, and why."""
    return ("issue", item.reason) if item.reason else ("change", "which authority the host trusts")


def _before(item: Judgement) -> str:
    lines = "".join(f"{line}\n" for line in item.there["attributes"])
    return _described(item, item.there["authority"], _describe(item.there["certificate"])) + lines


def _after(item: Judgement, names: Iterable[str]) -> str:
    if not item.wanted.holder:
        return _described(item, item.authority, "")
    planned = "names: " + ", ".join(sorted(names)) + "\n" if item.reason else _describe(item.there["certificate"])
    return _described(item, item.authority, _describe(item.issued) if item.issued else planned)


def _described(item: Judgement, authority: str, certificate: str) -> str:
    """The lines of one authority: of those for one purpose, also which one the host knows."""
    if item.wanted.name == MAIN:
        return certificate
    try:
        serial = f"{ca.load_certificate(authority, 'ca.pem').serial_number:x}"
    except ca.CertificateError:
        serial = "none"
    return f"{item.wanted.name}: authority {serial}\n{certificate}"


def _describe(text: str) -> str:
    try:
        certificate = ca.load_certificate(text, "host.pem")
    except ca.CertificateError:
        return ""
    names = ", ".join(sorted(ca.names_of(certificate)))
    return f"names: {names}\nvalid until: {certificate.not_valid_after_utc:%Y-%m-%d}\n"
