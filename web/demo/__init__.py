"""The demo county: invented households and the texts that a newcomer meets first."""
