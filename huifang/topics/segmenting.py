"""Cuts Chinese into words with jieba's dictionary, which is loaded when somebody asks."""

import importlib
from functools import cache

from surveys.topics.terms import Cut
from surveys.topics.words import OWN


@cache
def segmenter() -> Cut:
    """Loads the dictionary, once a process: half a second and 30 MB; to be called in a thread."""
    # To import it is to load it: whoever never asks for topics does not wait for it.
    jieba = importlib.import_module("rjieba")
    for word in OWN:
        jieba.add_word(word, None, None)
    # Without guesses at unknown words: those are names, and words that run into each other.
    return lambda text: jieba.cut(text, False)
