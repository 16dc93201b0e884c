#!/usr/bin/env python3
"""Train word vectors with fastText on a text of one sentence a line, words separated by white space.

Prints one JSON object as gensim_word2vec.py does. fastText counts words and trains in one call, so that `train` holds
both and `prepare` nothing. Its Python module takes no seed.
"""
import importlib.metadata
import json

import fasttext
import trainer


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
    args = trainer.flags(__doc__)
    words = trainer.count_words(args.input)
    usage = trainer.Usage()
    model = train(args)
    usage = usage.report()
    nothing = {"wall_seconds": 0.0, "cpu_seconds": 0.0, "peak_memory_bytes": 0}
    trained = {
        "version": importlib.metadata.version("fasttext"),
        "vocabulary": write(model, args.output),
        "dim": args.dim,
        "words": words * args.epochs,
        "prepare": nothing,
        "train": usage,
    }
    print(json.dumps(trained))


if __name__ == "__main__":
    main()
