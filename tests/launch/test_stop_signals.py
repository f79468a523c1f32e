import signal

import pytest

from expdb.launch.stop_signals import Terminated, stop_request


def test_signal_before_the_work_is_graceful_stops_where_it_is():
    for number, error in ((signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)):
        with pytest.raises(error), stop_request():
            signal.raise_signal(number)


def test_first_signal_is_taken_note_of_and_the_second_raises_at_once():
    handler = signal.getsignal(signal.SIGINT)
    with stop_request() as request:
        request.is_graceful = True
        signal.raise_signal(signal.SIGTERM)
        assert request.is_asked
        with pytest.raises(Terminated):
            request.raise_if_asked()

        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL  # a third one ends the process
    assert signal.getsignal(signal.SIGINT) is handler


def test_first_signal_is_passed_on_where_someone_else_ends_the_work():
    passed_on = []

    with stop_request(on_first=passed_on.append) as request:
        signal.raise_signal(signal.SIGTERM)

    assert passed_on == [signal.SIGTERM]
    assert isinstance(request.error(), Terminated)
