"""What every room stands on: rows, secrets, the journal, the shape of an endpoint."""
