"""The `zhida` commands: each a thin door to a room, with Chinese words for people and one line of JSON for programs."""
