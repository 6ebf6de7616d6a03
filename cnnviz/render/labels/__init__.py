"""Sheets and kernels with words on them: what they show, the numbers of the maps, the range and its colours."""
