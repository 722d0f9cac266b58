"""Runs beside the submission: a test of the student's is tried on implementations, one after the other.

It knows of none whether it is right. What it sends back is how each run ended: ``passed``, ``assert``, ``error`` or
``slow``, the message, and the line of the student's file.
"""

import copy
import signal
import time
import traceback

SECONDS = 1.0
"""Of processor time, for one run of a test."""


class TooLong(BaseException):
    """Its second is over; not an Exception, so that a test cannot take it for a failing implementation."""


class Anything:
    """What can be called and tells nothing else about itself: no name, no source, no code."""

    __slots__ = ("_call",)

    def __init__(self, call):
        self._call = call

    def __call__(self, *args, **kwargs):
        return self._call(*args, **kwargs)


def stopped(*_):
    raise TooLong


def made(name, source):
    names = {}
    exec("import math\nimport numpy as np\n" + source, names)  # noqa: S102 - one of the grader's implementations
    return names[name]


def one_run(test, implementation):
    """How one run ends, what the test says, where, and whether it returned something."""
    timed = hasattr(signal, "setitimer")
    if timed:
        before = signal.signal(signal.SIGPROF, stopped)
        signal.setitimer(signal.ITIMER_PROF, SECONDS, 0.2)
    began = time.process_time()
    try:
        answer = test(implementation)
        ended = ["passed", "" if answer is None else f"it returns {answer!r:.40}", 0]
    except TooLong:
        ended = ["slow", "", 0]
    except NotImplementedError:
        raise  # the test is still to be written
    except Exception as error:
        file = test.__code__.co_filename
        lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
        kind = "assert" if isinstance(error, AssertionError) else "error"
        text = str(error) if kind == "assert" else f"{type(error).__name__}: {error}"
        ended = [kind, text[:200], lines[-1] if lines else 0]
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
    if not timed and time.process_time() - began > SECONDS:
        ended = ["slow", "", 0]
    return ended


def probe(test, name, jobs):
    """Try the test on each (source, wrapped, kept): `wrapped` shows nothing but that it can be called; with `kept`
    the arrays, lists and dicts of the module are as the run before left them, otherwise as at the beginning."""
    import numpy

    own, kinds = test.__globals__, (list, dict, set, numpy.ndarray)
    began = {key: value for key, value in own.items() if isinstance(value, kinds) and not key.startswith("__")}
    began = copy.deepcopy(began)
    answers = []
    try:
        with numpy.errstate(all="ignore"):
            for source, wrapped, kept in jobs:
                if not kept:
                    own.update(copy.deepcopy(began))
                if any(ended == "slow" for ended, *_ in answers):
                    answers.append(["slow", "", 0])
                    continue
                implementation = made(name, source)
                answers.append(one_run(test, Anything(implementation) if wrapped else implementation))
    finally:
        own.update(copy.deepcopy(began))
    return answers
