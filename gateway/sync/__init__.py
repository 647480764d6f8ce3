"""The engine: when to ask which bank for what, and what to do with the answer."""
