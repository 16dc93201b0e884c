#!/usr/bin/env python3
"""What gensim's `Phrases` makes of an invented text, for the test of `learn_phrases`.

    python3 -m venv V && V/bin/pip install gensim==4.4.0
    V/bin/python phrases.py > phrases.json

The text is made here, from a few words and phrases, by a generator that is the same everywhere, and kept in the output.
gensim's default scorer multiplies by the number of different words and pairs where word2phrase and we multiply by that
of running words; both numbers are in the output.
"""
import json

from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases

PHRASES = ["new york", "new york times", "bank of america", "end of the world", "自然 语言", "ice cream", "state of the art"]
WORDS = "new york times bank america end world ice cream state art of the a and red blue 语言 long day city old".split()
TEST = [
    "the new york times of new york times",
    "a bank of america at the end of the world",
    "bank america of the state of the art of ice cream cream",
    "new new york york times 自然 语言 自然 of 语言",
    "of the",
    "unheard new unheard york",
]
# Settings by our names, in what gensim knows of them.
CASES = [
    dict(scoring="word2phrase", min_count=3, threshold=0.5, connectors=False),
    dict(scoring="word2phrase", min_count=5, threshold=1.0, connectors=True),
    dict(scoring="npmi", min_count=3, threshold=0.2, connectors=False),
    dict(scoring="npmi", min_count=2, threshold=0.35, connectors=True),
]


class Numbers:
    """A linear congruential generator, with the constants of Numerical Recipes."""

    def __init__(self):
        self.state = 1

    def below(self, n):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 16) % n


def sentences():
    numbers = Numbers()
    for _ in range(150):
        words = []
        for _ in range(3 + numbers.below(5)):
            source = PHRASES if numbers.below(3) == 0 else WORDS
            words += source[numbers.below(len(source))].split()
        yield words


def main():
    text = list(sentences())
    cases = []
    for case in CASES:
        def learn(corpus):
            return Phrases(
                corpus,
                min_count=case["min_count"],
                threshold=case["threshold"],
                scoring="npmi" if case["scoring"] == "npmi" else "default",
                connector_words=ENGLISH_CONNECTOR_WORDS if case["connectors"] else frozenset(),
                delimiter="_",
            )
        first = learn(text)
        once = [first[sentence] for sentence in text]
        second = learn(once)
        cases.append(dict(
            case,
            n_tokens=[first.corpus_word_count, second.corpus_word_count],
            n_types=[len(first.vocab), len(second.vocab)],
            scores=dict(sorted(first.export_phrases().items())),
            once=[" ".join(first[sentence.split()]) for sentence in TEST],
            twice=[" ".join(second[first[sentence.split()]]) for sentence in TEST],
        ))
    golden = dict(text=[" ".join(words) for words in text], test=TEST, cases=cases)
    print(json.dumps(golden, ensure_ascii=False, indent=0))


if __name__ == "__main__":
    main()
