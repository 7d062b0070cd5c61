"""Plays many customers over three channels while the outside world fails in every way it can."""
