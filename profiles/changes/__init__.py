"""What a cadre reports of a household, kept apart from the register until the office has confirmed it."""
