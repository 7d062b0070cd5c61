"""Owns opinion: programs, questionnaires, dialogues and responses."""
