"""The outside world in miniature: a carrier, a mailbox and a ticketing desk."""
