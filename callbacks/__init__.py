"""Owns recovery: complaints, and ringing back."""
