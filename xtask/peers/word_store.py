#!/usr/bin/env python3
"""What is done with finished word vectors, by gensim and numpy: open a file, find the nearest words.

`make` writes random vectors (normally distributed, so that no word has near ones: the hardest case for a search that
guesses) as word2vec binary and as gensim's own files, and a list of words to ask for. `open` and `neighbours` print one
JSON object with the time and memory of that work alone.
"""
import argparse
import importlib.metadata
import json

import numpy
from gensim.models import KeyedVectors
from trainer import Usage

BATCH = 250


def make(args):
    draw = numpy.random.default_rng(args.seed)
    vectors = KeyedVectors(args.dim)
    names = [f"w{i}" for i in range(args.words)]
    vectors.add_vectors(names, draw.standard_normal((args.words, args.dim), dtype=numpy.float32))
    vectors.save_word2vec_format(args.name + ".bin", binary=True)
    vectors.save(args.name + ".kv")
    with open(args.name + ".words", "w", encoding="utf-8") as output:
        output.writelines(names[i] + "\n" for i in draw.choice(args.words, args.queries, replace=False))
    return {}


def open_file(args):
    usage = Usage()
    vectors = KeyedVectors.load(args.name + ".kv", mmap="r")
    return {"version": importlib.metadata.version("gensim"), "words": len(vectors), "usage": usage.report()}


def search(rows, queries, k):
    """The `k` nearest rows of each query but itself, nearest first: int[n_queries, k]."""
    found = numpy.empty((len(queries), k), dtype=numpy.int64)
    for start in range(0, len(queries), BATCH):
        batch = queries[start : start + BATCH]
        scores = rows[batch] @ rows.T
        scores[numpy.arange(len(batch)), batch] = -numpy.inf
        best = numpy.argpartition(scores, -k, axis=1)[:, -k:]
        order = numpy.argsort(-numpy.take_along_axis(scores, best, axis=1), axis=1)
        found[start : start + BATCH] = numpy.take_along_axis(best, order, axis=1)
    return found


def neighbours(args):
    vectors = KeyedVectors.load(args.name + ".kv")
    rows = vectors.get_normed_vectors()
    with open(args.name + ".words", encoding="utf-8") as lines:
        queries = numpy.array([vectors.key_to_index[line.rstrip("\n")] for line in lines])
    usage = Usage()
    found = search(rows, queries, args.top)
    usage = usage.report()
    names = [[vectors.index_to_key[i] for i in row] for row in found]
    return {"version": numpy.__version__, "usage": usage, "neighbours": names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["make", "open", "neighbours"])
    parser.add_argument("name", help="path of the files, without an ending")
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps({"make": make, "open": open_file, "neighbours": neighbours}[args.work](args)))


if __name__ == "__main__":
    main()
