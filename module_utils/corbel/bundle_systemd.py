"""systemd: the state of units, read in one call, and what a unit's file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host

PROPERTIES = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "NeedDaemonReload",
    "MainPID",
    "Type",
    "NRestarts",
    "Result",
    "ExecMainStatus",
    "ConditionResult",
    "ConditionTimestampMonotonic",
    "Job",
    "Triggers",
)
SETTLING_TYPES = ("simple", "exec", "idle", "forking")


@dataclass(frozen=True)
class UnitState:
    """What systemd says of a unit."""

    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    file: str = ""
    need_reload: bool = False
    pid: int = 0
    type: str = ""
    restarts: int = 0
    result: str = "success"
    status: int = 0
    condition: bool = True
    checked: bool = False
    job: bool = False
    triggers: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether the unit does its work."""
        return self.active in ("active", "reloading", "refreshing")

    @property
    def moving(self) -> bool:
        """Whether the unit is on its way to another state."""
        return self.active in ("activating", "deactivating", "maintenance")

    @property
    def settled(self) -> bool:
        """Whether the unit is where it should be and nothing is queued for it."""
        return not self.job and (self.running or self.finished)

    @property
    def finished(self) -> bool:
        """Whether the unit ended as a one-off job does, or was skipped because its conditions do not hold."""
        if self.active != "inactive":
            return False
        return (self.checked and not self.condition) or (self.type == "oneshot" and self.result == "success")

    def describe(self) -> str:
        """Say it in a message."""
        count = f", {self.restarts} automatic restarts" if self.restarts else ""
        return f"{self._outline()}{count})"

    def lasting(self) -> str:
        """Say it in a plan, without what changes from one look to the next while a unit starts and dies."""
        return self.active if self.moving else f"{self._outline()})"

    def _outline(self) -> str:
        detail = f"{self.active} ({self.sub}"
        if self.result not in ("", "success"):
            detail += f", {self.result}" + (f", status {self.status}" if self.status else "")
        return detail


def parse_show(text: str, names: Sequence[str]) -> dict[str, UnitState]:
    """Read the answer of `systemctl show`: one block per unit, in the order asked."""
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    if len(blocks) != len(names):
        raise BundleError(
            f"systemctl show answered for {len(blocks)} units, {len(names)} were expected ({', '.join(names)}); "
            "check the unit names"
        )
    return {name: _state(block) for name, block in zip(names, blocks, strict=True)}


def _state(block: str) -> UnitState:
    values: dict[str, str] = {}
    for line in block.splitlines():
        key, _, value = line.partition("=")
        values[key] = value
    return UnitState(
        load=values.get("LoadState", "not-found"),
        active=values.get("ActiveState", "inactive"),
        sub=values.get("SubState", "dead"),
        file=values.get("UnitFileState", ""),
        need_reload=values.get("NeedDaemonReload") == "yes",
        pid=_number(values, "MainPID"),
        type=values.get("Type", ""),
        restarts=_number(values, "NRestarts"),
        result=values.get("Result", "success"),
        status=_number(values, "ExecMainStatus"),
        condition=values.get("ConditionResult", "yes") == "yes",
        checked=_number(values, "ConditionTimestampMonotonic") > 0,
        job=_number(values, "Job") > 0,
        triggers=tuple(values.get("Triggers", "").split()),
    )


def _number(values: Mapping[str, str], key: str) -> int:
    text = values.get(key, "0")
    return int(text) if text.isdigit() else 0


def show(host: Host, names: Sequence[str]) -> dict[str, UnitState]:
    """Ask systemd about all units at once. Template units have no state."""
    names = [name for name in dict.fromkeys(names) if "@." not in name]
    if not names:
        return {}
    command = ["systemctl", "show", "--no-pager", f"--property={','.join(PROPERTIES)}", "--", *names]
    done = host.must(command, "the host must run systemd; check 'systemctl status' there")
    return parse_show(done.out, names)


def install_links(name: str, content: str) -> frozenset[str] | None:
    """Name the links below /etc/systemd/system that enabling a unit makes; None if only systemd can tell."""
    lines = content.splitlines()
    starts = [number for number, line in enumerate(lines) if line.strip() == "[Install]"]
    links: set[str] = set()
    for start in starts:
        for line in lines[start + 1 :]:
            if line.startswith("["):
                break
            key, separator, value = line.partition("=")
            if not separator or line.lstrip().startswith(("#", ";")):
                continue
            if "%" in value or value.endswith("\\") or key.strip() in ("Also", "DefaultInstance"):
                return None
            links |= {_link(key.strip(), target, name) for target in value.split()}
    return frozenset(links - {""})


def _link(key: str, target: str, name: str) -> str:
    folders = {"WantedBy": "wants", "RequiredBy": "requires", "UpheldBy": "upholds"}
    if key == "Alias":
        return target
    return f"{target}.{folders[key]}/{name}" if key in folders else ""
