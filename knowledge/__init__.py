"""What is known: reviewed answers, how a question finds one, and the consultations that make new ones."""
