"""Sealing: how many distinct telephones a core encrypts and indexes in a second, beside the library's bare calls."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto import CipherName, Keyring

PHONES = 100_000
ROUNDS = 5
BAR = 100_000


def measure() -> dict[str, Any]:
    """Telephones a second and core: encrypted, indexed, both; and the ratio to the same calls of the bare library."""
    numbers = [f"199{number:08d}" for number in range(PHONES)]
    figures: dict[str, Any] = {"telephones": PHONES, "bar_per_second": BAR}
    for cipher in CipherName:
        keyring, bare = Keyring([secrets.token_bytes(32)], cipher), _bare(cipher)
        both, library = _best(partial(_seal, keyring, numbers), partial(bare, numbers))
        figures[cipher.value] = {
            "encrypt_and_index_per_second": round(PHONES / both), "bare_library_per_second": round(PHONES / library),
            "times_the_bare_library": round(both / library, 2), "is_over_the_bar": PHONES / both >= BAR}
    return figures


def _seal(keyring: Keyring, numbers: Sequence[str]) -> None:
    encrypt, index = keyring.encrypt, keyring.index
    for number in numbers:
        encrypt(number, "phone")
        index(number, "phone")


def _bare(cipher: CipherName) -> Callable[[Sequence[str]], None]:
    return _bare_aes() if cipher is CipherName.AES else _bare_sm4()


def _bare_aes() -> Callable[[Sequence[str]], None]:
    aead, prepared = AESGCM(secrets.token_bytes(32)), hmac.HMAC(secrets.token_bytes(32), hashes.SHA256())

    def run(numbers: Sequence[str]) -> None:
        for number in numbers:
            plain = number.encode()
            aead.encrypt(os.urandom(12), plain, b"phone")
            mac = prepared.copy()
            mac.update(plain)
            mac.finalize()

    return run


def _bare_sm4() -> Callable[[Sequence[str]], None]:
    key, prepared = algorithms.SM4(secrets.token_bytes(16)), hmac.HMAC(secrets.token_bytes(32), hashes.SM3())

    def run(numbers: Sequence[str]) -> None:
        for number in numbers:
            plain = number.encode()
            sealing = Cipher(key, modes.GCM(os.urandom(12))).encryptor()
            sealing.authenticate_additional_data(b"phone")
            sealing.update(plain)
            sealing.finalize()
            mac = prepared.copy()
            mac.update(plain)
            mac.finalize()

    return run


def _best(*works: Callable[[], None]) -> tuple[float, ...]:
    """The least CPU seconds of each over some rounds, taken in turn so that both meet the same machine."""
    least = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for place, work in enumerate(works):
            began = time.process_time()
            work()
            least[place] = min(least[place], time.process_time() - began)
    return tuple(least)
