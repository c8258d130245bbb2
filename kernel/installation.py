"""Where this installation keeps its data and its keys: the database, the folder beside it, the keyring."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kernel.crypto import CipherName, Keyring, derive, read_keys
from kernel.keys import kept_key
from kernel.settings import Section, SettingsRefused

ROOT = Path(__file__).resolve().parent.parent


class StorageSettings(Section):
    """What every process must know before it can open anything."""

    database_url: str = Field("", description="数据库地址；留空用 instance/ 下的 SQLite 文件，多机用 postgresql+psycopg://…")
    redis_url: str = Field("", description="Redis 地址；留空时不用 Redis，各进程只靠数据库协作")
    secret_key: str = Field("", description="会话与二维码签名的密钥；SQLite 安装留空时自动生成在数据库旁，其他情况必填")
    data_key: str = Field("", description="加密个人信息的主密钥：标准 base64 的 32 字节，多把用逗号分隔，第一把用于加密；"
                                          "SQLite 安装留空时自动生成在数据库旁，其他情况必填")
    cipher: CipherName = Field(CipherName.AES, description="加密套件：aes（AES-256-GCM）或 sm4（SM4-GCM 与 HMAC-SM3，密评适用）")


@dataclass(frozen=True)
class Installation:
    """The storage settings made ready; `folder` holds what is derived from the data (indexes, models, keys)."""

    database_url: str
    redis_url: str | None
    folder: Path
    embedded: bool
    secret: bytes = field(repr=False)
    keyring: Keyring = field(repr=False)

    def key_for(self, use: str) -> bytes:
        """A 32-byte key for one use, derived from the secret."""
        return derive(self.secret, f"zhida/{use}")


def install(settings: StorageSettings) -> Installation:
    """Resolve addresses and keys; refuses a fleet without keys of its own."""
    url = settings.database_url or f"sqlite:///{ROOT / 'instance' / 'zhida.db'}"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # The address may hold a password: it is not repeated.
        raise SettingsRefused("DATABASE_URL: 不是数据库地址。请写成 sqlite:///… 或 postgresql+psycopg://…。") from error
    embedded = parsed.get_backend_name() == "sqlite"
    kept = embedded and parsed.database not in (None, "", ":memory:")
    folder = Path(str(parsed.database)).resolve().parent if kept else ROOT / "instance"
    return Installation(
        database_url=url,
        redis_url=settings.redis_url or None,
        folder=folder,
        embedded=embedded,
        secret=_key("SECRET_KEY", settings.secret_key, folder, "secret.key", embedded=embedded).encode(),
        keyring=Keyring(read_keys(_key("DATA_KEY", settings.data_key, folder, "data.key", embedded=embedded)),
                        settings.cipher),
    )


def _key(name: str, given: str, folder: Path, file_name: str, *, embedded: bool) -> str:
    if given:
        return given
    if not embedded:
        raise SettingsRefused(f"{name}: 使用 PostgreSQL 时必须设置。请用 `openssl rand -base64 32` 生成，并妥善备份。")
    return kept_key(folder, file_name)
