"""Lets people in, and sets the pages that they work with."""
