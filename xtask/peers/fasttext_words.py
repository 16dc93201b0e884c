#!/usr/bin/env python3
"""Train word vectors with fastText on a text of one sentence a line, words separated by white space.

Prints one JSON object as gensim_word2vec.py does. fastText counts words and trains in one call, so that `train` holds
both and `prepare` nothing. Its Python module takes no seed.
"""
import argparse
import importlib.metadata
import json
import resource
import time

import fasttext


def flags():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["skipgram", "cbow"])
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True, help="word2vec text file")
    for name, kind in [("dim", int), ("window", int), ("negatives", int), ("epochs", int), ("min-count", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    for name, kind in [("sample", float), ("learning-rate", float), ("threads", int), ("seed", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    return parser.parse_args()


def train(args):
    return fasttext.train_unsupervised(
        args.input,
        model=args.model,
        dim=args.dim,
        ws=args.window,
        neg=args.negatives,
        t=args.sample,
        minCount=args.min_count,
        lr=args.learning_rate,
        epoch=args.epochs,
        thread=args.threads,
        minn=3,
        maxn=6,
        verbose=0,
    )


def write(model, path):
    words = [word for word in model.get_words() if word != "</s>"]
    with open(path, "w", encoding="utf-8") as output:
        output.write(f"{len(words)} {model.get_dimension()}\n")
        for word in words:
            numbers = " ".join(f"{x:.6g}" for x in model.get_word_vector(word))
            output.write(f"{word} {numbers}\n")
    return len(words)


def main():
    args = flags()
    with open(args.input, encoding="utf-8") as lines:
        words = sum(len(line.split()) for line in lines)
    wall, cpu = time.perf_counter(), time.process_time()
    model = train(args)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    # Linux counts ru_maxrss in units of 1024 bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    nothing = {"wall_seconds": 0.0, "cpu_seconds": 0.0, "peak_memory_bytes": 0}
    trained = {
        "version": importlib.metadata.version("fasttext"),
        "vocabulary": write(model, args.output),
        "dim": args.dim,
        "words": words * args.epochs,
        "prepare": nothing,
        "train": {"wall_seconds": wall, "cpu_seconds": cpu, "peak_memory_bytes": peak},
    }
    print(json.dumps(trained))


if __name__ == "__main__":
    main()
