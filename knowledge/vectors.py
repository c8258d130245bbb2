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
        places: dict[bytes, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(_key(encoder.name, text), []).append(place)
        vectors = np.zeros((len(texts), encoder.dimensions), np.float16)
        known = self._fill(vectors, places)
        missing = [rows for key, rows in places.items() if key not in known]
        for start in range(0, len(missing), _BLOCK):
            block = missing[start : start + _BLOCK]
            fresh = encoder.encode([texts[rows[0]] for rows in block]).astype(np.float16)
            for rows, vector in zip(block, fresh, strict=True):
                vectors[rows] = vector
            self._write([(_key(encoder.name, texts[rows[0]]), vectors[rows[0]].tobytes()) for rows in block])
        return vectors

    def keep(self, texts: Sequence[str], encoder: Encoder) -> int:
        """Drop what belongs to no such text; returns how many were dropped."""
        kept = {_key(encoder.name, text) for text in texts}
        with self._open() as database:
            stored = [row[0] for row in database.execute("SELECT key FROM vectors")]
            gone = [(key,) for key in stored if key not in kept]
            database.executemany("DELETE FROM vectors WHERE key = ?", gone)
        return len(gone)

    def _fill(self, vectors: NDArray[np.float16], places: dict[bytes, list[int]]) -> set[bytes]:
        known: set[bytes] = set()
        try:
            for key, stored in self._read(list(places)):
                vector = np.frombuffer(stored, np.float16)
                if len(vector) == vectors.shape[1]:
                    vectors[places[key]] = vector
                    known.add(key)
        except sqlite3.DatabaseError as error:
            self._discard(error)
        return known

    def _discard(self, error: sqlite3.DatabaseError) -> None:
        if error.sqlite_errorcode not in _SPOILT:
            raise error
        self.path.unlink(missing_ok=True)

    def _read(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        with self._open() as database:
            for start in range(0, len(keys), _BLOCK):
                block = keys[start : start + _BLOCK]
                marks = ",".join("?" * len(block))
                yield from database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", block)

    def _write(self, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        with self._open() as database:
            database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", vectors)

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
