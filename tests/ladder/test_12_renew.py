"""Rung 12: staying in.

An access token lives for minutes or hours, a refresh token for weeks or years, and neither asks
whether it is a good moment. Your `renew` gets a grant and gives back one that reads; all that the
old one knew (consent, permissions, your notes) is still in it. If your descriptor says that
refreshing replaces the refresh token, the new one is in the grant as well, for the old one may be
dead by now; if it comes back unchanged, it must still be good.

Then the product lives through some days with tokens dying all the time, and nobody notices.
"""
