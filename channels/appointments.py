"""Reads what a customer says of a call that was promised: another time, or not at all."""

from enum import StrEnum

from channels.clauses import clauses


class PromiseWord(StrEnum):
    """What is asked about a promised call."""

    MOVE = "move"
    DROP = "drop"


_MOVE = frozenset(
    """
    改期 改期吧 请改期 我要改期 想改期 改时间 改个时间 换时间 换个时间 改约 另约时间 改天再打
    晚点再打 晚些再打 晚一点再打 迟点再打 迟些再打 迟啲再打 改日再打
    later reschedule postpone anothertime movecall movethecall callmelater calllater changetime
    """.split()
)
_DROP = frozenset(
    """
    不用回电 不用回电了 不用回电话 不用回电话了 不必回电 不必回电了 不需要回电 不需要回电了
    不必来电 不用来电 不用致电 不必致电 无需致电 不用复电 不必复电 不用回复电话 不使复电 不使回电
    不用打来 不用打来了 不使打来 不使打
    无需回电 别回电了 不要回电 不要回电了 取消回电 不用再回电 不用给我回电 不用给我回电话 请取消回电
    nocall nocalls nocallback nocallneeded nocallsplease nocallplease cancelcall cancelcallback
    cancelthecall cancelthecallback noneedtocall noneedtocallback dontcallback donotcallback
    """.split()
)


def read(text: str) -> PromiseWord | None:
    """What a whole message asks about a promised call; None: nothing that is sure.

    Who has no such call may mean something else by it.
    """
    said = "".join(clauses(text))
    word = "".join(char for char in said if char.isalnum())
    if word in _DROP:
        return PromiseWord.DROP
    return PromiseWord.MOVE if word in _MOVE else None
