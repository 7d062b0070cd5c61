"""Cuts Chinese into words with jieba's dictionary, which is loaded once."""

import importlib
from functools import cache

from surveys.topics.terms import Cut
from surveys.topics.words import OWN


@cache
def segmenter() -> Cut:
    """Loads the dictionary, 30 MB, once a process: up to a second, in which no other thread runs.

    A server does so before it listens.
    """
    # To import it is to load it: a command that never asks for topics does not wait for it.
    jieba = importlib.import_module("rjieba")
    for word in OWN:
        jieba.add_word(word, None, None)
    # Without guesses at unknown words: those are names, and words that run into each other.
    return lambda text: jieba.cut(text, False)
