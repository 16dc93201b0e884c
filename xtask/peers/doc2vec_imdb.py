#!/usr/bin/env python3
"""Compare document vectors of ours with gensim's on the labelled reviews of aclImdb (Maas et al. 2011).

    target/peers/bin/python xtask/peers/doc2vec_imdb.py --data aclImdb --sememe target/release/sememe

Both sides get the same text, words of a-z apart by spaces, and the same settings. In the first setting (`all`) all 50,000
reviews are trained on and their trained vectors taken; in the second (`infer`) the 25,000 training reviews, and the vectors
of the test reviews are inferred. Then logistic regression (scikit-learn) learns the sentiment from the vectors of the
training reviews, each column brought to mean 0 and variance 1, and is tested on the test reviews. Prints a JSON object a line
for each run: accuracy, and the processor seconds of all threads for counting and training, and for inferring.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys

import numpy


def reviews(folder):
    """The words of each review and its label, in the order of the files' numbers."""
    for label, name in enumerate(["neg", "pos"]):
        folder_of_label = os.path.join(folder, name)
        for file in sorted(os.listdir(folder_of_label), key=lambda file: int(file.split("_")[0])):
            with open(os.path.join(folder_of_label, file), encoding="utf-8") as text:
                words = re.findall("[a-z]+", text.read().replace("<br />", " ").lower())
            yield " ".join(words), label


def prepare(data, work, every):
    """Writes train.txt, test.txt and all.txt, a review a line; the labels of the first two.

    The reviews are shuffled. In the order of the files all bad ones come before all good ones; while a program trains, the
    words move on, so that vectors would tell early documents from late ones instead of bad ones from good ones.
    """
    labels, order = {}, numpy.random.default_rng(0)
    with open(os.path.join(work, "all.txt"), "w") as everything:
        for part in ["train", "test"]:
            rows = list(reviews(os.path.join(data, part)))[::every]
            texts, labels[part] = zip(*[rows[i] for i in order.permutation(len(rows))])
            with open(os.path.join(work, part + ".txt"), "w") as lines:
                lines.writelines(text + "\n" for text in texts)
            everything.writelines(text + "\n" for text in texts)
    return {part: numpy.array(rows) for part, rows in labels.items()}


def gensim_run(args):
    """Trains on a file, or infers with a model that was trained; a process of its own, so that its time can be taken."""
    from gensim.models.doc2vec import Doc2Vec

    if args.infer:
        model = Doc2Vec.load(args.model)
        with open(args.input) as lines:
            rows = [model.infer_vector(line.split()) for line in lines]
        numpy.save(args.output, numpy.array(rows))
        return
    model = Doc2Vec(
        corpus_file=args.input,
        dm=int(args.algorithm == "dm"),
        dm_mean=1,
        dbow_words=int(args.words),
        vector_size=args.dim,
        window=args.window,
        negative=args.negatives,
        hs=0,
        min_count=args.min_count,
        sample=args.sample,
        alpha=args.learning_rate,
        epochs=args.epochs,
        workers=args.threads,
        seed=args.seed,
    )
    numpy.save(args.output, model.dv.vectors)
    model.save(args.model)


def settings(args, names):
    return [part for name in names for part in ("--" + name, str(getattr(args, name.replace("-", "_"))))]


SHARED = ["algorithm", "dim", "window", "negatives", "min-count", "sample", "learning-rate", "epochs", "threads", "seed"]


def run(command):
    """Runs a command; the processor seconds it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def gensim(args, text, output, model):
    command = [sys.executable, __file__, "--run-gensim", "-i", text, "-o", output, "--model", model]
    return run(command + settings(args, SHARED) + ["--words"] * args.words)


def gensim_infer(args, model, text, output):
    return run([sys.executable, __file__, "--run-gensim", "--infer", "-i", text, "-o", output, "--model", model])


def sememe(args, text, output, model):
    command = [args.sememe, "vectors", "train", "doc2vec", "-q", "--force", "-i", text, "-o", model]
    seconds = run(command + settings(args, SHARED) + ["--words"] * args.words + args.extra.split())
    numpy.save(output, read_documents(model))
    return seconds


def sememe_infer(args, model, text, output):
    flags = settings(args, ["threads", "seed"])
    return run([args.sememe, "vectors", "infer", "-q", "--force", model, "-i", text, "-o", output] + flags)


def read_documents(path):
    """The tensor `embeddings` of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))["embeddings"]
        start, end = header["data_offsets"]
        file.seek(start, os.SEEK_CUR)
        return numpy.frombuffer(file.read(end - start), dtype="<f4").reshape(header["shape"])


def accuracy(train, test, labels):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(train, labels["train"]).score(test, labels["test"])


def compare(args):
    labels = prepare(args.data, args.work, args.every)
    sides = {"gensim": (gensim, gensim_infer), "sememe": (sememe, sememe_infer)}
    n_train = len(labels["train"])

    def path(name):
        return os.path.join(args.work, name)

    for args.seed in args.seeds:
        for name in args.tools:
            train, infer = sides[name]
            report = {"tool": name, "seed": args.seed, "algorithm": args.algorithm, "epochs": args.epochs}
            if "all" in args.settings:
                report["train_all_cpu_seconds"] = train(args, path("all.txt"), path("all.npy"), path("all.model"))
                rows = numpy.load(path("all.npy"))
                report["accuracy_all"] = accuracy(rows[:n_train], rows[n_train:], labels)
            if "infer" in args.settings:
                report["train_cpu_seconds"] = train(args, path("train.txt"), path("train.npy"), path("train.model"))
                report["infer_cpu_seconds"] = infer(args, path("train.model"), path("test.txt"), path("test.npy"))
                rows = [numpy.load(path(name)) for name in ["train.npy", "test.npy"]]
                report["accuracy_inferred"] = accuracy(*rows, labels)
            print(json.dumps(report), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder aclImdb, with train and test")
    parser.add_argument("--sememe", default="target/release/sememe", help="our program")
    parser.add_argument("--work", default="target/bench", help="where texts, models and vectors go")
    parser.add_argument("--tools", nargs="+", default=["gensim", "sememe"])
    parser.add_argument("--settings", nargs="+", default=["all", "infer"], choices=["all", "infer"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--extra", default="", help="more flags for our training")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take one review in N, for a quick look")
    parser.add_argument("--algorithm", choices=["dbow", "dm"], default="dbow")
    parser.add_argument("--words", action="store_true", help="train word vectors beside PV-DBOW")
    for name, default in [("dim", 100), ("window", 5), ("negatives", 5), ("min-count", 2), ("epochs", 10)]:
        parser.add_argument("--" + name, type=int, default=default)
    for name, default in [("sample", 1e-4), ("learning-rate", 0.025)]:
        parser.add_argument("--" + name, type=float, default=default)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--run-gensim", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--infer", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-i", dest="input", help=argparse.SUPPRESS)
    parser.add_argument("-o", dest="output", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run_gensim:
        gensim_run(args)
    else:
        os.makedirs(args.work, exist_ok=True)
        compare(args)


if __name__ == "__main__":
    main()
