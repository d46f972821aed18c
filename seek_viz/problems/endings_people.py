"""What happens next to a group of people, to money, time and distance: one step each.

An ending takes the topic of a story further and leaves a new topic, so endings can be chained.
"""

from __future__ import annotations

from seek_viz.problems.story import SHE, THEY, Person, Story, Topic, dollars


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
