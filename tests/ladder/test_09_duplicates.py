"""Rung 9: the same row twice, and two rows that look the same.

A bank tells a row twice on two pages, in two answers, or when periods overlap: that is one
movement. A customer pays the same coffee twice in a morning: those are two, and every field that
you can see may be alike. Who knows the difference is the bank, by the id that it gives; that is why
`Entry.key` is the bank's own stable id, or empty if it has none, and never something that you put
together from the fields.
"""
