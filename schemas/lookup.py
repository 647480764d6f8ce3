"""Finding texts by a few words that may be misspelt, inflected or typed without diacritics."""

import math
import re
from collections.abc import Hashable, Iterable
from difflib import SequenceMatcher
from typing import Generic, TypeVar
from unicodedata import combining, normalize

Key = TypeVar("Key", bound=Hashable)

CLOSE_ENOUGH = 0.75
"""Two words this alike are one word with a slip of the finger or another ending."""
SHORTEST_GUESSED = 4
"""Shorter words must fit exactly: too many of them lie one letter apart."""
MOST_WORDS = 12
LONGEST_WORD = 40
"""Longer questions are cut here, since comparing is quadratic in the length."""
WORTH_SHOWING = 0.4
"""What scores below this share of the best answer is noise."""


def fold(text: str) -> list[str]:
    """Split into comparable words: lower case, no diacritics, `ё` as `е`."""
    letters = normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(letter for letter in letters if not combining(letter)))


class Index(Generic[Key]):
    """Words with their weight per key; a word that stands under few keys says more."""

    def __init__(self, texts: Iterable[tuple[Key, float, str]]) -> None:
        self._weights: dict[str, dict[Key, float]] = {}
        self._keys: dict[Key, None] = {}
        for key, weight, text in texts:
            self._keys[key] = None
            for word in fold(text):
                weights = self._weights.setdefault(word, {})
                weights[key] = max(weight, weights.get(key, 0.0))

    def find(self, words: str) -> list[Key]:
        """Rank the keys, best first; equals keep the order in which they were given."""
        scores = dict.fromkeys(self._keys, 0.0)
        for asked in dict.fromkeys(fold(words)[:MOST_WORDS]):
            hits = self._hits(asked[:LONGEST_WORD])
            rarity = math.log(1 + len(self._keys) / len(hits)) if hits else 0.0
            for key, weight in hits.items():
                scores[key] += rarity * weight
        best = max(scores.values(), default=0.0)
        ranked = sorted(scores, key=lambda key: -scores[key])
        return [key for key in ranked if scores[key] > best * WORTH_SHOWING]

    def _hits(self, asked: str) -> dict[Key, float]:
        hits: dict[Key, float] = {}
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(asked)
        for word, weights in self._weights.items():
            likeness = _likeness(asked, word, matcher)
            if likeness:
                for key, weight in weights.items():
                    hits[key] = max(hits.get(key, 0.0), likeness * weight)
        return hits


def _likeness(asked: str, word: str, matcher: "SequenceMatcher[str]") -> float:
    """Say how surely `word` is meant, from 1 (the same) down to 0 (another word)."""
    if word == asked:
        return 1.0
    if min(len(asked), len(word)) < SHORTEST_GUESSED:
        return 0.0
    if word.startswith(asked):
        return 0.95
    matcher.set_seq1(word)
    if matcher.real_quick_ratio() < CLOSE_ENOUGH or matcher.quick_ratio() < CLOSE_ENOUGH:
        return 0.0
    ratio = matcher.ratio()
    return ratio**2 if ratio >= CLOSE_ENOUGH else 0.0
