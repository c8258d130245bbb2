"""Telegram: public answers to those who ask; never a targeted dispatch, never a resident's data."""
