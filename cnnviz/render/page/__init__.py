"""The page of one image: every layer's maps with their values, and where each value comes from."""
