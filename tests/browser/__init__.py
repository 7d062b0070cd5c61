"""The demo as a person plays it, in a real Chromium."""
