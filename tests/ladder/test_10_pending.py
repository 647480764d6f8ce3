"""Rung 10: a payment that is seen before it is booked.

Only for banks that state `pending`. A card payment shows up at noon, is held, and is booked two
days later, often under another id and on another day. For the integrator who put our id into his
books in between it is one and the same payment: the booked row takes over the id of the held one,
and nothing of the held one is left behind. A held row that is never booked just goes.
"""
