"""Keeps the sums that figures are read from, equal to the rows at every commit."""
