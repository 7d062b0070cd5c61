"""Scripted neighbours: what the outside world would do, in a few lines."""
