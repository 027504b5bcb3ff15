"""One process at a time changes a host. What a killed run left at work there, the next run waits for."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LOCK = Path("/run/corbel/lock")
# The longest step, that of a schema or of a release, takes minutes on a slow host.
SECONDS = 1800.0


class BusyError(Exception):
    """Something has been changing the host for too long."""


@contextlib.contextmanager
def locked(
    path: Path | None = None,
    timeout: float = SECONDS,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Hold the lock of the host; the kernel frees it when the process ends, however that is."""
    path = path or LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        end = clock() + timeout
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if clock() > end:
                    raise BusyError(
                        f"another run has been changing this host for over {timeout:g} s (it holds {path}); "
                        "wait for it to end and run again"
                    ) from error
                sleep(0.2)
        yield
    finally:
        os.close(handle)
