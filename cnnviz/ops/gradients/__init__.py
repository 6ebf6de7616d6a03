"""Operations that can be gone through backwards: each hands back its result and how its gradient is worked out.

Nothing of inference imports them.
"""
