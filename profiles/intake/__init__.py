"""Household tables as offices send them: read with care, rejected row by row, swapped in at one stroke."""
