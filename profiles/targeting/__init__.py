"""The rule language: one condition, read as SQL, as a verdict for one household and as a Chinese sentence."""
