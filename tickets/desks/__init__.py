"""One file per ticketing system: what we ask of it, in its own words."""
