"""A short message centre spoken to by SMPP 3.4 over a kept-up connection."""
