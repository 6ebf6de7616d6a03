"""All the arithmetic: pure functions on arrays, and the only place that is tuned for speed."""
