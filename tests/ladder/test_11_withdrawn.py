"""Rung 11: rows that the bank takes back.

Only for banks that state `withdrawals`, and the humblest of rungs: you told something that turned
out not to be so. Whether your bank says so in as many words, or just leaves the row out when it is
asked again, the row goes from our ledger, the day's sum is right again, and its neighbours stay as
they are, with their ids.
"""
