"""The village board (公示栏) and its screen as a channel: hands carry it, no network does."""
