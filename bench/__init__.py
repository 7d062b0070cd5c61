"""Measures what the product promises to be quick at, by ratio and in one run."""
