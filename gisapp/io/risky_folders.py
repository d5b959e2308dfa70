"""Folders where a database file is less safe: on other machines."""

from __future__ import annotations

import re
from pathlib import Path

NETWORK_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs"}
NETWORK_SYSTEMS |= {"fuse.sshfs", "fuse.rclone", "fuse.davfs", "davfs", "virtiofs", "drvfs"}


def is_risky_folder(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether the folder lies on a network file system. False where the system does not say."""
    text = str(path.resolve())
    if text.startswith("\\\\"):
        return True
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    longest, kind = "", ""
    for line in lines:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), parts[1])
        inside = text == place or text.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(longest):
            longest, kind = place, parts[2]
    return kind in NETWORK_SYSTEMS
