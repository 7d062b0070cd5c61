"""Owns people: whom we may contact, how, and what they answer."""
