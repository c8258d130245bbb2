"""The public API: the same reviewed answers and published notices that pages show, as JSON."""
