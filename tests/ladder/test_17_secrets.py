"""Rung 17, the last: nothing that we keep can be used against the customer.

Support must see what the bank said, or else nobody finds out anything. So every exchange is kept,
scrubbed, and your refusals carry the bank's words. In all of that there is no token, no code, no
client secret and no whole account number: not in a header, not in a query, not in a body, not in a
sentence, and not in a field of your bank's own invention of which the scrubber has never heard. The
rung collects every secret that went over the line and then looks for each of them in everything
that stays behind.

That is the ladder. What you see from up here is a bank that an integrator can read without knowing
its name. Write the changelog line; you have earned it.
"""
