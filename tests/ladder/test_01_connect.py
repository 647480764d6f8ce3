"""Rung 1: getting in.

Hello, and thank you for adding a bank. You are on the lowest rung of a ladder that every bank of
`providers.BANKS` climbs, and which of the rungs are yours is chosen by what your descriptor says
the bank can do, never by its name. Begin with a descriptor that states nothing, come back here
after each verb that you write, and switch a capability on when you want its rung:

    .venv/bin/pytest tests/ladder -k <your bank>

Nothing is stubbed. Your adapter speaks HTTP with the fake bank that somebody else wrote from the
same papers. So when a rung gives way, do not ask first how to make it hold: ask which of the two of
you has misread the paper, and mend that side.

This rung wants little. The customer says yes, and we are in; the account that he has is listed with
the currency that it has; his no is a refusal that the catalogue knows, and never a grant.
"""
