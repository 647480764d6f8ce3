"""Rungs 2 to 5, 7 and 8: reading one account, and believing what we read.

You are in. Now the work for which the product is bought: what the bank has in its books must come
out of your adapter, every row of it and nothing else. The yardstick is the fake bank's own ledger,
which the control plane tells and which your adapter never sees.

We climb slowly. First one payment on one day. Then amounts, to the cent and to twelve digits, for
whoever lets a float near money is found out here. Then the direction, which is the owner's, and the
far side, which is never the owner. Then the same days again, since all that we know of a movement
hangs on finding it again. And then the edges, where readers break: no row at all, a single one, a
page that is exactly full, and one row more.
"""
