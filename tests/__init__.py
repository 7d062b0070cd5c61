"""Proves what the product promises, on a real PostgreSQL, a real Valkey and a real SQLite."""
