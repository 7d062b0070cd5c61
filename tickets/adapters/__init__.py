"""Turns what each ticketing system posts into our events, one file per system."""
