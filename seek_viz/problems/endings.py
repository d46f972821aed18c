"""Which endings fit a topic: what may happen next to the quantity that a story is about."""

from __future__ import annotations

from collections.abc import Callable

from seek_viz.problems import endings_amounts as amounts
from seek_viz.problems import endings_people as people
from seek_viz.problems.story import Story, Topic

Ending = Callable[[Story, Topic], Topic]

_AMOUNT = (
    amounts.give_away,
    amounts.receive,
    amounts.compare,
    amounts.pack,
    amounts.split,
    amounts.sell,
    amounts.spoil,
    amounts.repeat,
)
_LENGTH = (people.longer, people.shorter, amounts.repeat)
ENDINGS: dict[str, tuple[Ending, ...]] = {
    "count": _AMOUNT,
    "share": (amounts.give_away, amounts.receive, amounts.spoil),
    "people": (people.arrive, people.teams, people.fee),
    "teams": (people.fee,),
    "work": (amounts.repeat, people.fee),
    "score": (amounts.next_day, amounts.friend_did),
    "friday": (amounts.friend_did, amounts.compare, amounts.receive),
    "years": (people.younger, people.grandparent),
    "weeks": (people.in_days,),
    "hours": (people.hourly_pay,),
    "money": (people.spend, people.earn, amounts.split, people.spend, people.earn, amounts.repeat),
    "money share": (people.spend, people.earn),
    "cost": (people.pay_more, people.pay_from, people.pay_more),
    "minutes": _LENGTH,
    "distance": _LENGTH,
    "length": (people.longer, people.shorter),
}
"""Kind of topic -> endings that fit; a kind that is missing takes none."""
