#!/usr/bin/env python3
"""Writes files of vectors with the programs whose formats they are, from text and numbers invented here.

    python3 -m venv VENV && VENV/bin/pip install fasttext==0.9.3 finalfusion==0.7.1 numpy==2.4.6 safetensors==0.8.0
    VENV/bin/python make_formats.py

skipgram.bin    fastText, n-grams of 2 to 3 characters in 40 buckets
supervised.bin  fastText, a classifier over n-grams of words and characters
pruned.ftz      the like quantised, with norms apart and some words and buckets left out
simple.fifu     finalfusion: words, norms, metadata
buckets.fifu    finalfusion: words and its own buckets
fasttext.fifu   finalfusion: words and fastText's buckets
quantized.fifu  finalfusion: codes of a product quantiser with projection, norms and fastText's buckets
half.npy        numpy: 16-bit floats; its words are in half.words.txt
formats.json    for each file the vectors of some words, known and unknown, as its own program gives them
"""
import json
import pathlib
import tempfile

import fasttext
import numpy as np
from finalfusion import Embeddings
from finalfusion.metadata import Metadata
from finalfusion.norms import Norms
from finalfusion.storage import NdArray, QuantizedArray
from finalfusion.storage.quantized import PQ
from finalfusion.subword import FastTextIndexer, FinalfusionHashIndexer
from finalfusion.vocab import FastTextVocab, FinalfusionBucketVocab, SimpleVocab

HERE = pathlib.Path(__file__).parent
WORDS = ["the", "rose", "roses", "red", "café", "世界", "naïve", "</s>"]
ASKED = WORDS + ["rosy", "unheard", "caffè", "世", "x"]


def text(rng, n_words):
    """Lines of invented words, some of them not ASCII, with a label each."""
    words = WORDS[:-1] + ["".join(rng.choice(list("abcdeéßмир"), rng.integers(2, 6))) for _ in range(n_words)]
    lines = [" ".join(rng.choice(words, 8)) for _ in range(4 * len(words))]
    labelled = "".join(f"__label__{i % 3} {line}\n" for i, line in enumerate(lines))
    return "".join(line + "\n" for line in lines), labelled


def vectors(model):
    """What fastText says; an unknown word without n-grams has a vector of zeros."""
    return {word: [float(x) for x in model.get_word_vector(word)] for word in ASKED}


def fasttext_models(rng, golden):
    with tempfile.TemporaryDirectory() as folder:
        plain, labelled = pathlib.Path(folder, "plain"), pathlib.Path(folder, "labelled")
        # fastText 0.9.3 fills its first matrix in ten parts, one for each thread: with fewer threads, or a size that ten
        # does not divide, the rest begins as whatever was in memory.
        settings = {"dim": 10, "epoch": 2, "minCount": 1, "thread": 10, "verbose": 0}
        for path, some in zip([plain, labelled], text(rng, 20)):
            path.write_text(some, encoding="utf-8")
        model = fasttext.train_unsupervised(str(plain), minn=2, maxn=3, bucket=40, t=1, **settings)
        model.save_model(str(HERE / "skipgram.bin"))
        golden["skipgram.bin"] = vectors(model)
        golden["neighbours"] = {word: model.get_nearest_neighbors(word, 5) for word in ASKED if word != "x"}
        settings |= {"minn": 2, "maxn": 3, "wordNgrams": 2}
        model = fasttext.train_supervised(str(labelled), bucket=60, **settings)
        model.save_model(str(HERE / "supervised.bin"))
        golden["supervised.bin"] = vectors(model)
        labelled.write_text(text(rng, 200)[1], encoding="utf-8")
        model = fasttext.train_supervised(str(labelled), bucket=500, **settings)
        model.quantize(str(labelled), qnorm=True, cutoff=300, retrain=True, thread=10, verbose=0)
        model.save_model(str(HERE / "pruned.ftz"))
        golden["pruned.ftz"] = vectors(model)


def unit(rows):
    norms = np.linalg.norm(rows, axis=1).astype(np.float32)
    return rows / norms[:, None], Norms(norms)


def finalfusion(rng, golden):
    dim, words = 6, WORDS[:-1]
    rows = lambda n: rng.normal(size=(n, dim)).astype(np.float32)
    units, norms = unit(rows(len(words)))
    metadata = Metadata({"about": "invented", "model": {"dims": dim}})
    files = {"simple.fifu": Embeddings(NdArray(units), SimpleVocab(words), norms, metadata)}
    hashed = FinalfusionBucketVocab(words, FinalfusionHashIndexer(5, 2, 3))
    files["buckets.fifu"] = Embeddings(NdArray(np.vstack([units, rows(32)])), hashed, norms)
    bucketed = FastTextVocab(words, FastTextIndexer(40, 2, 3))
    files["fasttext.fifu"] = Embeddings(NdArray(np.vstack([units, rows(40)])), bucketed, norms)
    projection = np.linalg.qr(rng.normal(size=(dim, dim)))[0].astype(np.float32)
    centroids = rng.normal(size=(3, 16, dim // 3)).astype(np.float32)
    codes = rng.integers(0, 16, size=(len(words) + 40, 3)).astype(np.uint8)
    factors = rng.uniform(1, 2, len(codes)).astype(np.float32)
    quantized = QuantizedArray(PQ(centroids, projection), codes, factors)
    files["quantized.fifu"] = Embeddings(quantized, bucketed, norms)
    for name, embeddings in files.items():
        embeddings.write(str(HERE / name))
        golden[name] = {}
        for word in ASKED[:7] + ASKED[8:]:
            found = embeddings.embedding_with_norm(word) if word in words or name != "simple.fifu" else None
            # Vectors of unknown words are unit vectors there: only their directions are compared.
            golden[name][word] = found and [float(x) for x in found[0] * (found[1] if word in words else 1)]


def half(rng, golden):
    rows = rng.normal(size=(len(WORDS), 5)).astype(np.float16)
    np.save(HERE / "half.npy", rows)
    (HERE / "half.words.txt").write_text("".join(word + "\n" for word in WORDS), encoding="utf-8")
    golden["half.npy"] = {word: [float(x) for x in row] for word, row in zip(WORDS, rows)}


def main():
    rng, golden = np.random.default_rng(11), {}
    fasttext_models(rng, golden)
    finalfusion(rng, golden)
    half(rng, golden)
    (HERE / "formats.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
