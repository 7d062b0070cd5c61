"""Owns the ticketing systems: what they tell us, and what we ask of them."""
