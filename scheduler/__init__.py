"""Owns time: jobs that are due, leases, opening hours, retries and rates."""
