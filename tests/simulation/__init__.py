"""Plays whole stories of the service from one number each, and looks for what must never happen."""
