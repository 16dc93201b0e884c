#!/usr/bin/env python3
"""Score a word2vec text file of word vectors, most frequent words first, whoever trained it.

Analogies: a is to b as c is to ?, answered by the word whose vector is nearest, by cosine, to b - a + c (3CosAdd;
Mikolov et al. 2013), among the first WORDS words but the three given ones. Questions with other words are left out.
Similarity: Spearman's rank correlation of cosines with people's scores, over the pairs whose words are both known.
Prints one JSON object.
"""
import argparse
import json

import numpy
from scipy.stats import spearmanr

BATCH = 512


def read_vectors(path):
    """The words, and their vectors scaled to length 1: float32[n_words, dim]."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        n_words, dim = map(int, next(lines).split())
        words, rows = [], numpy.empty((n_words, dim), dtype=numpy.float32)
        for line in lines:
            fields = line.rstrip().split(" ")
            rows[len(words)] = numpy.array(fields[1:], dtype=numpy.float32)
            words.append(fields[0])
    if len(words) != n_words:
        raise SystemExit(f"{path}: {n_words} words announced, {len(words)} found")
    return words, rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def read_questions(path, ids):
    """(is it about grammar, [a, b, c, answer]) for each question whose words all have ids."""
    grammar, questions = False, []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(":"):
                grammar = line[1:].strip().startswith("gram")
                continue
            words = line.lower().split()
            if len(words) == 4 and all(word in ids for word in words):
                questions.append((grammar, [ids[word] for word in words]))
    return questions


def analogies(path, words, rows, n_words):
    ids, rows = {word: at for at, word in enumerate(words[:n_words])}, rows[:n_words]
    questions = read_questions(path, ids)
    hits = {False: [], True: []}
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        at = numpy.array([question for _, question in batch])
        scores = (rows[at[:, 1]] - rows[at[:, 0]] + rows[at[:, 2]]) @ rows.T
        for given in range(3):
            scores[numpy.arange(len(batch)), at[:, given]] = -numpy.inf
        for (grammar, question), best in zip(batch, scores.argmax(axis=1)):
            hits[grammar].append(int(best) == question[3])
    percent = lambda answers: 100 * sum(answers) / len(answers) if answers else None
    both = hits[False] + hits[True]
    return {
        "questions": len(both),
        "percent": percent(both),
        "semantic_percent": percent(hits[False]),
        "syntactic_percent": percent(hits[True]),
    }


def similarity(path, words, rows):
    ids = {word: at for at, word in enumerate(words)}
    people, cosines = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            first, second, score = line.lower().split()[:3]
            if first in ids and second in ids:
                people.append(float(score))
                cosines.append(float(rows[ids[first]] @ rows[ids[second]]))
    known = len(people) > 2
    return {"pairs": len(people), "spearman": float(spearmanr(people, cosines)[0]) if known else None}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors")
    parser.add_argument("--analogies", required=True, metavar="FILE")
    parser.add_argument("--words", type=int, default=30_000, help="how many of the first words answer analogies")
    parser.add_argument("--similarity", action="append", default=[], metavar="NAME=FILE")
    args = parser.parse_args()
    words, rows = read_vectors(args.vectors)
    pairs = dict(pair.split("=", 1) for pair in args.similarity)
    report = {
        "vocabulary": len(words),
        "analogies": analogies(args.analogies, words, rows, args.words),
        "similarity": {name: similarity(path, words, rows) for name, path in pairs.items()},
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
