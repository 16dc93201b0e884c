#!/usr/bin/env python3
"""Writes `subwords.tsv` of this folder: the n-grams and buckets of fastText 0.9.3 for some words.

    python3 -m venv VENV && VENV/bin/pip install fasttext==0.9.3 numpy==2.4.6
    VENV/bin/python make_subwords.py

A line is: shortest and longest n-grams, number of buckets, a word, then an n-gram and its bucket
in turn, all between tabs.
"""
import pathlib
import tempfile

import fasttext

HERE = pathlib.Path(__file__).parent
WORDS = ["rose", "a", "Straße", "naïve", "世界", "好", "мир", "🌹", "e\u0301", "<s>", "</s>", "don't", "x" * 12, "3.14"]


def main():
    with tempfile.TemporaryDirectory() as folder, open(HERE / "subwords.tsv", "w", encoding="utf-8") as out:
        text = pathlib.Path(folder, "text")
        text.write_text("one two three\n", encoding="utf-8")
        for minn, maxn, bucket in [(3, 6, 2_000_000), (1, 3, 1000), (2, 2, 7), (5, 5, 2_000_003)]:
            model = fasttext.train_unsupervised(
                str(text), minCount=1, dim=1, minn=minn, maxn=maxn, bucket=bucket, epoch=1, verbose=0
            )
            n_words = len(model.get_words())
            for word in WORDS:
                ngrams, ids = model.get_subwords(word)
                # A word of the vocabulary comes first itself.
                found = [(ngram, i - n_words) for ngram, i in zip(ngrams, ids) if i >= n_words]
                assert all(model.get_subword_id(ngram) == i + n_words for ngram, i in found)
                pairs = [x for pair in found for x in pair]
                print(minn, maxn, bucket, word, *pairs, sep="\t", file=out)


if __name__ == "__main__":
    main()
