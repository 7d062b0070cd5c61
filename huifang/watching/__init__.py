"""Watches figures and closings for what is out of the ordinary, and tells managers."""
