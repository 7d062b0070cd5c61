"""Makes reports of the figures, on time and by hand."""
