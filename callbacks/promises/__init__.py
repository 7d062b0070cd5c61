"""Owns promises to phone customers: in which slot, how often it is tried, and how each one ends."""
