"""Every room's tables, so that the metadata is whole."""

from __future__ import annotations

from importlib import import_module

ROOMS_WITH_TABLES = ("kernel.audit", "kernel.rotation", "kernel.retention", "channels.wechat.models", "channels.sms.models", "channels.pauses", "channels.telegram.models", "profiles.models", "profiles.values", "profiles.history", "profiles.access", "profiles.data_requests", "profiles.imports.models", "profiles.changes.models",
                     "profiles.portraits.models", "knowledge.models", "notices.models",
                     "qrcodes.models", "push.models", "push.broadcast_models", "push.replies", "push.tallies", "push.visits", "push.postings", "bot.models", "web.staff.models",
                     "profiles.code_requests", "profiles.sessions")


def load_models() -> None:
    """Import every module that declares tables."""
    for name in ROOMS_WITH_TABLES:
        import_module(name)
