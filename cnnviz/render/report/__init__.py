"""The shape report: one model, and its text in five formats."""
