"""Makes files of what is kept, for people who count with other tools."""
