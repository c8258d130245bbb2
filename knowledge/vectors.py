"""Keeps vectors on disk by the hash of their text, so that a text is encoded once, at import."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders import Encoder

_BLOCK = 500
_SPOILT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


class VectorStore:
    """A file of vectors beside the database; it may be deleted at any time, and a spoilt one is made anew."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "vectors.sqlite"

    def encoded(self, texts: Sequence[str], encoder: Encoder) -> NDArray[np.float16]:
        """Vectors of the texts in order, as half floats; those not stored yet are encoded and stored."""
        if not encoder.dimensions:
            return np.zeros((len(texts), 0), np.float16)
        keys = [_key(encoder.name, text) for text in texts]
        known = self._known(keys, encoder.dimensions)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for start in range(0, len(missing), _BLOCK):
            block = dict(list(missing.items())[start : start + _BLOCK])
            vectors = encoder.encode(list(block.values())).astype(np.float16)
            fresh = {key: vector.tobytes() for key, vector in zip(block, vectors, strict=True)}
            self._write(fresh)
            known.update(fresh)
        flat = np.frombuffer(b"".join(known[key] for key in keys), np.float16)
        return flat.reshape(len(keys), encoder.dimensions)

    def keep(self, texts: Sequence[str], encoder: Encoder) -> int:
        """Drop what belongs to no such text; returns how many were dropped."""
        kept = {_key(encoder.name, text) for text in texts}
        with self._open() as database:
            stored = [row[0] for row in database.execute("SELECT key FROM vectors")]
            gone = [(key,) for key in stored if key not in kept]
            database.executemany("DELETE FROM vectors WHERE key = ?", gone)
        return len(gone)

    def _known(self, keys: Sequence[bytes], dimensions: int) -> dict[bytes, bytes]:
        try:
            return self._read(keys, dimensions)
        except sqlite3.DatabaseError as error:
            self._discard(error)
            return {}

    def _discard(self, error: sqlite3.DatabaseError) -> None:
        if error.sqlite_errorcode not in _SPOILT:
            raise error
        self.path.unlink(missing_ok=True)

    def _read(self, keys: Sequence[bytes], dimensions: int) -> dict[bytes, bytes]:
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, bytes] = {}
        with self._open() as database:
            for start in range(0, len(wanted), _BLOCK):
                block = wanted[start : start + _BLOCK]
                marks = ",".join("?" * len(block))
                found.update(
                    database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block)
                )
        return {key: vector for key, vector in found.items() if len(vector) == 2 * dimensions}

    def _write(self, vectors: dict[bytes, bytes]) -> None:
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", list(vectors.items()))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._prepared()) as database, database:
            yield database

    def _prepared(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            self._discard(error)
            return _connect(self.path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    try:
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )
        database.execute("SELECT key FROM vectors LIMIT 1").fetchone()
    except sqlite3.Error:
        database.close()
        raise
    return database


def _key(name: str, text: str) -> bytes:
    return blake2b(f"{name}\0{text}".encode(), digest_size=16).digest()
