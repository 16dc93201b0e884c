#!/usr/bin/env python3
"""What scikit-learn makes of some invented texts, for the test of `Vectorizer`.

    python3 -m venv V && V/bin/pip install scikit-learn==1.9.1
    V/bin/python vectorizer.py > vectorizer.json

Words are what stands between white space as Unicode has it (for Python, four control characters are white space
too), and nothing is lower-cased, so that only the features are compared.
"""
import json

from sklearn.feature_extraction.text import (
    CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer)
from sklearn.pipeline import make_pipeline, make_union

TRAIN = [
    "the cat sat on the mat , the dog did not",
    "a dog and a cat  are not   friends ; the mat is",
    "我 喜欢 猫 , the cat 喜欢 我 !",
    "我们 今天 去 北京 , 明天 去 上海 。",
    "今天\tthe dog\n\nsat\non 北京\u3000\u3000的 mat\xa0.",
    "",
    "x",
    "the the the the 猫 猫 a\x1ca \x1f\x1fb",
    "naïve café — 100 % of the cats' mats ... ?!",
    "dog dog cat dog cat cat 猫猫 狗狗猫 狗",
]
TEST = [
    "the cat and the unseen 狗 sat , 我 喜欢 上海",
    "nothing here 是 已知 的",
    " \t\n",
    "dog   dog mat",
]
# The keys are those of our settings; the blocks of words and of characters are united as by FeatureUnion.
CASES = [
    dict(words=[1, 1], weight="count", normalize=False),
    dict(words=[1, 1], weight="binary", normalize=False),
    dict(words=[1, 2], weight="count", normalize=True),
    dict(words=[2, 3], weight="tfidf", normalize=True),
    dict(words=[1, 1], weight="tfidf", normalize=False),
    dict(words=[1, 2], weight="tfidf", sublinear_tf=True, normalize=True),
    dict(words=[1, 2], weight="count", sublinear_tf=True, normalize=True),
    dict(words=[1, 1], weight="tfidf", min_df=2, max_df=0.35, normalize=True),
    dict(words=[1, 1], weight="tfidf", max_features=3, normalize=True),
    dict(words=None, chars=[1, 1], weight="count", normalize=False),
    dict(words=None, chars=[2, 4], weight="tfidf", sublinear_tf=True, normalize=True),
    dict(words=None, chars=[1, 3], chars_at_word_bounds=True, weight="count", normalize=False),
    dict(words=None, chars=[2, 5], chars_at_word_bounds=True, weight="tfidf", normalize=True),
    dict(words=[1, 2], chars=[3, 5], chars_at_word_bounds=True, weight="tfidf", sublinear_tf=True, min_df=2,
         normalize=True),
    dict(words=[1, 2], chars=[1, 4], weight="tfidf", sublinear_tf=True, max_features=3, normalize=True),
    dict(words=[1, 2], weight="count", hash_bits=6, signed_hash=True, normalize=True),
    dict(words=[1, 1], weight="count", hash_bits=20, signed_hash=True, normalize=False),
    dict(words=None, chars=[2, 3], weight="tfidf", hash_bits=8, sublinear_tf=True, normalize=True),
    dict(words=[1, 1], chars=[1, 2], chars_at_word_bounds=True, weight="binary", hash_bits=5, normalize=True),
]


def analyzer(case, unit):
    if unit == "words":
        return dict(analyzer="word", token_pattern=r"[\S\x1c-\x1f]+")
    return dict(analyzer="char_wb" if case.get("chars_at_word_bounds") else "char")


def block(case, unit):
    """The vectorizer of one block, and the counter whose ties matter."""
    common = dict(lowercase=False, ngram_range=tuple(case[unit]), **analyzer(case, unit))
    norm = "l2" if case["normalize"] else None
    weight, sublinear = case["weight"], case.get("sublinear_tf", False)
    if "hash_bits" in case:
        hashed = HashingVectorizer(n_features=2 ** case["hash_bits"], alternate_sign=case.get("signed_hash", False),
                                   norm=None, binary=weight == "binary", **common)
        return make_pipeline(hashed, TfidfTransformer(norm=norm, use_idf=weight == "tfidf", sublinear_tf=sublinear))
    cut = dict(min_df=case.get("min_df", 1), max_df=case.get("max_df", 1.0), max_features=case.get("max_features"))
    check_ties(CountVectorizer(**common, **{**cut, "max_features": None}), cut["max_features"])
    return TfidfVectorizer(norm=norm, use_idf=weight == "tfidf", sublinear_tf=sublinear, binary=weight == "binary",
                           **common, **cut)


def check_ties(counter, limit):
    """scikit-learn breaks ties at `max_features` by chance, so there must be none."""
    if limit is not None:
        sums = sorted(counter.fit_transform(TRAIN).sum(axis=0).A1, reverse=True)
        assert sums[limit - 1] > sums[limit], (limit, sums[:limit + 2])


def answer(case):
    blocks = [block(case, unit) for unit in ("words", "chars") if case.get(unit)]
    union = make_union(*blocks).fit(TRAIN)
    features = [] if "hash_bits" in case else [str(f) for b in blocks for f in b.fit(TRAIN).get_feature_names_out()]
    return dict(settings=case, features=features, train=rows(union.transform(TRAIN)), test=rows(union.transform(TEST)))


def rows(matrix):
    matrix = matrix.tocsr()
    matrix.sort_indices()
    pairs = lambda row: [[int(c), round(float(v), 9)] for c, v in zip(row.indices, row.data) if v != 0]
    return [pairs(matrix[i]) for i in range(matrix.shape[0])]


def main():
    cases = ",\n".join(json.dumps(answer(case), ensure_ascii=False) for case in CASES)
    texts = json.dumps(dict(train=TRAIN, test=TEST), ensure_ascii=False)
    print(f'{{"texts": {texts},\n"cases": [\n{cases}\n]}}')


if __name__ == "__main__":
    main()
