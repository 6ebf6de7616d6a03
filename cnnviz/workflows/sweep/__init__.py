"""Many variants of one stack side by side."""
