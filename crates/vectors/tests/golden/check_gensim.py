#!/usr/bin/env python3
"""Checks that gensim and safetensors open our files and find what we find. To be run by hand.

    python3 -m venv VENV && VENV/bin/pip install gensim==4.4.0 numpy==2.4.6 scipy==1.17.1 safetensors==0.8.0
    VENV/bin/python check_gensim.py

Makes 2,000 random vectors, lets us convert them to each format, and compares the ten nearest words of every
word with those that gensim finds, and the tensors with those that were made.
"""
import collections
import pathlib
import subprocess
import tempfile

import numpy as np
from gensim.models import KeyedVectors
from safetensors.numpy import load_file

CRATE = pathlib.Path(__file__).parents[2]
N, DIM = 2000, 50


def cargo(example, *arguments):
    command = ["cargo", "run", "--quiet", "--example", example, "--", *map(str, arguments)]
    return subprocess.run(command, cwd=CRATE, check=True, capture_output=True, text=True).stdout


def ours(path):
    found = collections.defaultdict(list)
    for line in cargo("neighbours", path).splitlines():
        word, neighbour, score = line.split("\t")
        found[word].append((neighbour, float(score)))
    return found


def same(one, other):
    """The same words in the same order, but for neighbours whose cosines differ by rounding only."""
    close = all(abs(a[1] - b[1]) < 2e-6 for a, b in zip(one, other))
    return len(one) == len(other) == 10 and close and {w for w, _ in one[:9]} <= {w for w, _ in other}


def main():
    rng = np.random.default_rng(3)
    words = [f"wörd{i}" if i % 3 else f"词{i}" for i in range(N)]
    rows = rng.normal(size=(N, DIM)).astype(np.float32)
    made = KeyedVectors(DIM)
    made.add_vectors(words, rows)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        made.save_word2vec_format(folder / "gensim.bin", binary=True)
        for name in ["word2vec-text", "word2vec-binary", "glove-text", "safetensors"]:
            cargo("convert", folder / "gensim.bin", folder / name, name)
        found = ours(folder / "safetensors")
        for name, how in [
            ("word2vec-text", {}), ("word2vec-binary", {"binary": True}), ("glove-text", {"no_header": True}),
        ]:
            opened = KeyedVectors.load_word2vec_format(folder / name, **how)
            assert opened.index_to_key == words and np.array_equal(opened.vectors, rows), name
            wrong = [word for word in words if not same(found[word], opened.most_similar(word, topn=10))]
            print(f"{name}: {N - len(wrong)} of {N} words have the same ten neighbours in gensim")
            assert not wrong, wrong[:5]
        tensors = load_file(folder / "safetensors")
        text, ends = bytes(tensors["words"]), [0, *tensors["word_ends"]]
        assert [text[a:b].decode() for a, b in zip(ends, ends[1:])] == words
        assert np.array_equal(tensors["embeddings"], rows)
        print(f"safetensors: {({name: tensor.shape for name, tensor in tensors.items()})}")


if __name__ == "__main__":
    main()
