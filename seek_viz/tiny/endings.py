"""Endings: what happens next to the quantity that a story is about, one or two steps each.

An ending fits the topics of its kinds and leaves a new topic, so endings can be chained.
"""

from __future__ import annotations

from collections.abc import Callable

from seek_viz.tiny.story import SHE, THEY, Person, Story, Topic, dollars

Ending = Callable[[Story, Topic], Topic]


def give_away(story: Story, topic: Topic) -> Topic:
    """Some are given away."""
    who, noun, gone = topic.who, topic.noun, story.big(2, 0.4)
    x = story.given(gone)
    story.say(
        f"Then {who.name} gave {gone} of the {noun} to a friend.",
        f"Later {who.name} lost {gone} of the {noun}.",
        f"After that {gone} {noun} were given away.",
    )
    ref = story.step("sub", topic.ref, x, phrases=(f"the {noun} left", "what is left"))
    return Topic(
        ref,
        topic.kind,
        noun,
        who,
        (f"How many {noun} were left?", f"How many {noun} did {who.name} have then?"),
    )


def receive(story: Story, topic: Topic) -> Topic:
    """Some more come in."""
    who, noun, more = topic.who, topic.noun, story.big(2, 0.5)
    x = story.given(more)
    story.say(
        f"Then {who.name} got {more} more {noun}.",
        f"The next day {who.name} found {more} more {noun}.",
        f"A neighbour gave {who.whom} {more} {noun} more.",
    )
    ref = story.step("add", topic.ref, x, phrases=(f"the {noun} now", f"all {noun} then"))
    return Topic(
        ref,
        topic.kind,
        noun,
        who,
        (f"How many {noun} were there then?", f"How many {noun} did {who.name} have in the end?"),
    )


def compare(story: Story, topic: Topic) -> Topic:
    """Another person has several times as many; both together."""
    other, noun, times = story.person(), topic.noun, story.small(2, 6)
    k = story.given(times)
    many = "twice" if times == 2 else f"{times} times"
    story.say(f"{other.name} has {many} as many {noun} as that.", f"{other.name} has {many} as many.")
    second = story.step(
        "mul", topic.ref, k, phrases=(f"{other.name}'s {noun}", f"the {noun} of {other.name}")
    )
    if story.rng.random() < 0.5:
        return Topic(second, topic.kind, noun, other, (f"How many {noun} did {other.name} have?",))
    story.say("They put everything together.", f"They put their {noun} together.")
    ref = story.step("add", topic.ref, second, phrases=("both together", f"the {noun} of both"))
    asks = (f"How many {noun} were there with {other.name}'s?", f"How many {noun} did they have together?")
    return Topic(ref, topic.kind, noun, Person("they", THEY), asks)


def pack(story: Story, topic: Topic) -> Topic:
    """Packed evenly."""
    who, noun = topic.who, topic.noun
    each = story.divisor(topic.ref)
    x = story.given(each)
    story.say(
        f"All {who.whose} {noun} were packed in bags of {each}.",
        f"{who.start} put the {noun} into bags, {each} in each.",
    )
    ref = story.step("div", topic.ref, x, phrases=("the bags", "the number of bags"))
    return Topic(
        ref, "count", "bags", who, ("How many bags were there?", f"How many bags did {who.name} fill?")
    )


def split(story: Story, topic: Topic) -> Topic:
    """Shared evenly, one share asked."""
    groups = story.divisor(topic.ref)
    x = story.given(groups)
    story.say(
        f"All {topic.who.whose} {topic.noun} were divided evenly among {groups} friends.",
        f"{groups} friends shared {topic.who.whose} {topic.noun} equally.",
    )
    ref = story.step("div", topic.ref, x, phrases=("each friend's share", f"{topic.noun} for each friend"))
    ask = f"How many {topic.noun} did each friend get?"
    kind = "money share" if topic.kind == "money" else "share"
    return Topic(ref, kind, topic.noun, Person("each friend", THEY), (ask,))


def sell(story: Story, topic: Topic) -> Topic:
    """Sold at a price each."""
    who, price = topic.who, story.price()
    p = story.given(price)
    story.say(
        f"{who.start} sold the {topic.noun} for {dollars(price)} each.",
        f"All {who.whose} {topic.noun} were sold at {dollars(price)} apiece.",
    )
    ref = story.step("mul", topic.ref, p, phrases=("the money made", f"the money for the {topic.noun}"))
    return Topic(
        ref,
        "money",
        "dollars",
        who,
        ("How much money did that bring?", f"How many dollars did {who.name} get?"),
    )


def spoil(story: Story, topic: Topic) -> Topic:
    """A fraction goes; the rest stays."""
    part = story.divisor(topic.ref, 2, 6)
    x = story.given(part)
    share = {2: "Half", 3: "A third", 4: "A quarter"}.get(part, f"One in {part}")
    story.say(
        f"{share} of {topic.who.whose} {topic.noun} had to be thrown out.",
        f"{share} of {topic.who.whose} {topic.noun} turned out to be bad.",
    )
    # "Half" is a number too: the reader divides by the 2 that the word means.
    gone = story.step("div", topic.ref, x, phrases=(f"the bad {topic.noun}", f"{topic.noun} thrown out"))
    ref = story.step("sub", topic.ref, gone, phrases=(f"the good {topic.noun}", f"the {topic.noun} kept"))
    return Topic(ref, topic.kind, topic.noun, topic.who, (f"How many good {topic.noun} were left?",))


def repeat(story: Story, topic: Topic) -> Topic:
    """The same again, several times."""
    times = story.small(2, 9)
    x = story.given(times)
    story.say(
        f"{topic.who.start} did the same on {times} days.",
        f"All this happened {times} times.",
        f"It was the same on each of {times} days.",
    )
    ref = story.step("mul", topic.ref, x, phrases=(f"the {topic.noun} in all", f"all {times} times"))
    return Topic(ref, topic.kind, topic.noun, topic.who, (f"How many {topic.noun} is that in all?",))


def spend(story: Story, topic: Topic) -> Topic:
    """Some of the money is spent."""
    who, cost = topic.who, story.big(2, 0.4)
    thing = story.rng.choice(("a book", "lunch", "a ticket", "a gift", "a cap"))
    x = story.given(cost)
    story.say(
        f"{who.start} then spent {dollars(cost)} on {thing}.",
        f"Out of this {who.name} spent {dollars(cost)} on {thing}.",
    )
    ref = story.step("sub", topic.ref, x, phrases=("the money left", "what is left"))
    return Topic(
        ref,
        topic.kind,
        "dollars",
        who,
        (f"How much money did {who.name} have left?", "How many dollars were left?"),
    )


def earn(story: Story, topic: Topic) -> Topic:
    """More money comes in."""
    who, more = topic.who, story.big(2, 0.5)
    x = story.given(more)
    story.say(
        f"{who.start} already had {dollars(more)} at home.",
        f"To this {who.name} added {dollars(more)} from a drawer.",
    )
    ref = story.step("add", topic.ref, x, phrases=("the money in all", "all the money"))
    return Topic(
        ref,
        topic.kind,
        "dollars",
        who,
        (f"How much money did {who.name} have then?", "How many dollars is that?"),
    )


def pay_more(story: Story, topic: Topic) -> Topic:
    """Delivery comes on top of a cost, or a coupon comes off it."""
    extra = story.big(2, 0.15)
    x = story.given(extra)
    if story.rng.random() < 0.5:
        story.say(f"Delivery was {dollars(extra)} more.", f"On top came {dollars(extra)} for wrapping.")
        ref = story.step("add", topic.ref, x, phrases=("the full cost", "the cost with that"))
    else:
        story.say(f"A coupon took {dollars(extra)} off.", f"The shop took {dollars(extra)} off the bill.")
        ref = story.step("sub", topic.ref, x, phrases=("the cost with the coupon", "the lower cost"))
    asks = (f"How much did {topic.who.name} pay in the end?", "What was to pay in dollars?")
    return Topic(ref, "cost", "dollars", topic.who, asks)


def pay_from(story: Story, topic: Topic) -> Topic:
    """A cost is paid out of a purse."""
    purse = int(story.value(topic.ref)) + story.big(2, 0.5)
    x = story.given(purse)
    story.say(
        f"{topic.who.start} had {dollars(purse)} before.",
        f"Before that there were {dollars(purse)} in the purse.",
    )
    ref = story.step("sub", x, topic.ref, phrases=("the money left", "what stays in the purse"))
    asks = (f"How much money did {topic.who.name} have left?", "How many dollars were left?")
    return Topic(ref, "money", "dollars", topic.who, asks)


def longer(story: Story, topic: Topic) -> Topic:
    """So much longer or farther."""
    more = story.big(5, 0.3)
    x = story.given(more)
    story.say(f"A second part adds {more} {topic.noun} more.", f"To this come another {more} {topic.noun}.")
    ref = story.step("add", topic.ref, x, phrases=(f"all {topic.noun}", "both parts"))
    return Topic(ref, topic.kind, topic.noun, topic.who, (f"How many {topic.noun} is that in total?",))


def shorter(story: Story, topic: Topic) -> Topic:
    """So much shorter."""
    less = story.big(2, 0.3)
    x = story.given(less)
    story.say(f"But {less} {topic.noun} of it were cut.", f"It was then made {less} {topic.noun} shorter.")
    ref = story.step("sub", topic.ref, x, phrases=(f"the {topic.noun} left", "what remains"))
    return Topic(ref, topic.kind, topic.noun, topic.who, (f"How many {topic.noun} remained?",))


def arrive(story: Story, topic: Topic) -> Topic:
    """More people come, or some go."""
    noun, who = topic.noun, Person("they", THEY)
    if story.rng.random() < 0.5:
        number = story.big(2, 0.4)
        x = story.given(number)
        story.say(f"Then {number} more {noun} joined them.", f"Later {number} other {noun} came along.")
        ref = story.step("add", topic.ref, x, phrases=(f"the {noun} then", f"all {noun}"))
    else:
        number = story.big(2, 0.2)
        x = story.given(number)
        story.say(
            f"Then {number} of these {noun} went home.",
            f"Of these {noun}, {number} were ill and stayed away.",
        )
        ref = story.step("sub", topic.ref, x, phrases=(f"the {noun} who stay", f"the {noun} left"))
    return Topic(
        ref, topic.kind, noun, who, (f"How many {noun} were there then?", f"How many {noun} is that?")
    )


def teams(story: Story, topic: Topic) -> Topic:
    """People form equal teams."""
    each = story.divisor(topic.ref)
    x = story.given(each)
    story.say(
        f"These {topic.noun} formed teams of {each}.", f"They were put into teams of {each} for a game."
    )
    ref = story.step("div", topic.ref, x, phrases=("the teams", "the number of teams"))
    return Topic(ref, "teams", "teams", Person("they", THEY), ("How many teams were there?",))


def fee(story: Story, topic: Topic) -> Topic:
    """Each one brings some money."""
    price = story.price()
    p = story.given(price)
    each = {"work": f"For each of the {topic.noun} they got {dollars(price)}."}.get(
        topic.kind, f"Each of these {topic.noun} paid {dollars(price)}."
    )
    story.say(each)
    ref = story.step("mul", topic.ref, p, phrases=("all the money", f"{dollars(price)} from each"))
    asks = ("How much money was that?", "How many dollars came in?")
    return Topic(ref, "money", "dollars", Person("the club" if topic.kind != "work" else "they", THEY), asks)


def next_day(story: Story, topic: Topic) -> Topic:
    """The following day is above or below the average."""
    number = story.big(2, 0.2)
    x = story.given(number)
    more = story.rng.random() < 0.5
    word = "more" if more else "fewer"
    story.say(
        f"On Friday it was {number} {word} than the average.",
        f"Friday brought {number} {word} than that average.",
    )
    ref = story.step(
        "add" if more else "sub", topic.ref, x, phrases=("Friday", f"the {topic.noun} on Friday")
    )
    return Topic(ref, "friday", topic.noun, topic.who, (f"How many {topic.noun} was it on Friday?",))


def friend_did(story: Story, topic: Topic) -> Topic:
    """A friend reached several times as much."""
    other, times = story.person(), story.small(2, 6)
    k = story.given(times)
    story.say(
        f"{other.name}'s number was {times} times that.", f"{other.name} got {times} times as many as that."
    )
    ref = story.step("mul", topic.ref, k, phrases=(f"{other.name}'s {topic.noun}", f"{times} times that"))
    return Topic(ref, "friday", topic.noun, other, (f"How many {topic.noun} did {other.name} get?",))


def younger(story: Story, topic: Topic) -> Topic:
    """Someone is so many years older."""
    other, gap = story.person(), story.rng.randint(2, 9)
    x = story.given(gap)
    story.say(f"At that time {other.name} will be {gap} years older than {topic.who.name}.")
    ref = story.step("add", topic.ref, x, phrases=(f"{other.name}'s age then", f"the age of {other.name}"))
    return Topic(ref, "years", "years", other, (f"How old will {other.name} be then?",))


def grandparent(story: Story, topic: Topic) -> Topic:
    """A grandparent is several times as old."""
    times = story.rng.randint(2, 4)
    k = story.given(times)
    who = topic.who
    story.say(f"{who.start}'s grandmother will then be {times} times as old as {who.name}.")
    ref = story.step("mul", topic.ref, k, phrases=("the grandmother's age", "the age of the grandmother"))
    other = Person(f"{who.name}'s grandmother", SHE)
    return Topic(ref, "old", "years", other, ("How old will the grandmother be then?",))


def in_days(story: Story, topic: Topic) -> Topic:
    """Weeks become days."""
    story.say("The answer is wanted in days.", "Count it in days.")
    ref = story.step("mul", topic.ref, "7", phrases=("the days", "the time in days"))
    return Topic(ref, "length", "days", topic.who, ("How many days does it take?",))


def hourly_pay(story: Story, topic: Topic) -> Topic:
    """Hours are paid."""
    price = story.price()
    p = story.given(price)
    story.say(f"They are paid {dollars(price)} for each hour.", f"An hour is paid with {dollars(price)}.")
    ref = story.step("mul", topic.ref, p, phrases=("the pay", "the money for the hours"))
    return Topic(ref, "money", "dollars", Person("they", THEY), ("How many dollars did they get?",))


_AMOUNT = (give_away, receive, compare, pack, split, sell, spoil, repeat)
_LENGTH = (longer, shorter, repeat)
ENDINGS: dict[str, tuple[Ending, ...]] = {
    "count": _AMOUNT,
    "share": (give_away, receive, spoil),
    "people": (arrive, teams, fee),
    "teams": (fee,),
    "work": (repeat, fee),
    "score": (next_day, friend_did),
    "friday": (friend_did, compare, receive),
    "years": (younger, grandparent),
    "weeks": (in_days,),
    "hours": (hourly_pay,),
    "money": (spend, earn, split, spend, earn, repeat),
    "money share": (spend, earn),
    "cost": (pay_more, pay_from, pay_more),
    "minutes": _LENGTH,
    "distance": _LENGTH,
    "length": (longer, shorter),
}
"""Kind of topic -> endings that fit; a kind that is missing takes none."""
