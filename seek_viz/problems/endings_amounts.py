"""What happens next to an amount of things, or to a score: one or two steps each.

An ending takes the topic of a story further and leaves a new topic, so endings can be chained.
"""

from __future__ import annotations

from seek_viz.problems.story import THEY, Person, Story, Topic, dollars


def _of_all(topic: Topic, question: str) -> tuple[str, ...]:
    """A question that names nobody, unless the topic is one person's share of many."""
    return () if topic.kind == "share" else (question,)


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
        (f"How many {noun} did {who.name} have then?", *_of_all(topic, f"How many {noun} were left?")),
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
        (
            f"How many {noun} did {who.name} have in the end?",
            *_of_all(topic, f"How many {noun} were there then?"),
        ),
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
    return Topic(
        ref,
        topic.kind,
        topic.noun,
        topic.who,
        (
            f"How many good {topic.noun} did {topic.who.name} have left?",
            *_of_all(topic, f"How many good {topic.noun} were left?"),
        ),
    )


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
