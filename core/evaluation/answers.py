"""How close a generated answer is to the right ones; every score takes the best over the right answers.

Exact match and token F1 follow P. Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension
of Text", EMNLP 2016. ROUGE-L follows C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries",
ACL 2004, as an F score of the longest common subsequence, without stemming.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from rapidfuzz.distance import LCSseq

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_NO_WORD = re.compile(r"[^\w]+|_")

Score = Callable[[str, str], float]


def exact_match(answer: str, right: str) -> float:
    """Return 1 if both are the same but for case, punctuation, articles and spaces, else 0."""
    return float(normalised(answer) == normalised(right))


def token_f1(answer: str, right: str) -> float:
    """Return the F score 0..1 of the words in common, counted as often as they occur in both."""
    given, wanted = normalised(answer).split(), normalised(right).split()
    shared = sum((Counter(given) & Counter(wanted)).values())
    return _f_score(shared, len(given), len(wanted))


def rouge_l(answer: str, right: str) -> float:
    """Return the F score 0..1 of the longest common subsequence of words."""
    given, wanted = _words(answer), _words(right)
    return _f_score(LCSseq.similarity(given, wanted), len(given), len(wanted))


def best(score: Score, answer: str, right_answers: Sequence[str]) -> float:
    """Return the highest score over the right answers; 0 without any."""
    return max((score(answer, right) for right in right_answers), default=0.0)


def normalised(text: str) -> str:
    """Return the text in lower case without punctuation and articles, words parted by single spaces."""
    plain = _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION))
    return " ".join(plain.split())


def _words(text: str) -> list[str]:
    return _NO_WORD.sub(" ", text.lower()).split()


def _f_score(shared: float, given: int, wanted: int) -> float:
    """Return 2PR / (P + R); two empty texts agree fully."""
    if given == 0 or wanted == 0:
        return float(given == wanted)
    return 2 * shared / (given + wanted)
