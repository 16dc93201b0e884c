#!/usr/bin/env python3
"""Train word vectors with gensim on a text of one sentence a line, words separated by white space.

Prints one JSON object: what was trained, and the time and memory of counting (`prepare`) and training (`train`), as
`sememe vectors train --json` does. The text is read from the file by gensim's compiled reader, its fastest way.
"""
import argparse
import json
import resource
import time

import gensim
from gensim.models import Word2Vec


class Usage:
    """Wall time, processor time of all threads, and peak memory of the process since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def report(self):
        # Linux counts ru_maxrss in units of 1024 bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        wall, cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu
        return {"wall_seconds": wall, "cpu_seconds": cpu, "peak_memory_bytes": peak}


def train(args):
    model = Word2Vec(
        sg=int(args.model == "skipgram"),
        hs=0,
        vector_size=args.dim,
        window=args.window,
        negative=args.negatives,
        sample=args.sample,
        min_count=args.min_count,
        alpha=args.learning_rate,
        epochs=args.epochs,
        workers=args.threads,
        seed=args.seed,
    )
    usage = Usage()
    model.build_vocab(corpus_file=args.input)
    prepare, usage = usage.report(), Usage()
    words = model.corpus_total_words
    model.train(
        corpus_file=args.input, total_examples=model.corpus_count, total_words=words, epochs=model.epochs
    )
    return model, {
        "version": gensim.__version__,
        "vocabulary": len(model.wv),
        "dim": model.vector_size,
        "words": words * model.epochs,
        "prepare": prepare,
        "train": usage.report(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["skipgram", "cbow"])
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True, help="word2vec text file")
    for name, kind in [("dim", int), ("window", int), ("negatives", int), ("epochs", int), ("min-count", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    for name, kind in [("sample", float), ("learning-rate", float), ("threads", int), ("seed", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    args = parser.parse_args()
    model, report = train(args)
    model.wv.save_word2vec_format(args.output)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
