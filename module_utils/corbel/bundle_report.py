"""What a run tells: results and differences, without a secret in them."""

from __future__ import annotations

import errno
from dataclasses import asdict
from typing import Any

from ansible.module_utils.corbel import bundle_accounts, bundle_changes
from ansible.module_utils.corbel.bundle_apply import Outcome
from ansible.module_utils.corbel.bundle_mask import masked
from ansible.module_utils.corbel.bundle_plan import Step
from ansible.module_utils.corbel.bundle_spec import Directory, File
from ansible.module_utils.corbel.bundle_tree import Entry
from ansible.module_utils.corbel.plan_change import BOOKS, Change, told

# Steps of the module's own keeping, which say nothing of the service.
QUIET = ("record", "digest", "forget", "test")
REMOVING = ("remove", "rmdir", "purge")
HIDDEN = "(content hidden)\n"
CHANGED_HIDDEN = "(content changed, hidden)\n"
LARGEST = 100_000


def result(outcome: Outcome) -> dict[str, Any]:
    """Give the return values of the module."""
    steps = outcome.steps
    return {
        "changed": outcome.changed,
        "pending_units": [asdict(item) for item in outcome.pending],
        "acted_units": [asdict(item) for item in outcome.acted],
        "changed_files": [step.target for step in steps if step.kind in ("write", "mend", "mkdir")],
        "removed_files": [step.target for step in steps if step.kind in REMOVING],
        "steps": [step.says for step in steps],
        "bookkeeping": [step.says for step in steps if step.kind in QUIET],
        **told(changes(outcome)),
    }


def sentences(outcome: Outcome) -> list[str]:
    """Give what was done, and what is left to do, as sentences for the journal."""
    done = [step.says for step in outcome.steps if step.kind not in QUIET]
    done += [f"{item.action} {item.name}: {item.reason}" for item in outcome.acted]
    return done + [f"left to do: {item.action} {item.name}" for item in outcome.pending]


def changes(outcome: Outcome) -> list[Change]:
    """Name what changes on the host; units that are left to do are told by whoever does them."""
    found = bundle_changes.changes(outcome.steps, outcome.acted, outcome.before)
    if outcome.steps and not found and not outcome.pending:
        found.append(Change(*BOOKS, outcome.steps[-1].says))
    return found


def explain(error: Exception) -> str:
    """Say what went wrong and what mends it."""
    if not isinstance(error, OSError):
        return str(error)
    fixes = {
        errno.EACCES: "root is expected to run this; add 'become: true'",
        errno.EPERM: "root is expected to run this; add 'become: true'",
        errno.ENOSPC: "make room on the host's disk",
        errno.EROFS: "the file system is expected to be writable; see the kernel's messages on the host",
    }
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    return f"{what}; {fixes.get(error.errno or 0, 'see the host, mend that')}, and run again"


def differences(outcome: Outcome) -> list[dict[str, str]]:
    """Give before and after of each file, and one list of everything else."""
    diffs = []
    rest = []
    for step in outcome.steps:
        if step.kind in ("write", "mend", "mkdir"):
            diffs.append(_difference(step, outcome))
        elif step.kind in REMOVING:
            diffs.append(_removal(step, outcome))
        elif step.kind not in QUIET:
            rest.append(step.says)
    rest += [f"{item.action} {item.name}: {item.reason}" for item in outcome.acted]
    rest += [f"left to do: {item.action} {item.name}: {item.reason}" for item in outcome.pending]
    if rest:
        diffs.append({"prepared": "".join(f"{line}\n" for line in rest)})
    return diffs


def _difference(step: Step, outcome: Outcome) -> dict[str, str]:
    item: File | Directory = step.item
    entry = outcome.before.entries.get(step.target)
    after = _about(item.owner, item.group, item.mode)
    before = "" if entry is None else _about(*_names(entry, outcome), entry.mode)
    if isinstance(item, File):
        old, new = _texts(item, entry)
        before, after = before + old, after + new
    return {"before_header": step.target, "after_header": step.target, "before": before, "after": after}


def _texts(file: File, entry: Entry | None) -> tuple[str, str]:
    if file.secret:
        shown = masked(file.path, _old_text(entry), _text(file.content))
        if shown:
            return shown
        same = entry is not None and entry.content == file.content
        return ("" if entry is None else HIDDEN), (HIDDEN if same else CHANGED_HIDDEN)
    if entry is None:
        return "", _text(file.content)
    if entry.kind != "file":
        return f"({entry.kind} {(entry.content or b'').decode(errors='replace')})\n", _text(file.content)
    return _text(entry.content or b""), _text(file.content)


def _old_text(entry: Entry | None) -> str:
    return _text(entry.content or b"") if entry and entry.kind == "file" else ""


def _removal(step: Step, outcome: Outcome) -> dict[str, str]:
    """The record alone knows whether a file that goes held secrets; when in doubt nothing is shown."""
    entry = outcome.before.entries.get(step.target)
    record = outcome.before.record
    known = record.files.get(step.target) if record else None
    shown = step.target.startswith("/etc/systemd/") or (known is not None and not known.secret)
    text = _text(entry.content or b"") if entry and shown and entry.kind == "file" else HIDDEN
    return {"before_header": step.target, "after_header": "/dev/null", "before": text, "after": ""}


def _about(owner: str, group: str, mode: int) -> str:
    return f"# {owner}:{group} {mode:04o}\n"


def _names(entry: Entry, outcome: Outcome) -> tuple[str, str]:
    accounts: bundle_accounts.Accounts = outcome.before.accounts
    owner = next((name for name, user in accounts.users.items() if user.uid == entry.uid), str(entry.uid))
    group = next((name for name, gid in accounts.groups.items() if gid == entry.gid), str(entry.gid))
    return owner, group


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "(binary)\n"
    return text if len(text) <= LARGEST else f"(too large to show, {len(text)} characters)\n"
