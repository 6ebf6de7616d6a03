"""Pictures that a filter or a class wants to see, by gradient ascent."""
