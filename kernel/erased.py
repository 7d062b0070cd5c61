"""Names what stands in the place of a customer who was erased."""

ERASED = "~erased"
"""Where the customer's id stood; nobody's id, and nobody is found by it."""

NOBODY = bytes(16)
"""Where the hash of an address stood; no address hashes to it."""
