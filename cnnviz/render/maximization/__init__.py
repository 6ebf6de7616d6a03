"""Pictures that filters want to see, as people look at them."""
