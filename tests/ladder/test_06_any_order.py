"""Rung 6: history comes as it likes, and the ledger is the same.

So far you had a patient bank. Real ones hand out history in windows, half an hour apart, in any
order they like; they tell rows twice, tell some a day late, cut an answer short without a word,
tell a draft first and its true wording afterwards, and take back what they told. From this rung on
the whole product reads: your adapter says what it got and what that covers, the engine asks again,
and the store lands it.

Two promises are kept here. When the bank has told everything, our ledger is its ledger, whatever
the way was. And on the way there, no day is called proven while one of its rows is hidden from us.
If your bank states figures, this is where they earn their keep; if it does not, your adapter must
be all the more careful with `covers`, for nobody will correct it.
"""
