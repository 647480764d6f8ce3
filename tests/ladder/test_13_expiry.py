"""Rung 13: being shown the door.

A permission ends: by its date, by the customer's hand at the bank, or by ours. The worst thing you
can do then is to look well. Each end must come out as a code whose case names the person who can
mend it, and each must be told from a bank that is merely down, or else support calls the customer
about a thunderstorm, or waits for a customer who was never told.
"""
