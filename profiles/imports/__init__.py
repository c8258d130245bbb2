"""Household tables taken in outside the page: the row is the truth, a worker claims it, the page only looks."""
