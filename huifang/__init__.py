"""Owns assembly: settings, wiring, the command line and the server."""
