"""Families about amounts of things: who has how many, shared, compared, in parts.

Each family opens a story with one to four steps and returns its topic.
"""

from __future__ import annotations

import math

from seek_viz.problems.story import THEY, Person, Story, Topic, Unfit


def totals(story: Story) -> Topic:
    """Three amounts, one sum."""
    a, b = story.person(), story.person()
    noun, who = story.item(), Person("they", THEY)
    x, y, z = story.big(), story.big(), story.big()
    names = [story.given(v) for v in (x, y, z)]
    place = story.rng.choice(("at the market", "for the fair", "at the park", "over the weekend"))
    story.say(
        f"{a.name} collected {x} {noun} {place}, {b.name} collected {y} and a friend brought {z}.",
        f"{x} {noun} came from {a.name}, {y} from {b.name} and {z} from a neighbour.",
        f"{a.name} has {x} {noun}, {b.name} has {y} and their cousin has {z}.",
    )
    two = story.step(
        "add", names[0], names[1], phrases=(f"the {noun} of the first two", f"{a.name} and {b.name} together")
    )
    ref = story.step(
        "add", two, names[2], phrases=("all together", f"the {noun} of all three", f"the {noun} in total")
    )
    story.say("They put everything together.", f"They put all the {noun} in one pile.")
    return Topic(
        ref, "count", noun, who, (f"How many {noun} did they have in all?", f"How many {noun} were there?")
    )


def remainders(story: Story) -> Topic:
    """A start, then two losses."""
    who, noun = story.person(), story.item()
    start, lost, given = story.big(20), story.big(2, 0.3), story.big(2, 0.3)
    s, x, y = story.given(start), story.given(lost), story.given(given)
    story.say(
        f"{who.name} had {start} {noun}.",
        f"There were {start} {noun} in {who.name}'s basket.",
        f"{who.name} started the day with {start} {noun}.",
    )
    story.say(
        f"{who.cap} lost {lost} of them and gave {given} to a friend.",
        f"First {who.she} gave away {lost}, and later another {given}.",
        f"In the morning {lost} were used and in the afternoon {given} more.",
    )
    left = story.step("sub", s, x, phrases=(f"the {noun} still there", f"{noun} after the first part"))
    ref = story.step("sub", left, y, phrases=(f"the {noun} left", f"{who.name}'s {noun} now"))
    asks = (f"How many {noun} did {who.name} have left?", f"How many {noun} remained?")
    return Topic(ref, "count", noun, who, asks)


def comparisons(story: Story) -> Topic:
    """More or fewer than, then a total of both."""
    a, b, noun = story.person(), story.person(), story.item()
    base, gap = story.big(10), story.big(2, 0.4)
    x, y = story.given(base), story.given(gap)
    more = story.rng.random() < 0.5
    word = "more" if more else "fewer"
    story.say(
        f"{a.name} has {base} {noun}. {b.name} has {gap} {word} {noun} than {a.name}.",
        f"{b.name} has {gap} {word} {noun} than {a.name}, who has {base}.",
    )
    other = story.step("add" if more else "sub", x, y, phrases=(f"{b.name}'s {noun}", f"{noun} of {b.name}"))
    story.say("They put them together.", f"They keep their {noun} in one box.", "They share one shelf.")
    ref = story.step("add", x, other, phrases=("both together", f"{a.name} and {b.name} together"))
    asks = (f"How many {noun} did they have together?", f"What was the number of {noun} in all?")
    return Topic(ref, "count", noun, Person("they", THEY), asks)


def multiples(story: Story) -> Topic:
    """Times as many, then a third person with fewer."""
    a, b, c, noun = story.person(), story.person(), story.person(), story.item()
    base, times, gap = story.big(5, 0.4), story.small(), story.big(2, 0.3)
    x, k, y = story.given(base), story.given(times), story.given(gap)
    many = "twice" if times == 2 else f"{times} times"
    story.say(
        f"{a.name} picked {base} {noun}. {b.name} picked {many} as many.",
        f"{b.name} found {many} as many {noun} as {a.name}, who found {base}.",
    )
    second = story.step("mul", x, k, phrases=(f"{b.name}'s {noun}", f"{b.name}'s share"))
    story.say(
        f"{c.name} got {gap} fewer than {b.name}.",
        f"{c.name} had {gap} less than {b.name}.",
    )
    ref = story.step("sub", second, y, phrases=(f"{c.name}'s {noun}", f"what {c.name} has"))
    asks = (f"How many {noun} did {c.name} have?", f"How many {noun} were {c.name}'s?")
    return Topic(ref, "count", noun, c, asks)


def sharing(story: Story) -> Topic:
    """Equal shares with a remainder that is left over, or thrown away."""
    who, noun = story.person(), story.item()
    first, second, groups = story.big(10), story.big(5), story.small(3, 12)
    x, y, k = story.given(first), story.given(second), story.given(groups)
    story.say(
        f"{who.name} bought {first} {noun} and found {second} more at home.",
        f"{who.name} had {first} {noun} and got {second} more from a friend.",
    )
    total = story.step("add", x, y, phrases=(f"the {noun} in total", f"all {who.name}'s {noun}"))
    keeps, shares = story.rng.random() < 0.5, story.rng.random() < 0.5
    rest = "kept only the ones left over" if keeps else "threw the rest away"
    way = (
        f"shared them equally among {groups} children"
        if shares
        else f"filled as many bags of {groups} as possible"
    )
    story.say(f"{who.cap} {way} and {rest}.")
    if keeps:
        ref = story.step("remainder", total, k, phrases=(f"the {noun} left over", "what is left over"))
        asks = (f"How many {noun} did {who.name} keep?", f"How many {noun} were left over?")
        return Topic(ref, "count", noun, who, asks)
    each = f"each child's {noun}" if shares else "the full bags"
    ref = story.step("quotient", total, k, phrases=(each, "the equal shares" if shares else "the bags"))
    if shares:
        return Topic(
            ref, "share", noun, Person("each child", THEY), (f"How many {noun} did each child get?",)
        )
    return Topic(
        ref, "count", "bags", who, ("How many full bags were there?", f"How many bags did {who.name} fill?")
    )


def fractions(story: Story) -> Topic:
    """A fraction of an amount, and the rest."""
    who, noun = story.person(), story.item()
    bottom = story.small(3, 8)
    top = story.rng.randint(1, bottom - 1)
    whole = bottom * story.rng.randint(2, max(3, story.level.big // bottom))
    w, b = story.given(whole), story.given(bottom)
    story.say(
        f"{who.name} had {whole} {noun}. {who.cap} gave {top}/{bottom} of them to the school.",
        f"Of the {whole} {noun} that {who.name} had, {top}/{bottom} were sold.",
    )
    part = story.step("div", w, b, phrases=(f"1/{bottom} of the {noun}", f"one part of {bottom}"))
    if top > 1:
        part = story.step(
            "mul", part, story.given(top), phrases=(f"{top}/{bottom} of the {noun}", f"{top} parts")
        )
    ref = story.step("sub", w, part, phrases=(f"the {noun} left", "the rest"))
    return Topic(
        ref, "count", noun, who, (f"How many {noun} were left?", f"How many {noun} did {who.name} have then?")
    )


def percentages(story: Story) -> Topic:
    """A percentage of a group, and the others."""
    percent = story.rng.choice((10, 20, 25, 30, 40, 50, 60, 75, 80))
    step = 100 // math.gcd(percent, 100)
    whole = step * story.rng.randint(1, max(1, story.level.big // step))
    noun = story.rng.choice(("students", "visitors", "members", "guests", "players"))
    place = story.rng.choice(("in the hall", "in the park", "at the club", "on the list"))
    w, p = story.given(whole), story.given(percent)
    story.say(
        f"There are {whole} {noun} {place}. {percent}% of the {noun} are new.",
        f"Of {whole} {noun} {place}, {percent}% are new.",
    )
    part = story.step("percent", w, p, phrases=(f"the new {noun}", f"{percent}% of the {noun}"))
    if story.rng.random() < 0.4:
        story.say(f"Only the new {noun} stayed.", f"All but the new {noun} went home.")
        return Topic(
            part,
            "people",
            noun,
            Person("they", THEY),
            (f"How many {noun} were there then?", f"How many {noun} stayed?"),
        )
    story.say(f"The new {noun} went home.", f"All the new {noun} left.")
    ref = story.step("sub", w, part, phrases=(f"the old {noun}", f"{noun} that are not new"))
    return Topic(
        ref,
        "people",
        noun,
        Person("they", THEY),
        (f"How many {noun} were there then?", f"How many {noun} stayed?"),
    )


def averages(story: Story) -> Topic:
    """The mean of three or four amounts."""
    who = story.person()
    noun = story.rng.choice(("points", "pages", "laps", "customers", "letters"))
    days = ("Monday", "Tuesday", "Wednesday", "Thursday")[: story.rng.choice((3, 3, 4))]
    amounts = [story.big(5, 0.6) for _ in days]
    if sum(amounts) % len(days):
        raise Unfit(amounts)
    names = [story.given(v) for v in amounts]
    told = [f"{v} on {d}" for v, d in zip(amounts, days, strict=True)]
    verb = {"points": "scored", "pages": "read", "laps": "ran", "customers": "served", "letters": "wrote"}[
        noun
    ]
    story.say(
        f"{who.name} {verb} {told[0].replace(' on', f' {noun} on')}, {', '.join(told[1:-1])} and {told[-1]}."
    )
    # Sums go pair by pair, as one does them in the head: longer ones are beyond a model of this size.
    total = names[0]
    for day, name in zip(days[1:], names[1:], strict=True):
        total = story.step("add", total, name, phrases=(f"the {noun} up to {day}", f"{noun} by {day}"))
    phrases = ("the average", f"{noun} per day")
    ref = story.step("div", total, str(len(days)), phrases=phrases)
    ask = f"How many {noun} a day did {who.name} average?"
    return Topic(ref, "score", noun, who, (ask, f"What was the average number of {noun} per day?"))


def ages(story: Story) -> Topic:
    """Ages now and in some years."""
    a, b, c = story.person(), story.person(), story.person()
    age, times, gap, years = (
        story.rng.randint(3, 14),
        story.rng.randint(2, 4),
        story.rng.randint(2, 9),
        story.small(2, 15),
    )
    x, k, g = (story.given(v) for v in (age, times, gap))
    story.say(
        f"{a.name} is {age} years old. {b.name} is {times} times as old as {a.name}.",
        f"{b.name} is {times} times as old as {a.name}, who is {age}.",
    )
    second = story.step("mul", x, k, phrases=(f"{b.name}'s age", f"the age of {b.name}"))
    story.say(
        f"{c.name} is {gap} years younger than {b.name}.", f"{c.name} was born {gap} years after {b.name}."
    )
    third = story.step("sub", second, g, phrases=(f"{c.name}'s age", f"the age of {c.name}"))
    if story.rng.random() < 0.4:
        asks = (f"How old are {a.name} and {c.name} together?",)
        ref = story.step("add", x, third, phrases=("both ages", "their ages together"))
        return Topic(ref, "old", "years", c, asks)
    story.say(f"Think of the day {years} years from now.", f"Now let {years} years go by.")
    ref = story.step(
        "add", third, story.given(years), phrases=(f"{c.name}'s age in {years} years", f"{c.name} then")
    )
    return Topic(ref, "years", "years", c, (f"How old will {c.name} be then?",))


def boxes(story: Story) -> Topic:
    """Full boxes and loose ones."""
    who, noun = story.person(), story.item()
    count, each, loose = story.small(2), story.big(4, 0.2), story.big(2, 0.3)
    n, m, x = story.given(count), story.given(each), story.given(loose)
    kind = story.rng.choice(("boxes", "bags", "trays", "crates"))
    story.say(
        f"{who.name} has {count} {kind} with {each} {noun} in each.",
        f"{who.name} filled {count} {kind} with {each} {noun} apiece.",
    )
    packed = story.step("mul", n, m, phrases=(f"the {noun} in the {kind}", f"{noun} packed"))
    story.say(f"{who.cap} also has {loose} loose {noun}.", f"Another {loose} {noun} lie on the table.")
    ref = story.step("add", packed, x, phrases=(f"all {noun}", f"{who.name}'s {noun}"))
    return Topic(
        ref, "count", noun, who, (f"How many {noun} does {who.name} have?", f"How many {noun} are there?")
    )
