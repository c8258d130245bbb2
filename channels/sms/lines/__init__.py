"""Carriers' own ports: long-lived connections over which messages leave and reports and words come back."""
