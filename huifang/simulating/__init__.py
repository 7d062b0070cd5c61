"""Shows what other rules would do, before they are in force."""
