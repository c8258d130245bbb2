"""The composition root: settings become one wired house; below here everything is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from bot.hours import TalkSettings
from channels.registry import ChannelConfig, read_channels
from kernel.clock import SystemClock
from kernel.database import Database
from kernel.http import Network, loopback_only
from kernel.installation import StorageSettings, install
from kernel.settings import Section, SettingsRefused, read, refuse_unknown, settings_file
from knowledge.settings import AnsweringSettings, ConsultationSettings
from profiles.county_facts import FactSettings
from profiles.models import Division
from profiles.portraits.settings import PortraitSettings
from push.settings import PushSettings
from web.house import House
from web.retention import RetentionSettings
from web.settings import WebSettings


@dataclass(frozen=True)
class Settings:
    """Every section, read once."""

    storage: StorageSettings
    web: WebSettings
    push: PushSettings
    portraits: PortraitSettings
    channels: ChannelConfig
    facts: FactSettings = field(default_factory=lambda: FactSettings(facts_file=""))
    retention: RetentionSettings = field(default_factory=RetentionSettings.model_construct)
    consultations: ConsultationSettings = field(default_factory=ConsultationSettings.model_construct)
    talk: TalkSettings = field(default_factory=TalkSettings.model_construct)
    answering: AnsweringSettings = field(default_factory=AnsweringSettings.model_construct)


def sections() -> tuple[type[Section], ...]:
    """Every section that may stand in a settings file; the manual is tested against them."""
    return (StorageSettings, WebSettings, PushSettings, PortraitSettings, FactSettings, RetentionSettings,
            ConsultationSettings, TalkSettings, AnsweringSettings,
            *ChannelConfig.sections())


def read_settings() -> Settings:
    """Read every section from the environment and the file of ZHIDA_ENV; refuses what contradicts."""
    path = settings_file()
    refuse_unknown(path, sections())
    settings = Settings(
        storage=read(StorageSettings, path),
        web=read(WebSettings, path),
        push=read(PushSettings, path),
        portraits=read(PortraitSettings, path),
        channels=read_channels(path),
        retention=read(RetentionSettings, path),
        facts=read(FactSettings, path),
        consultations=read(ConsultationSettings, path),
        talk=read(TalkSettings, path),
        answering=read(AnsweringSettings, path),
    )
    is_sqlite = settings.storage.database_url.startswith("sqlite") or not settings.storage.database_url
    if settings.web.simulate == "1" and not is_sqlite:
        raise SettingsRefused("SIMULATE: 数据库不是 SQLite，看起来是正式环境，不能使用模拟平台。确要模拟请写 SIMULATE=force。")
    return settings


def compose(settings: Settings | None = None) -> House:
    """Wire every part; opens nothing: a room opens when it is first used (see `web.house`)."""
    settings = settings or read_settings()
    installation = install(settings.storage)
    database = Database(installation.database_url)
    network = Network(allows=loopback_only) if settings.web.simulating else Network()
    return House(settings=settings, installation=installation, database=database, clock=SystemClock(), network=network,
                 find_county=_County(database, settings.web.county))


class _County:
    """The one county of the divisions table, looked for until it is there; none yet, or several, is no answer."""

    def __init__(self, database: Database, configured: str) -> None:
        self._database = database
        self._code = configured

    def __call__(self) -> str:
        if not self._code:
            try:
                with self._database.reading() as session:
                    codes = session.scalars(select(Division.code).where(func.length(Division.code) == 6).limit(2)).all()
            except DatabaseError:
                return ""  # no schema yet: `zhida db upgrade` is about to make it
            if len(codes) == 1:
                self._code = codes[0]
        return self._code
