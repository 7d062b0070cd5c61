"""Reads comments, cuts them into words, and tells managers the topics with masked examples."""
