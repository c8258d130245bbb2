"""Answering: one pure conversation for every channel, and the reception that carries it out."""
