"""Writes what a ticketing system's agents read when a low score brings a ticket back."""

from dataclasses import dataclass

from tickets.ports import Order, Remark

_MOST_COMMENT = 4_000  # characters; the least that any of the systems keeps in a note is 65,535


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A note for agents, or the first words of a linked ticket.

    `mark` is one word, alike for every attempt at an order: it stands at the end of `body`, and
    whoever looks for it learns whether the note was written before. `customer` is whose ticket it
    was, by the system's own id, if the system may have forgotten.
    """

    mark: str
    subject: str
    body: str
    customer: str | None = None


def letter(order: Order) -> Letter:
    """The words of an order, Chinese and English; plain text, lines parted by a newline."""
    lines = [
        f"客户回访评价低 / Low survey answer: {_answer(order)}",
        f"工单 / Ticket: {order.ticket} ({order.cycle}) · {order.complaint}",
    ]
    if order.comment:
        said = order.comment[:_MOST_COMMENT]
        lines.append(f"客户留言 / Customer's comment: {said}")
    if order.customer:
        lines.append(f"客户编号 / Customer: {order.customer}")
    lines += [f"详情 / Details: {order.url}", order.key]
    return Letter(
        mark=order.key,
        subject=f"客户不满意,请回访 / Unhappy customer, follow-up of {order.ticket}",
        body="\n".join(lines),
        customer=order.customer,
    )


def addition(remark: Remark) -> Letter:
    """The words of what a customer added later."""
    lines = [
        f"客户补充 / The customer added: {remark.comment[:_MOST_COMMENT]}",
        f"工单 / Ticket: {remark.ticket} · {remark.complaint}",
        f"详情 / Details: {remark.url}",
        remark.key,
    ]
    subject = f"客户补充留言 / The customer added to {remark.ticket}"
    return Letter(mark=remark.key, subject=subject, body="\n".join(lines))


def _answer(order: Order) -> str:
    """`1 (20/100), satisfaction, v1`, as far as there is a rating and a score."""
    given = "-" if order.rating is None else f"{order.rating}"
    score = "" if order.score is None else f" ({order.score:.3g}/100)"
    return f"{given}{score}, {order.question}, {order.version}"
