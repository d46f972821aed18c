"""Families about money, time, distance and work.

Each family opens a story with one to four steps and returns its topic.
"""

from __future__ import annotations

from fractions import Fraction

from seek_viz.problems.story import THEY, Person, Story, Topic, Unfit, dollars


def change(story: Story) -> Topic:
    """A purchase paid with a note."""
    who, noun = story.person(), story.item()
    count, price = story.small(2), story.price()
    n, p = story.given(count), story.given(price)
    story.say(
        f"{who.name} buys {count} {noun} for {dollars(price)} each.",
        f"One of the {noun} costs {dollars(price)} and {who.name} takes {count}.",
        f"{who.name} picks {count} {noun} at {dollars(price)} apiece.",
    )
    cost = story.step("mul", n, p, phrases=(f"the price of the {noun}", "the cost", "what is to pay"))
    paid = story.rng.choice([note for note in (10, 20, 50, 100, 200, 500) if note > count * price] or [0])
    story.say(f"{who.cap} pays with {dollars(paid)}.", f"{who.cap} hands over {dollars(paid)}.")
    ref = story.step("sub", story.given(paid), cost, phrases=("the change", "the money back"))
    asks = (f"How much change did {who.name} get?", f"How many dollars did {who.name} get back?")
    return Topic(ref, "money", "dollars", who, asks)


def two_items(story: Story) -> Topic:
    """Two kinds of things bought, one bill."""
    who, first, second = (
        story.person(),
        *story.rng.sample(("pens", "caps", "mugs", "shirts", "lamps", "bowls"), 2),
    )
    n, p, m, q = story.small(2), story.price(), story.small(2), story.price()
    names = [story.given(v) for v in (n, p, m, q)]
    story.say(
        f"{who.name} bought {n} {first} at {dollars(p)} each and {m} {second} at {dollars(q)} each.",
        f"{first.capitalize()} cost {dollars(p)} and {second} {dollars(q)}. "
        f"{who.name} took {n} {first} and {m} {second}.",
        f"At the shop {who.name} paid for {n} {first} ({dollars(p)} each) "
        f"and {m} {second} ({dollars(q)} each).",
    )
    one = story.step("mul", names[0], names[1], phrases=(f"the {first}", f"the cost of the {first}"))
    two = story.step("mul", names[2], names[3], phrases=(f"the {second}", f"the cost of the {second}"))
    ref = story.step("add", one, two, phrases=("the whole bill", "everything together", "the total cost"))
    asks = (f"How much did {who.name} pay?", "What was the total cost in dollars?")
    return Topic(ref, "cost", "dollars", who, asks)


def rates(story: Story) -> Topic:
    """So many an hour, for some hours, at two speeds."""
    who, noun = story.person(), story.rng.choice(("cookies", "cards", "toys", "baskets", "candles", "chairs"))
    slow, early, fast, late = story.small(3), story.small(2, 9), story.small(3), story.small(2, 9)
    a, b, c, d = (story.given(v) for v in (slow, early, fast, late))
    story.say(
        f"{who.name} makes {slow} {noun} an hour for {early} hours and then {fast} an hour for {late} hours.",
        f"For {early} hours {who.name} makes {slow} {noun} per hour. "
        f"For the next {late} hours it is {fast} per hour.",
    )
    one = story.step("mul", a, b, phrases=("the first part", f"{noun} in the first {early} hours"))
    two = story.step("mul", c, d, phrases=("the second part", f"{noun} in the next {late} hours"))
    ref = story.step("add", one, two, phrases=(f"all {noun}", f"the {noun} made"))
    asks = (f"How many {noun} did {who.name} make?", f"How many {noun} were made in all?")
    return Topic(ref, "count", noun, who, asks)


def distances(story: Story) -> Topic:
    """Two legs at two speeds, or the difference of two travellers."""
    a = story.person()
    speed, hours, other, more = story.small(3) * 2, story.small(2, 8), story.small(3) * 3, story.small(2, 8)
    x, h, y, m = (story.given(v) for v in (speed, hours, other, more))
    way = story.rng.choice(("cycles", "drives", "sails", "rides"))
    if story.rng.random() < 0.5:
        story.say(
            f"{a.name} {way} for {hours} hours at {speed} km per hour, "
            f"then {more} hours at {other} km per hour.",
            f"{a.name} {way} at {speed} km an hour for {hours} hours "
            f"and at {other} km an hour for {more} hours.",
        )
        one = story.step("mul", x, h, phrases=("the first leg", "the first distance"))
        two = story.step("mul", y, m, phrases=("the second leg", "the second distance"))
        ref = story.step("add", one, two, phrases=("the whole way", "the distance in all"))
        return Topic(
            ref, "distance", "km", a, (f"How many km did {a.name} travel?", "How long was the trip in km?")
        )
    b = story.person()
    story.say(
        f"{a.name} {way} {hours} hours at {speed} km per hour. "
        f"{b.name} {way} {more} hours at {other} km per hour.",
    )
    one = story.step("mul", x, h, phrases=(f"{a.name}'s distance", f"the way of {a.name}"))
    two = story.step("mul", y, m, phrases=(f"{b.name}'s distance", f"the way of {b.name}"))
    far, near = (one, two) if story.value(one) > story.value(two) else (two, one)
    farther, shorter = (a, b) if far == one else (b, a)
    ref = story.step("sub", far, near, phrases=("the difference", f"how much farther {farther.name} goes"))
    ask = f"How many km more than {shorter.name} does {farther.name} go?"
    return Topic(
        ref, "difference", "km", farther, (ask, "What is the difference of the two distances in km?")
    )


def units(story: Story) -> Topic:
    """Hours and minutes to minutes, feet and inches to inches, weeks and days to days."""
    who = story.person()
    big, each, small_unit = story.rng.choice(
        (("hours", 60, "minutes"), ("feet", 12, "inches"), ("weeks", 7, "days"))
    )
    n, extra = story.small(2), story.rng.randint(1, each - 1)
    x, y = story.given(n), story.given(extra)
    told = {
        "hours": f"{who.name}'s film lasts {n} hours and {extra} minutes.",
        "feet": f"{who.name} has a rope of {n} feet and {extra} inches.",
        "weeks": f"{who.name}'s journey takes {n} weeks and {extra} days.",
    }[big]
    story.say(told)
    whole = story.step(
        "mul", x, str(each), phrases=(f"{n} {big} in {small_unit}", f"the {small_unit} of {n} {big}")
    )
    ref = story.step("add", whole, y, phrases=(f"all {small_unit}", f"the {small_unit} together"))
    asks = (f"How many {small_unit} is that?", f"How many {small_unit} are there in all?")
    return Topic(ref, "minutes" if big == "hours" else "length", small_unit, who, asks)


def joint_work(story: Story) -> Topic:
    """Two people working side by side."""
    a, b, noun = (
        story.person(),
        story.person(),
        story.rng.choice(("walls", "tables", "fences", "boxes", "windows")),
    )
    first, second, hours = story.small(2, 6), story.small(2, 6), story.small(2, 12)
    x, y = story.given(first), story.given(second)
    verb = "paint" if noun in ("walls", "fences") else "clean"
    story.say(
        f"{a.name} can {verb} {first} {noun} in an hour and {b.name} can {verb} {second}.",
        f"Each hour {a.name} can {verb} {first} {noun}, and {b.name} {second}.",
    )
    both = story.step("add", x, y, phrases=("both in one hour", f"{noun} per hour together"))
    who = Person("they", THEY)
    if story.rng.random() < 0.5:
        story.say(f"They work together for {hours} hours.", f"Both work for {hours} hours.")
        ref = story.step(
            "mul", both, story.given(hours), phrases=(f"{noun} in {hours} hours", f"the {noun} done")
        )
        return Topic(ref, "work", noun, who, (f"How many {noun} did they {verb}?",))
    work = int(story.value(both)) * hours
    w = story.given(work)
    story.say(
        f"There are {work} {noun} to {verb}, and they work together.", f"Together they {verb} {work} {noun}."
    )
    ref = story.step("div", w, both, phrases=("the hours needed", "the time for all"))
    return Topic(
        ref, "hours", "hours", who, ("How many hours do they need?", "How many hours does it take them?")
    )


def schedules(story: Story) -> Topic:
    """Lessons with breaks between them."""
    who = story.person()
    count, length, pause = (
        story.small(3, 8),
        story.rng.choice((20, 25, 30, 35, 40, 45, 50)),
        story.rng.choice((5, 10, 15)),
    )
    n, m, b = story.given(count), story.given(length), story.given(pause)
    what = story.rng.choice(("lessons", "talks", "games", "classes"))
    story.say(
        f"{who.name} has {count} {what} of {length} minutes each, "
        f"with {pause} minutes of break between two {what}.",
        f"In {who.name}'s plan there are {count} {what}. Each takes {length} minutes, and between two of them"
        f" there is a break of {pause} minutes.",
    )
    total = story.step("mul", n, m, phrases=(f"the {what}", f"minutes of {what}"))
    gaps = story.step("sub", n, "1", phrases=("the number of breaks", "how many breaks"))
    rest = story.step("mul", gaps, b, phrases=("all the breaks", "minutes of break"))
    ref = story.step("add", total, rest, phrases=("the whole time", "everything together"))
    asks = (
        "How many minutes does it take from start to end?",
        f"How many minutes long is {who.name}'s plan?",
    )
    return Topic(ref, "minutes", "minutes", who, asks)


def savings(story: Story) -> Topic:
    """A goal, what is there already, and so much a week."""
    who, thing = story.person(), story.rng.choice(("bike", "guitar", "phone", "tent", "camera"))
    weekly, weeks, has = story.small(2), story.small(2, 15), story.big(5, 0.5)
    goal = has + weekly * weeks
    g, h, w = story.given(goal), story.given(has), story.given(weekly)
    story.say(
        f"{who.name} wants a {thing} that costs {dollars(goal)}. "
        f"{who.cap} has {dollars(has)} and saves {dollars(weekly)} a week.",
        f"A {thing} costs {dollars(goal)}. {who.name} already has {dollars(has)} "
        f"and puts aside {dollars(weekly)} each week.",
    )
    missing = story.step("sub", g, h, phrases=("the money missing", "what is still needed"))
    ref = story.step("div", missing, w, phrases=("the weeks needed", "the number of weeks"))
    return Topic(
        ref,
        "weeks",
        "weeks",
        who,
        (f"In how many weeks can {who.name} buy it?", "How many weeks does it take?"),
    )


def discounts(story: Story) -> Topic:
    """A percentage off a price."""
    who, thing = story.person(), story.rng.choice(("coat", "chair", "watch", "bag", "radio"))
    percent = story.rng.choice((10, 20, 25, 30, 40, 50))
    price = 10 * story.rng.randint(1, max(2, story.level.big // 10))
    x, p = story.given(price), story.given(percent)
    story.say(
        f"A {thing} costs {dollars(price)}. {who.name} gets {percent}% off.",
        f"{who.name} buys a {thing} marked {dollars(price)} at a discount of {percent}%.",
    )
    off = story.step("percent", x, p, phrases=("the discount", f"{percent}% of the price"))
    ref = story.step("sub", x, off, phrases=("the new price", f"the price of the {thing} now"))
    return Topic(
        ref, "cost", "dollars", who, (f"How much did {who.name} pay?", f"What did {who.name} pay in dollars?")
    )


def wages(story: Story) -> Topic:
    """Pay by the hour over some days."""
    who, job = story.person(), story.rng.choice(("washing cars", "in a cafe", "on a farm", "walking dogs"))
    hours, days, pay = story.small(2, 9), story.small(2, 9), story.price()
    if Fraction(pay).denominator > 2:
        raise Unfit(pay)
    h, d, p = (story.given(v) for v in (hours, days, pay))
    story.say(
        f"{who.name} works {hours} hours a day for {days} days {job} and earns {dollars(pay)} an hour.",
        f"{who.name} earns {dollars(pay)} an hour {job}. "
        f"{who.cap} works {hours} hours on each of {days} days.",
    )
    total = story.step("mul", h, d, phrases=("the hours worked", "all the hours"))
    ref = story.step("mul", total, p, phrases=("the pay", "the money earned"))
    return Topic(
        ref,
        "money",
        "dollars",
        who,
        (f"How much did {who.name} earn?", f"How many dollars did {who.name} make?"),
    )
