"""Pictures that move: a layer at work on one picture, and a picture on its way through a stack."""
