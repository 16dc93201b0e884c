#!/usr/bin/env python3
"""Writes the golden files of this folder with gensim 4.4.0, from words and vectors invented here.

    python3 -m venv VENV && VENV/bin/pip install gensim==4.4.0 numpy==2.4.6 scipy==1.17.1
    VENV/bin/python make_golden.py

gensim.txt, gensim.bin   the vectors in gensim's word2vec formats
questions.txt, pairs.tsv analogy questions and word pairs over them
golden.json              what gensim finds: neighbours, analogies, hits by section, cosines
"""
import json
import pathlib

import numpy as np
from gensim.models import KeyedVectors

HERE = pathlib.Path(__file__).parent
DIM = 8
REGIONS = ["Arda", "Belor", "Cirran", "Dovenia", "Esk", "Farland", "Gorm", "Hyle"]
CITIES = ["Ardaton", "Belopol", "Cirra", "Doven", "Eskhaven", "Farport", "Gormstad", "Hylis"]
VERBS = ["sing", "dance", "walk", "learn", "jump"]
OTHERS = ["the", "of", "café", "naïve", "好", "世界", "语言", "don't", "3.14", "ARDA", "esk", "\u00a0odd"]


def vectors():
    rng = np.random.default_rng(7)
    noise = lambda: rng.normal(scale=0.22, size=DIM)
    to_city, to_past = rng.normal(size=DIM), rng.normal(size=DIM)
    words = [(word, rng.normal(size=DIM)) for word in OTHERS]
    for region, city in zip(REGIONS, CITIES):
        base = rng.normal(size=DIM)
        words += [(region, base + noise()), (city, base + to_city + noise())]
    for verb in VERBS:
        base = rng.normal(size=DIM)
        words += [(verb, base + noise()), (verb + "ed", base + to_past + noise())]
    # A few vectors far longer than the rest: cosines must not care.
    return [(word, (row * (9 if i % 11 == 3 else 1)).astype(np.float32)) for i, (word, row) in enumerate(words)]


def questions():
    """Every ordered pair of pairs; some with unknown words, some in another case."""
    lines = [": capital-common"]
    places = list(zip(REGIONS, CITIES)) + [("Nowhere", "Nocity")]
    lines += [f"{a} {b} {c} {d}" for a, b in places for c, d in places if a != c]
    lines.append(": capital-lower")
    lines += [f"{a} {b} {c} {d}".lower() for a, b in places[:4] for c, d in places[:4] if a != c]
    lines.append(": gram7-past-tense")
    verbs = [(verb, verb + "ed") for verb in VERBS]
    lines += [f"{a} {b} {c} {d}" for a, b in verbs for c, d in verbs if a != c]
    return "\n".join(lines) + "\n"


def pairs():
    places = list(zip(REGIONS, CITIES, range(8))) + [("sing", "dance", 4.5), ("好", "世界", 7), ("the", "Unheard", 1)]
    return "# invented\n" + "".join(f"{a}\t{b}\t{score}\n" for a, b, score in places)


def cosmul(kv, a, b, c, k):
    """3CosMul with the epsilon of Levy and Goldberg 2014; gensim has 1e-6 instead of 1e-3."""
    unit = kv.get_normed_vectors().astype(np.float64)
    cos = lambda word: (1 + unit @ unit[kv.get_index(word)]) / 2
    score = cos(b) * cos(c) / (cos(a) + 1e-3)
    order = [i for i in np.argsort(-score) if kv.index_to_key[i] not in (a, b, c)]
    return [[kv.index_to_key[i], float(score[i])] for i in order[:k]]


def evaluate(kv, restrict, case_insensitive):
    _, sections = kv.evaluate_word_analogies(HERE / "questions.txt", restrict, case_insensitive)
    return {s["section"]: [len(s["correct"]), len(s["correct"]) + len(s["incorrect"])] for s in sections}


def main():
    rows = vectors()
    kv = KeyedVectors(DIM)
    kv.add_vectors([word for word, _ in rows], np.stack([row for _, row in rows]))
    kv.save_word2vec_format(HERE / "gensim.txt")
    kv.save_word2vec_format(HERE / "gensim.bin", binary=True)
    (HERE / "questions.txt").write_text(questions(), encoding="utf-8")
    (HERE / "pairs.tsv").write_text(pairs(), encoding="utf-8")
    words = kv.index_to_key
    triples = [("Arda", "Ardaton", "Belor"), ("sing", "singed", "walk"), ("Gorm", "Gormstad", "Esk")]
    golden = {
        "bits": [[int(bits) for bits in row.view(np.uint32)] for _, row in rows],
        "words": words,
        "neighbours": {word: kv.most_similar(word, topn=10) for word in words},
        "add": [[t, kv.most_similar(positive=[t[1], t[2]], negative=[t[0]], topn=5)] for t in triples],
        "mul": [[t, cosmul(kv, *t, 5)] for t in triples],
        "evaluation": [
            [restrict, fold, evaluate(kv, restrict, fold)] for restrict in (12, 20, 100) for fold in (True, False)
        ],
        "cosines": [
            [a, b, float(kv.similarity(a, b))]
            for a, b, _ in (line.split("\t") for line in pairs().splitlines()[1:])
            if a in kv and b in kv
        ],
    }
    (HERE / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=None) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
