#!/usr/bin/env python3
"""Train word vectors with gensim on a text of one sentence a line, words separated by white space.

Prints one JSON object: what was trained, and the time and memory of counting (`prepare`) and training (`train`), as
`sememe vectors train --json` does. The text is read from the file by gensim's compiled reader, its fastest way.
"""
import json

import gensim
import trainer
from gensim.models import Word2Vec


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
    usage = trainer.Usage()
    model.build_vocab(corpus_file=args.input)
    prepare, usage = usage.report(), trainer.Usage()
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
    args = trainer.flags(__doc__)
    model, report = train(args)
    model.wv.save_word2vec_format(args.output)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
