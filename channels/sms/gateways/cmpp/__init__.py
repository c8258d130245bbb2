"""The gateway of a Chinese carrier: CMPP 2.0 and 3.0 over a kept-up connection."""
