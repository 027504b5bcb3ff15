"""Flips a byte in the middle of a stored copy and tells where, and what the copy was."""

import hashlib
import json
from pathlib import Path

path = next(one for one in sorted(Path("/srv/node/d1/objects").glob("*/*/*/*.data")) if one.stat().st_size > 1000)
content = bytearray(path.read_bytes())
whole = hashlib.sha256(content).hexdigest()
content[len(content) // 2] ^= 0xFF
# In place: the inode keeps its attributes, as it would on a disk that goes bad.
with path.open("r+b") as file:
    file.write(content)
print(json.dumps({"path": str(path), "digest": whole}))
