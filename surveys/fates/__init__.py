"""Keeps what became of every closing: whether its customer was asked, and if not, why."""
