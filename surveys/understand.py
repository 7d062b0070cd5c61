"""Says what a reply means as an answer to a question, and never guesses."""

from surveys import options, ownlabels, ratings, truths
from surveys.meanings import Choice, Comment, Meaning, Rating, Truth, Unclear
from surveys.model import Question, QuestionKind
from surveys.plaintext import fold, respelled

__all__ = ["Choice", "Comment", "Meaning", "Rating", "Truth", "Unclear", "read"]


def read(text: str, question: Question, locale: str) -> Meaning:
    """What `text` answers to `question`, digits and words of every language alike.

    `locale` decides only which label is meant when two languages share one. The labels that an
    operator gave a scale go before the usual words. The text
    is cut at `plaintext.MOST_CHARACTERS`. Total: any text gives a meaning, if only Unclear.
    """
    folded = fold(text)
    if not folded.text.strip():
        return Unclear(reason="empty")
    plain = respelled(folded)
    match question.kind:
        case QuestionKind.COMMENT:
            return Comment(text=plain.whole())
        case QuestionKind.CHOICE:
            return options.read(plain, question, locale)
        case QuestionKind.RESOLVED:
            return truths.read(plain, ownlabels.of(question, locale))
        case QuestionKind.CSAT5 | QuestionKind.NPS | QuestionKind.CES7:
            return ratings.read(plain, question.kind, ownlabels.of(question, locale))
