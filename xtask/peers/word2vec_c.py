#!/usr/bin/env python3
"""Train word vectors with word2vec's C program, as the package `word2vec` builds it, on a text of one sentence a line.

Prints one JSON object as gensim_word2vec.py does. `prepare` is a run of its own that only counts the vocabulary; `train`
is the whole of the other run less that.
"""
import importlib.metadata
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import trainer

PROGRAM = pathlib.Path(sys.executable).parent / "word2vec"


def run(args, output):
    """Runs the program; wall and processor time. It has no seed."""
    command = [PROGRAM, "-train", args.input, "-debug", 0, "-min-count", args.min_count, *output]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def usage(wall, cpu):
    return trainer.usage(wall, cpu, resource.RUSAGE_CHILDREN)


def settings(args):
    pairs = {
        "-output": args.output,
        "-size": args.dim,
        "-window": args.window,
        "-negative": args.negatives,
        "-hs": 0,
        "-sample": args.sample,
        "-threads": args.threads,
        "-iter": args.epochs,
        "-alpha": args.learning_rate,
        "-cbow": int(args.model == "cbow"),
        "-binary": 0,
    }
    return [part for pair in pairs.items() for part in pair]


def without_sentence_end(path):
    """Takes `</s>`, which the program always adds, out of the file; the number of words left."""
    with open(path, encoding="utf-8", errors="replace") as lines:
        n_words, dim = next(lines).split()
        rest = [line for line in lines if not line.startswith("</s> ")]
    with open(path, "w", encoding="utf-8") as output:
        output.write(f"{len(rest)} {dim}\n")
        output.writelines(rest)
    return len(rest)


def main():
    args = trainer.flags(__doc__)
    words = trainer.count_words(args.input)
    with tempfile.NamedTemporaryFile() as vocabulary:
        prepare = run(args, ["-save-vocab", vocabulary.name])
    prepare = usage(*prepare)
    wall, cpu = run(args, settings(args))
    trained = {
        "version": importlib.metadata.version("word2vec"),
        "vocabulary": without_sentence_end(args.output),
        "dim": args.dim,
        "words": words * args.epochs,
        "prepare": prepare,
        "train": usage(wall - prepare["wall_seconds"], cpu - prepare["cpu_seconds"]),
    }
    print(json.dumps(trained))


if __name__ == "__main__":
    main()
