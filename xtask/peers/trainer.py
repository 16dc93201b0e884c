"""What the programs that train word vectors share: their flags, the clock, and the report that they print."""
import argparse
import resource
import time


def flags(description):
    """The flags of a trainer, parsed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["skipgram", "cbow"])
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True, help="word2vec text file")
    for name, kind in [("dim", int), ("window", int), ("negatives", int), ("epochs", int), ("min-count", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    for name, kind in [("sample", float), ("learning-rate", float), ("threads", int), ("seed", int)]:
        parser.add_argument("--" + name, type=kind, required=True)
    return parser.parse_args()


def count_words(path):
    """Running words of a text."""
    with open(path, encoding="utf-8") as lines:
        return sum(len(line.split()) for line in lines)


def usage(wall, cpu, who=resource.RUSAGE_SELF):
    """The report of seconds, with the peak memory of `who`."""
    # Linux counts ru_maxrss in units of 1024 bytes.
    peak = resource.getrusage(who).ru_maxrss * 1024
    return {"wall_seconds": wall, "cpu_seconds": cpu, "peak_memory_bytes": peak}


class Usage:
    """Wall time, processor time of all threads, and peak memory of the process since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def report(self):
        return usage(time.perf_counter() - self.wall, time.process_time() - self.cpu)
