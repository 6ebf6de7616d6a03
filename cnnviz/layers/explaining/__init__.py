"""How a layer says where one of its values comes from: the words, the numbers, the arithmetic."""
