"""Rung 15: words and fields that no paper mentions.

Next spring your bank adds a field, and a word to a list that the paper calls complete. Nobody will
tell you. So here every answer of the bank is salted on its way to you: each object gets fields that
you have never seen, with values of all shapes. You must read exactly what you read before. A word
that you have not met is no disaster either: the row still counts, for its amount is in the balance.
"""
