"""Personal data at rest: authenticated encryption with key ids, and keyed blind indexes for look-up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
TAG_BYTES = 16
KEY_ID_BYTES = 4
INDEX_BYTES = 16
HEAD_BYTES = 1 + KEY_ID_BYTES

_SPOILT = "这条加密数据已损坏或被改动。请从备份恢复。"


class CipherName(StrEnum):
    """The two suites: AES-256-GCM with HMAC-SHA256, and SM4-GCM with HMAC-SM3 (GM/T 0002, 0004) for 密评."""

    AES = "aes"
    SM4 = "sm4"


_SUITES = {CipherName.AES: b"\x01", CipherName.SM4: b"\x02"}


class KeyRefused(Exception):
    """A key is malformed; the text says which and how to make a good one."""


class Unreadable(Exception):
    """A stored value was made with a key we do not hold, or was changed."""


@dataclass(frozen=True)
class _Keys:
    """What one master key yields: an id to find it by and a key for each use."""

    id: bytes
    aes: AESGCM
    sm4: algorithms.SM4
    index: bytes
    sm3_index: bytes


class Keyring:
    """Encrypts with the first key, reads with any; a blind index is made with the first key and the suite.

    Stored form: 1 byte suite, 4 bytes key id, 12 bytes nonce, cipher text with a 16-byte tag.
    """

    def __init__(self, masters: Sequence[bytes], cipher: CipherName = CipherName.AES) -> None:
        """Take 32-byte master keys, the encrypting one first."""
        if not masters:
            raise KeyRefused("DATA_KEY 为空。请用 `openssl rand -base64 32` 生成一把密钥。")
        self._keys = tuple(_derive(master) for master in dict.fromkeys(masters))
        self._by_id = {keys.id: keys for keys in self._keys}
        self._openers = {_SUITES[CipherName.AES] + keys.id: keys.aes.decrypt for keys in self._keys}
        self._cipher = cipher
        self._macs: dict[tuple[bytes, CipherName, str], hmac.HMAC] = {}
        self._current: dict[str, hmac.HMAC] = {}
        self._head = _SUITES[cipher] + self._keys[0].id

    @property
    def head(self) -> bytes:
        """How everything sealed today begins: the chosen suite and the id of the first key, 5 bytes."""
        return self._head

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys held, in hexadecimal, the encrypting one first; an id tells nothing of its key."""
        return tuple(keys.id.hex() for keys in self._keys)

    def encrypt(self, text: str, purpose: str) -> bytes:
        """Encrypt a text for one purpose (the field it stands in); the purpose must be given again to read it."""
        keys, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        if self._cipher is CipherName.AES:
            return self._head + nonce + keys.aes.encrypt(nonce, text.encode(), purpose.encode())
        sealing = Cipher(keys.sm4, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(purpose.encode())
        sealed = sealing.update(text.encode()) + sealing.finalize()
        return self._head + nonce + sealed + sealing.tag

    def decrypt(self, sealed: bytes, purpose: str) -> str:
        """Read what `encrypt` made; raises Unreadable for a foreign key, a wrong purpose or a changed value."""
        return self.reader(purpose)(sealed)

    def reader(self, purpose: str) -> Callable[[bytes], str]:
        """Reads many values of one purpose, as `decrypt` reads one; raises Unreadable like it."""
        extra, openers, body_at = purpose.encode(), self._openers, HEAD_BYTES + NONCE_BYTES

        def read(sealed: bytes) -> str:
            opens = openers.get(sealed[:HEAD_BYTES])
            if opens is None:
                return self._read_otherwise(sealed, extra)
            try:
                return opens(sealed[HEAD_BYTES:body_at], sealed[body_at:], extra).decode()
            except (InvalidTag, ValueError) as error:  # too short for a nonce or a tag
                raise Unreadable(_SPOILT) from error

        return read

    def _read_otherwise(self, sealed: bytes, extra: bytes) -> str:
        """What is not under AES and a key we hold: SM4, or nothing of ours."""
        keys, nonce = self._by_id.get(sealed[1:HEAD_BYTES]), sealed[HEAD_BYTES:HEAD_BYTES + NONCE_BYTES]
        body = sealed[HEAD_BYTES + NONCE_BYTES:]
        if keys is None or len(body) < TAG_BYTES:
            raise Unreadable("这条数据不是用现有密钥加密的。请检查 DATA_KEY 是否少了旧密钥。")
        try:
            opening = Cipher(keys.sm4, modes.GCM(nonce, body[-TAG_BYTES:])).decryptor()
            opening.authenticate_additional_data(extra)
            return (opening.update(body[:-TAG_BYTES]) + opening.finalize()).decode()
        except InvalidTag as error:
            raise Unreadable(_SPOILT) from error

    def index(self, value: str, purpose: str) -> bytes:
        """The blind index of a value: 16 bytes, equal for equal values, worthless without the key."""
        prepared = self._current.get(purpose)
        if prepared is None:
            prepared = self._current[purpose] = self._prepared(self._keys[0], self._cipher, purpose)
        return _digest(prepared, value)

    def indexes(self, value: str, purpose: str) -> tuple[bytes, ...]:
        """The value's index under every key held and either suite, today's first: for look-up while keys are turned."""
        suites = (self._cipher, *(suite for suite in CipherName if suite is not self._cipher))
        return tuple(_digest(self._prepared(keys, suite, purpose), value) for keys in self._keys for suite in suites)

    def is_current(self, sealed: bytes) -> bool:
        """Whether a stored value is already under the first key and the chosen suite."""
        return sealed[:len(self._head)] == self._head

    def holds(self, key_id: str) -> bool:
        """Whether the key with this id (hexadecimal) is held."""
        return bytes.fromhex(key_id) in self._by_id

    def _prepared(self, keys: _Keys, suite: CipherName, purpose: str) -> hmac.HMAC:
        prepared = self._macs.get((keys.id, suite, purpose))
        if prepared is None:
            aes = suite is CipherName.AES
            prepared = hmac.HMAC(keys.index, hashes.SHA256()) if aes else hmac.HMAC(keys.sm3_index, hashes.SM3())
            prepared.update(purpose.encode() + b"\x00")
            self._macs[(keys.id, suite, purpose)] = prepared
        return prepared


def _digest(prepared: hmac.HMAC, value: str) -> bytes:
    mac = prepared.copy()
    mac.update(value.encode())
    return mac.finalize()[:INDEX_BYTES]


def read_keys(text: str) -> tuple[bytes, ...]:
    """Master keys from DATA_KEY: standard base64 of 32 bytes each, several by comma."""
    return tuple(_read_key(part.strip()) for part in text.split(",") if part.strip())


def _read_key(part: str) -> bytes:
    try:
        key = base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyRefused("DATA_KEY 不是标准 base64。请用 `openssl rand -base64 32` 重新生成。") from error
    if len(key) != 32:
        raise KeyRefused(f"DATA_KEY 应为 32 字节，现在是 {len(key)} 字节。请用 `openssl rand -base64 32` 重新生成。")
    return key


def derive(master: bytes, label: str, length: int = 32) -> bytes:
    """A key for one use, by HKDF-SHA256 (RFC 5869) over a master key."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=label.encode()).derive(master)


def _derive(master: bytes) -> _Keys:
    return _Keys(
        id=hashlib.sha256(b"zhida key id\x00" + master).digest()[:KEY_ID_BYTES],
        aes=AESGCM(derive(master, "zhida/encrypt/aes-256-gcm")),
        sm4=algorithms.SM4(derive(master, "zhida/encrypt/sm4-gcm", 16)),
        index=derive(master, "zhida/index/hmac-sha256"),
        sm3_index=derive(master, "zhida/index/hmac-sm3"),
    )
