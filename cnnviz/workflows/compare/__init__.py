"""Output folders against each other: found by looking, compared by their pixels, taken over whole."""
