from seek_viz.errors import UserError


def test_message_says_what_got_allowed_and_next_step() -> None:
    error = UserError("rho", 0, "a number above 0", "Change it.")
    assert str(error) == "rho: got 0; allowed: a number above 0. Change it."
    assert error.what == "rho"


def test_long_values_are_shortened_and_their_length_told() -> None:
    error = UserError("question", "x" * 10_000, "less", "Shorten it.")
    assert len(str(error)) < 200
    assert "10002 characters" in str(error)


def test_is_a_value_error() -> None:
    assert issubclass(UserError, ValueError)
