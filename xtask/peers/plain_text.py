#!/usr/bin/env python3
"""Turn WikiExtractor files into plain text that every trainer reads alike: the words of a-z, digits spelt out.

The clean-up is that of text8 (Mahoney): everything else is a space. Lines hold 1000 words at most, because some trainers
cut longer ones.
"""
import argparse
import os
import re

DIGITS = "zero one two three four five six seven eight nine".split()
SPELL = {str(digit): f" {word} " for digit, word in enumerate(DIGITS)}
LINE = 1000


def words(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith(("<doc ", "</doc>")):
                text = re.sub("[0-9]", lambda digit: SPELL[digit[0]], line.lower())
                yield from re.findall("[a-z]+", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--words", type=int, default=0, help="stop after so many; 0 takes all")
    parser.add_argument("input", nargs="+")
    args = parser.parse_args()
    line, left = [], args.words or float("inf")
    part = args.output + ".part"
    with open(part, "w", encoding="utf-8") as output:
        for path in args.input:
            for word in words(path):
                if left <= 0:
                    break
                line.append(word)
                left -= 1
                if len(line) == LINE:
                    output.write(" ".join(line) + "\n")
                    line = []
        if line:
            output.write(" ".join(line) + "\n")
    os.replace(part, args.output)


if __name__ == "__main__":
    main()
