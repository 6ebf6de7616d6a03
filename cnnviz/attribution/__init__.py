"""What a value of a network hangs on in the picture, and how far such an answer can be believed."""
