"""Keys of the embedded installation: made on first use beside the database, readable by the owner alone."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def kept_key(folder: Path, name: str) -> str:
    """The key kept in `folder/name`, made (32 random bytes, standard base64, mode 600) when absent.

    Two processes that start together agree: the file is created exclusively, and the loser reads the winner's.
    """
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = folder / f".{name}.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
