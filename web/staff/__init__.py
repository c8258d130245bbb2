"""The console: rooms of the staff, each page behind a role and an area."""
