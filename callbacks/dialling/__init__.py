"""Owns the dialling of callbacks: an agent and a customer joined, one dial at a time for each."""
