"""`cnnviz animate`: a layer at work on one picture, and the picture's way through the stack."""
