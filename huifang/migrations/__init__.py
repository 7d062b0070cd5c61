"""The database's versions, over every package's tables."""
