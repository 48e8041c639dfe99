"""A zip's members with their checksums compared, none left out."""

from __future__ import annotations

import io
import struct
import zipfile

END = b"PK\x05\x06"


def names(data: bytes) -> list[str]:
    """What the directory lists, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.namelist()


def members(data: bytes, packed: bool = True) -> dict[str, bytes]:
    """Each is read to its end: only then does zipfile compare its checksum.

    Nor does zipfile compare the number of members: one flipped bit in the directory can hide one (as its neighbour's comment).
    Without `packed` members must be stored as they are, so that a small file cannot unpack to more than memory holds.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        listed = archive.namelist()
        _refuse_bombs(archive.infolist(), len(data), packed)
        (count,) = struct.unpack_from("<H", data, data.rfind(END) + 10)
        # 65535 and more are counted elsewhere (zip64).
        if count != min(len(listed), 0xFFFF) or len(set(listed)) != len(listed):
            raise ValueError(f"the directory lists {len(listed)} members, and says {count}")
        return {name: archive.read(name) for name in listed}


def _refuse_bombs(listed: list[zipfile.ZipInfo], size: int, packed: bool) -> None:
    if sum(member.compress_size for member in listed) > size:
        raise ValueError("its members take more than the whole file: they overlap")
    if not packed and any(member.compress_type != zipfile.ZIP_STORED for member in listed):
        raise ValueError("its members are packed, which PyTorch never writes")
