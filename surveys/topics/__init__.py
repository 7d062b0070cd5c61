"""Finds what customers talk about in their comments, and what one group says more than the rest."""
