"""The product: one API over the banks, a ledger that is proven, and the engine that fills it."""
