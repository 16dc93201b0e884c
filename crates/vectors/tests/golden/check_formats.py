#!/usr/bin/env python3
"""Checks that fastText, gensim and finalfusion open our files and find what we find. To be run by hand.

    python3 -m venv VENV && VENV/bin/pip install fasttext==0.9.3 gensim==4.4.0 finalfusion==0.7.1 numpy==2.4.6 \
        scipy==1.17.1 safetensors==0.8.0
    VENV/bin/python check_formats.py TEXT

Lets fastText train on TEXT (a few megabytes), lets us write its model as `.bin`, `.fifu`, safetensors and `.npy`, and
compares vectors and neighbours of known and unknown words.
"""
import pathlib
import subprocess
import sys
import tempfile

import fasttext
import finalfusion
import numpy as np
from gensim.models.fasttext import load_facebook_model, load_facebook_vectors
from safetensors.numpy import load_file

CRATE = pathlib.Path(__file__).parents[2]


def convert(*arguments):
    command = ["cargo", "run", "--quiet", "--release", "--example", "convert", "--", *map(str, arguments)]
    subprocess.run(command, cwd=CRATE, check=True)


def unit(row):
    return row / np.linalg.norm(row)


def compare(name, words, ours, theirs, tolerance=1e-5):
    worst = max(np.abs(ours(word) - theirs(word)).max() for word in words)
    print(f"{name}: {len(words)} vectors differ by {worst:.1e} at most")
    assert worst <= tolerance, name


def check_fasttext(path, model, known, unknown):
    again = fasttext.load_model(str(path))
    compare("fastText, known words", known, again.get_word_vector, model.get_word_vector)
    compare("fastText, unknown words", unknown, again.get_word_vector, model.get_word_vector)
    for word in (known + unknown)[:: len(known) // 100]:
        ours, theirs = again.get_nearest_neighbors(word), model.get_nearest_neighbors(word)
        assert all(abs(x[0] - y[0]) < 1e-5 for x, y in zip(ours, theirs)), word
    assert again.get_words(include_freq=True)[0] == model.get_words(include_freq=True)[0]
    return again


def check_gensim(path, model, known, unknown):
    for name, vectors in [
        ("load_facebook_vectors", load_facebook_vectors(str(path))),
        ("load_facebook_model", load_facebook_model(str(path)).wv),
    ]:
        # gensim gives n-grams to the end of a sentence, which fastText does not.
        words = [word for word in known if word != "</s>"]
        compare(f"gensim {name}, known words", words, vectors.get_vector, model.get_word_vector)
        compare(f"gensim {name}, unknown words", unknown, vectors.get_vector, model.get_word_vector)


def check_finalfusion(path, model, known, unknown):
    for mmap in False, True:
        embeddings = finalfusion.load_finalfusion(str(path), mmap=mmap)
        theirs = lambda word: unit(model.get_word_vector(word))
        compare("finalfusion, known words", known, lambda word: np.asarray(embeddings.embedding(word)), theirs)
        compare("finalfusion, unknown words", unknown, lambda word: np.asarray(embeddings.embedding(word)), theirs)
        norms = lambda word: embeddings.embedding_with_norm(word)[1]
        compare("finalfusion, norms", known, norms, lambda word: np.linalg.norm(model.get_word_vector(word)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        settings = {"dim": 50, "bucket": 20_000, "minn": 3, "maxn": 5, "thread": 10, "verbose": 0, "epoch": 1}
        model = fasttext.train_unsupervised(sys.argv[1], **settings)
        known = model.get_words()[:2000]
        unknown = [word + "ish" for word in known[1:500]] + ["naïveté", "世界"]
        model.save_model(str(folder / "theirs.bin"))
        convert(folder / "theirs.bin", folder / "safetensors", "safetensors")
        # Once from the file as it is, once from vectors whose own rows are to be found again.
        for source in "theirs.bin", "safetensors":
            convert(folder / source, folder / "ours.bin", "fasttext")
            check_fasttext(folder / "ours.bin", model, known, unknown)
            check_gensim(folder / "ours.bin", model, known, unknown)
            convert(folder / source, folder / "ours.fifu", "finalfusion")
            check_finalfusion(folder / "ours.fifu", model, known, unknown)
        rows = load_file(folder / "safetensors")["embeddings"]
        places = {word: i for i, word in enumerate(model.get_words())}
        compare("safetensors", known, lambda word: rows[places[word]], model.get_word_vector)
        convert(folder / "safetensors", folder / "ours.npy", "npy")
        rows = np.load(folder / "ours.npy", mmap_mode="r")
        assert (folder / "ours.words.txt").read_text(encoding="utf-8").split("\n")[:-1] == model.get_words()
        compare("numpy", known, lambda word: rows[places[word]], model.get_word_vector)


if __name__ == "__main__":
    main()
