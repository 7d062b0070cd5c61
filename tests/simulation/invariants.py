"""Says what must never be, at any moment and once all is quiet; each rule names what broke it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callbacks.promises.decide import MOST_MISSED
from channels.gate import CONVERSING
from channels.model import Channel, MessageClass
from channels.terms import Cap
from kernel.vault import derived_id
from tests.simulation import callrules
from tests.simulation.network import NOT_UNDERSTOOD, TIMEOUT, Taken
from tests.simulation.people import Customer
from tests.simulation.view import Row, Rule, View, instant

SEND_WITHIN = timedelta(seconds=10)  # of the intent, as the settings say
LATEST = SEND_WITHIN + TIMEOUT + timedelta(seconds=1)  # from the intent to the carrier's taking it
MOST_CONTACTS = 3  # first sends, reminders and fallbacks of one invitation
#: A promised call is confirmed and ends with a word; each slot has its reminder and an apology.
_MOST_OF_A_CALL = 2 + 2 * (MOST_MISSED + 1)
_CONVERSATION = MessageClass.CONVERSATION.value
_REACHED = ("sent", "delivered", "failed")
_LATER = ("recording.later", "calls.no_list")  # the carrier cannot be asked now
_ENDED = ("completed", "expired", "suppressed", "cancelled", "unreachable")


def always(view: View) -> list[str]:
    """What has come to be wrong since the last look."""
    left = view.fresh < len(view.network.taken)
    concerned = (rule for rule, tables in ALWAYS.items() if left or view.written & {*tables})
    return _asked(concerned, view)


def at_rest(view: View) -> list[str]:
    """What is wrong when nothing is left to do."""
    return _asked((*ALWAYS, *AT_REST), view)


def _asked(rules: Iterable[Rule], view: View) -> list[str]:
    return [f"{rule.__name__}: {what}" for rule in rules for what in rule(view)]


def _left(view: View, since: int = 0) -> list[tuple[Taken, Row]]:
    """Messages that left, with their rows in the ledger; one without is another rule's business."""
    contacts = view.contacts
    taken = view.network.taken[since:]
    return [(item, contacts[item.contact]) for item in taken if item.contact in contacts]


def _fresh(view: View) -> list[tuple[Taken, Row]]:
    """Those that left since the last look."""
    return _left(view, view.fresh)


def _people(view: View, row: Row) -> Customer:
    return next(
        one
        for one in view.ticketing.customers
        if (one.source, one.id) == (row["source"], row["customer"])
    )


# --- What customers see ---------------------------------------------------------------------------


def nobody_is_bothered_out_of_hours(view: View) -> Iterator[str]:
    window = view.rules.policy.window
    for item, row in _fresh(view):
        if _answers(view, item, row):
            continue
        hours = view.rules.policy.windows.get(item.channel, window)
        local = item.at.astimezone(ZoneInfo(_people(view, row).zone))
        minutes = local.hour * 60 + local.minute
        if not hours.opens <= minutes < hours.closes:
            yield f"{item.contact} left at {local.isoformat()}"
        elif item.valid_for is not None:
            last = item.at + timedelta(seconds=item.valid_for) - LATEST
            local = last.astimezone(ZoneInfo(_people(view, row).zone))
            minutes = local.hour * 60 + local.minute
            if last > item.at and not hours.opens <= minutes < hours.closes:
                yield f"{item.contact} may arrive until {local.isoformat()}"


def _answers(view: View, item: Taken, row: Row) -> bool:
    """Whether a message answers what its customer said just before, be it at another address."""
    if row["message_class"] != _CONVERSATION:
        return False
    said = view.phones.said.get(_people(view, row).phone or item.to, ())
    return any(timedelta(0) <= item.intended_at - at <= CONVERSING for at in said)


def nobody_is_asked_after_a_stop(view: View) -> Iterator[str]:
    for item, row in _fresh(view):
        known_at = view.ticketing.known_at(_people(view, row))
        pauses = not _answers(
            view, item, row
        )  # Who pauses and then asks for something is answered.
        if view.phones.stopped(item.to, item.channel, item.intended_at, known_at, pauses=pauses):
            yield f"{item.contact} to {item.to} was meant to go after its stop"


def nobody_is_contacted_who_does_not_want_it(view: View) -> Iterator[str]:
    for item, row in _fresh(view):
        if view.ticketing.blocked(_people(view, row), item.intended_at):
            yield f"{item.contact} to {row['customer']} was meant to go after do_not_contact"


def nothing_leaves_long_after_its_decision(view: View) -> Iterator[str]:
    for item, _ in _fresh(view):
        if item.at - item.intended_at > LATEST:
            yield f"{item.contact} left {item.at - item.intended_at} after it was decided"


def no_message_leaves_twice(view: View) -> Iterator[str]:
    for contact, times in Counter(item.contact for item in view.network.taken).items():
        if times > 1:
            yield f"{contact} left {times} times"


def no_cap_is_passed(view: View) -> Iterator[str]:
    bound = [(item, row) for item, row in _left(view) if item.sid not in view.network.lost]
    for cap in view.rules.policy.caps:
        by_whom: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
        for item, row in bound:
            if cap.binds(MessageClass(row["message_class"])):
                by_whom["person", row["source"], row["customer"]].append(item.at)
                by_whom["address", item.to].append(item.at)
        for who, times in by_whom.items():
            if _passes(cap, sorted(times)):
                yield f"{' '.join(who)}: more than {cap.limit} {cap.counts} in {cap.per}"


def _passes(cap: Cap, times: list[datetime]) -> bool:
    apart = cap.per - LATEST  # counted from the decisions, and some leave sooner than others
    return any(
        later - first < apart
        for first, later in zip(times, times[cap.limit :], strict=False)
        if cap.limit > 0
    )


def one_question_is_open_on_a_number(view: View) -> Iterator[str]:
    invitations = view.invitations
    asked: dict[bytes, set[str]] = defaultdict(set)
    for row in view.tables["contacts"]:
        invitation = invitations.get(row["thread"])
        if (
            row["channel"] == Channel.SMS
            and row["message_class"] != _CONVERSATION
            and row["state"] in ("sent", "delivered")
            and invitation is not None
            and invitation["state"] in ("invited", "in_progress")
            and invitation["channel"] == Channel.SMS
        ):
            asked[row["address_ix"]].add(row["thread"])
    for threads in asked.values():
        if len(threads) > 1:
            yield f"{sorted(threads)} wait for an answer of one number"


def an_invitation_is_sent_once_on_a_channel(view: View) -> Iterator[str]:
    sent = Counter(
        (row["thread"], item.channel)
        for item, row in _left(view)
        # What came back for the time being goes out once more.
        if row["message_class"] == MessageClass.INVITATION and item.sid not in view.network.lost
    )
    for (thread, channel), times in sent.items():
        if times > 1:
            yield f"{thread} was sent {times} times by {channel}"


def an_invitation_takes_few_messages(view: View) -> Iterator[str]:
    invitations = view.invitations
    reached = [
        row["thread"]
        for item, row in _left(view)
        if item.channel is not Channel.VOICE or item.sid not in view.network.lost
    ]
    for thread, times in Counter(reached).items():
        most = MOST_CONTACTS if thread in invitations else _MOST_OF_A_CALL
        if times > most:
            yield f"{thread} took {times} messages"


def nobody_is_reminded_who_has_answered(view: View) -> Iterator[str]:
    answered: dict[str, datetime] = {}
    for row in view.told("answer.recorded"):
        answered.setdefault(row["about"], instant(row["at"]))
    later = {row["about"] for row in view.told("question.postponed")}
    # Who hung up midway is asked the rest by the next channel.
    later |= {
        row["about"]
        for row in view.told("contact.delivered")
        if row["detail"]["channel"] == Channel.VOICE
    }
    for item, row in _fresh(view):
        at = answered.get(row["thread"])
        reminds = row["message_class"] == MessageClass.REMINDER and row["thread"] not in later
        if reminds and at is not None and at < instant(row["intended_at"]):
            yield f"{item.contact} reminds of what was answered at {at}"


# --- What the books say ---------------------------------------------------------------------------


def a_closure_is_planned_once(view: View) -> Iterator[str]:
    plans = Counter(
        (row["source"], row["ticket"], row["cycle"]) for row in view.tables["invitations"]
    )
    for closure, times in plans.items():
        if times > 1:
            yield f"{closure} has {times} invitations"


def what_left_stands_in_the_ledger(view: View) -> Iterator[str]:
    contacts = view.contacts
    for item in view.network.taken:
        row = contacts.get(item.contact)
        if row is None:
            yield f"{item.contact} left and is not in the ledger"
        elif row["state"] == "queued":
            yield f"{item.contact} left and waits in the ledger for another attempt"


def what_the_ledger_calls_sent_has_left(view: View) -> Iterator[str]:
    left = {item.contact for item in view.network.taken}
    by_reply = {
        row["detail"]["contact"]
        for row in view.told("contact.sent")
        if row["detail"].get("settled_by") == "reply"
    }
    for row in view.tables["contacts"]:
        sent = row["state"] in ("sent", "delivered") and row["message_class"] != _CONVERSATION
        if sent and row["id"] not in left | by_reply:
            yield f"{row['id']} is {row['state']} and never left"


def the_journal_and_the_ledger_agree(view: View) -> Iterator[str]:
    contacts = view.contacts
    told = Counter(row["detail"]["contact"] for row in view.told("contact.sent"))
    for contact, times in told.items():
        row = contacts.get(contact)
        if times > 1:
            yield f"{contact} was sent {times} times, the journal says"
        if row is None or row["state"] not in _REACHED:
            yield f"{contact} was sent, the journal says; the ledger: {row and row['state']}"
    for id_, row in contacts.items():
        if row["state"] in ("sent", "delivered") and id_ not in told:
            yield f"{id_} is {row['state']}, and the journal knows nothing of it"


def every_attempt_was_decided_once(view: View) -> Iterator[str]:
    allowed: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for row in view.told("decision"):
        contact, verdict = row["detail"].get("contact"), row["detail"].get("verdict")
        if contact and verdict in ("allow", "suppress"):
            (allowed if verdict == "allow" else ended)[contact] += 1
    ended.update(row["detail"].get("contact") for row in view.told("contact.withdrawn"))
    for contact, row in view.contacts.items():
        if row["message_class"] != _CONVERSATION and allowed[contact] != row["attempt"]:
            yield f"{contact} was allowed {allowed[contact]} times, in {row['attempt']} attempts"
    for contact, times in ended.items():
        if times > 1:
            yield f"{contact} was ended {times} times"


def a_send_that_is_done_came_to_something(view: View) -> Iterator[str]:
    ends = ("contact.sent", "contact.failed", "contact.withdrawn", "contact.unsettled")
    known = {row["detail"].get("contact") for kind in ends for row in view.told(kind)}
    known |= {
        row["detail"].get("contact")
        for row in view.told("decision")
        if row["detail"].get("verdict") == "suppress"
    }
    for row in view.tables["jobs"]:
        # A send whose fate was unknown goes on as `contact.settle`, under the same key.
        if row["key"].startswith("contact.send:") and row["outcome"] == "done":
            contact = row["key"].removeprefix("contact.send:")
            if contact not in known:
                yield f"{contact} is done, and nobody knows what came of it"


def nothing_fails_by_surprise(view: View) -> Iterator[str]:
    for entry in view.logs:
        known = entry["fault"] in ("LeaseLost", "-") or entry["why"] == NOT_UNDERSTOOD
        known |= entry["event"] in (*_LATER, "notice.unmailed")  # nobody's address is set
        if not known:
            yield f"{entry['event']}: {entry['fault']}: {entry['why']}"


def a_person_is_told(view: View) -> Iterator[str]:
    """What the journal leaves to a person stands on the board, by the same commit."""
    board = {(row["kind"], row["subject"]) for row in view.tables["notices"]}
    wanted = {
        ("contact.unsettled", row["detail"]["contact"]) for row in view.told("contact.unsettled")
    }
    for row in view.told("complaint.needs_a_person"):
        reason = row["detail"]["reason"]
        kind = "desk.silent" if reason == "desk_silent" else row["kind"]
        wanted.add((kind, f"{row['about']}:{reason}"))
    wanted |= {
        ("deadletter.new", row["kind"]) for row in view.tables["jobs"] if row["outcome"] == "dead"
    }
    for kind, subject in sorted(wanted - board):
        yield f"{kind} about {subject} stands on no board"


def an_answer_changes_by_a_correction_alone(view: View) -> Iterator[str]:
    given, changed = (
        Counter((row["detail"]["response"], row["detail"]["question"]) for row in view.told(kind))
        for kind in ("answer.recorded", "answer.corrected")
    )
    changed += Counter(
        (row["detail"]["response"], row["detail"]["question"])
        for row in view.told("answer.confirmed")
    )
    for answer, times in given.items():
        if times > 1:
            yield f"{answer} was given {times} times"
    for row in view.tables["answers"]:
        answer = row["response"], row["question"]
        if row["revision"] != changed[answer] or not given[answer]:
            yield f"{answer}: revision {row['revision']}, {changed[answer]} corrections"


# --- Complaints -----------------------------------------------------------------------------------


def no_ticket_is_reopened_twice_for_one_score(view: View) -> Iterator[str]:
    orders: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for order in view.ticketing.asked:
        orders[order.complaint, order.follow_up].add(order.key)
    for (complaint, follow_up), keys in orders.items():
        if len(keys) > 1:
            yield f"{complaint} asked under {len(keys)} keys, follow_up={follow_up}"
    done = Counter(order.complaint for order in view.ticketing.done.values())
    for complaint, times in done.items():
        if times > 1:
            yield f"{complaint} was both reopened and followed up"


def automatic_reopens_stay_below_their_cap(view: View) -> Iterator[str]:
    rules = view.rules.complaints
    ordered: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for row in view.told("complaint.registered"):
        if row["detail"]["reopen"] == "ordered":
            ordered[row["source"], row["ticket"]].append(instant(row["at"]))
    for ticket, times in ordered.items():
        for first, later in zip(times, times[rules.max_reopens :], strict=False):
            if later - first < rules.per:
                yield f"{ticket} was reopened by itself more than {rules.max_reopens} times"


def a_ticket_is_asked_once_whether_it_is_settled(view: View) -> Iterator[str]:
    asked = Counter(
        (row["source"], row["ticket"])
        for row in view.tables["invitations"]
        if row["attempted"] and row["recovery"]
    )
    for ticket, times in asked.items():
        if times > 1:
            yield f"{ticket} was asked {times} times"


def what_happened_once_is_told_once(view: View) -> Iterator[str]:
    once = ("complaint.registered", "ticket.reopened_by_us", "ticket.follow_up_opened")
    told = Counter((kind, row["about"]) for kind in once for row in view.told(kind))
    for (kind, about), times in told.items():
        if times > 1:
            yield f"{kind} of {about} {times} times"
    ends = Counter(row["about"] for end in _ENDED for row in view.told(f"invitation.{end}"))
    ends -= Counter(row["about"] for row in view.told("invitation.resumed"))
    for about, times in ends.items():
        if times > 1:
            yield f"{about} ended {times} times"


def what_customers_said_is_added_once(view: View) -> Iterator[str]:
    said: Counter[str] = Counter()
    for row in view.tables["jobs"]:
        if row["kind"] == "complaint.comment":
            said[row["key"].split(":")[1]] += 1
    for complaint in view.tables["complaints"]:
        for kind in ("complaint.comment_added", "complaint.answer_added"):
            added = sum(1 for row in view.told(kind) if row["about"] == complaint["id"])
            if added > said[complaint["response"]]:
                yield f"{kind} of {complaint['id']} {added} times"


def a_deadline_is_escalated_once_a_round(view: View) -> Iterator[str]:
    rounds = Counter(
        (row["about"], row["detail"]["deadline"], row["detail"]["round"])
        for row in view.told("complaint.escalated")
    )
    for (about, deadline, number), times in rounds.items():
        if times > 1:
            yield f"{deadline} of {about} was escalated {times} times in round {number}"


def reopens_are_counted_once(view: View) -> Iterator[str]:
    done = Counter(
        (order.source, order.ticket)
        for order in view.ticketing.done.values()
        if not order.follow_up
    )
    for row in view.tables["tickets"]:
        if row["reopens"] > done[row["source"], row["id"]]:
            yield f"{row['id']} counts {row['reopens']} reopens"


def a_complaint_follows_a_low_score(view: View) -> Iterator[str]:
    # A score may be corrected once somebody has taken it up.
    low = {row["detail"]["response"] for row in view.told("response.low")}
    done = {order.complaint for order in view.ticketing.done.values() if not order.follow_up}
    for row in view.tables["complaints"]:
        if row["response"] not in low:
            yield f"{row['id']} complains of a score that is not low"
        if row["reopen"] == "accepted" and row["id"] not in done:
            yield f"{row['id']} is said to be reopened, and the desk never did it"
        if row["reopen"] in ("none", "refused") and row["attention"] is None:
            yield f"{row['id']} is {row['reopen']}, and no person is told"


# --- Once all is quiet ----------------------------------------------------------------------------


def every_job_has_ended(view: View) -> Iterator[str]:
    for row in view.tables["jobs"]:
        if row["done_at"] is None:
            yield f"{row['key']} still waits"
        elif row["outcome"] == "dead" and row["kind"] not in ("ticket.reopen", "event.publish"):
            yield f"{row['key']} was given up: {row['error']}"


def no_contact_hangs_in_the_balance(view: View) -> Iterator[str]:
    """Unless its carrier could not be asked for days, and a person was told."""
    given_up = {row["detail"]["contact"] for row in view.told("contact.unsettled")}
    for row in view.tables["contacts"]:
        if row["state"] == "sending":
            yield f"{row['id']} is still sending"
        provable = row["channel"] != Channel.EMAIL and row["id"] not in given_up
        if row["state"] == "unknown" and provable:
            yield f"{row['id']} could have been settled"


def every_invitation_has_ended_with_a_reason(view: View) -> Iterator[str]:
    for row in view.tables["invitations"]:
        if row["state"] not in _ENDED:
            yield f"{row['id']} is still {row['state']}"
        elif row["state"] != "completed" and not row["reason"]:
            yield f"{row['id']} is {row['state']} for no reason"


def no_closure_is_forgotten(view: View) -> Iterator[str]:
    kept = {
        (row["source"], row["ticket"], instant(row["closed_at"])) for row in view.tables["closures"]
    }
    invited = {(row["source"], row["ticket"], row["cycle"]) for row in view.tables["invitations"]}
    refused = {
        (row["source"], row["ticket"], row["detail"]["cycle"])
        for row in view.told("decision")
        if row["detail"].get("verdict") == "suppress" and "cycle" in row["detail"]
    }
    for id_, told in view.ticketing.told.items():
        if told.document["type"] == "ticket.closed":
            facts = told.document["data"]["ticket"]
            at = datetime.fromisoformat(facts["closed_at"])
            if (told.document["source"], facts["id"], at) not in kept:
                yield f"{id_}: {facts['id']} closed at {at} is not kept"
    for row in view.tables["closures"]:
        closure = row["source"], row["ticket"], row["cycle"]
        if (closure in invited) == (closure in refused):
            yield f"{closure} is planned and refused alike, or neither"


def every_low_score_was_followed_up(view: View) -> Iterator[str]:
    complaints = {row["response"]: row for row in view.tables["complaints"]}
    dead = {row["key"] for row in view.tables["jobs"] if row["outcome"] == "dead"}
    for row in view.tables["responses"]:
        if row["low"] and row["id"] not in complaints:
            yield f"{row['id']} is low, and nobody complained"
    for row in complaints.values():
        if row["reopen"] == "ordered" and f"ticket.reopen:{row['id']}" not in dead:
            yield f"{row['id']} was never answered by its desk"


def every_complaint_was_closed(view: View) -> Iterator[str]:
    for row in view.tables["complaints"]:
        if row["state"] != "closed":
            yield f"{row['id']} is still {row['state']}, telling {row['telling']}"


def every_reply_was_read(view: View) -> Iterator[str]:
    kept = {row["id"]: row for row in view.tables["inbound"]}
    for sid in sorted(view.phones.heard):
        if sid not in kept or not kept[sid]["reading"]:
            yield f"{sid} was taken in, and nobody read it"


def no_promise_is_silently_broken(view: View) -> Iterator[str]:
    """Nobody phones here: a call that is not cancelled ends with a person who was told."""
    board = {(row["kind"], row["subject"]) for row in view.tables["notices"]}
    for row in view.tables["callbacks"]:
        if row["state"] not in ("done", "cancelled", "exhausted", "missed"):
            yield f"{row['id']} is still {row['state']}"
        for number in range(1, row["missed"] + 1):
            if ("callback.missed", f"{row['id']}:{number}") not in board:
                yield f"{row['id']} was missed {number} times, and no person is told"


def what_was_published_was_heard(view: View) -> Iterator[str]:
    for row in view.tables["jobs"]:
        if row["kind"] == "event.publish" and row["outcome"] == "done":
            id_ = row["key"].removeprefix("event.publish:")
            if derived_id("e_", id_) not in view.ticketing.heard:
                yield f"{id_} is published, and nobody heard it"


#: What is asked all the time, and the tables without which nothing can come to break it; of those
#: that name none, a message that leaves is enough.
ALWAYS: dict[Rule, tuple[str, ...]] = {
    what_left_stands_in_the_ledger: ("contacts",),
    nobody_is_bothered_out_of_hours: (),
    nobody_is_asked_after_a_stop: (),
    nobody_is_contacted_who_does_not_want_it: (),
    nothing_leaves_long_after_its_decision: (),
    no_message_leaves_twice: (),
    no_cap_is_passed: ("contacts",),
    one_question_is_open_on_a_number: ("contacts", "invitations"),
    an_invitation_is_sent_once_on_a_channel: ("contacts",),
    an_invitation_takes_few_messages: ("contacts",),
    nobody_is_reminded_who_has_answered: (),
    an_answer_changes_by_a_correction_alone: ("answers", "journal"),
    a_closure_is_planned_once: ("invitations",),
    what_the_ledger_calls_sent_has_left: ("contacts",),
    the_journal_and_the_ledger_agree: ("contacts", "journal"),
    every_attempt_was_decided_once: ("contacts", "journal"),
    a_send_that_is_done_came_to_something: ("jobs",),
    nothing_fails_by_surprise: ("jobs",),
    a_person_is_told: ("journal", "jobs"),
    no_ticket_is_reopened_twice_for_one_score: ("jobs",),
    automatic_reopens_stay_below_their_cap: ("journal",),
    a_ticket_is_asked_once_whether_it_is_settled: ("invitations",),
    what_happened_once_is_told_once: ("journal",),
    what_customers_said_is_added_once: ("journal",),
    a_deadline_is_escalated_once_a_round: ("journal",),
    reopens_are_counted_once: ("tickets",),
    a_complaint_follows_a_low_score: ("complaints",),
    **callrules.ALWAYS,
}

AT_REST: tuple[Rule, ...] = (
    every_job_has_ended,
    no_contact_hangs_in_the_balance,
    every_invitation_has_ended_with_a_reason,
    no_closure_is_forgotten,
    every_low_score_was_followed_up,
    every_complaint_was_closed,
    every_reply_was_read,
    no_promise_is_silently_broken,
    what_was_published_was_heard,
    *callrules.AT_REST,
)
