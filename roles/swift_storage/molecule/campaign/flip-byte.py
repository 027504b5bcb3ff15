"""Flips a byte in the middle of a stored copy or fragment of a policy and tells where, and what was there."""

import hashlib
import json
import sys
from pathlib import Path

stored = sorted(Path("/srv/node/d1", sys.argv[1]).glob("*/*/*/*.data"))
path = next(one for one in stored if one.stat().st_size > 1000)
content = bytearray(path.read_bytes())
whole = hashlib.sha256(content).hexdigest()
content[len(content) // 2] ^= 0xFF
# In place: the inode keeps its attributes, as it would on a disk that goes bad.
with path.open("r+b") as file:
    file.write(content)
print(json.dumps({"path": str(path), "digest": whole}))
