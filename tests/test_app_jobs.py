"""Work beside the window: who gets what comes out of it."""

from __future__ import annotations

import threading

import pytest

pytest.importorskip("dearpygui")
from ggmlviz.app.jobs import Jobs


def ended(jobs: Jobs) -> Jobs:
    jobs.deliver()
    for thread in threading.enumerate():
        if thread.name == "job":
            thread.join()
    jobs.deliver()
    return jobs


def test_the_result_goes_to_who_asked():
    jobs, got = Jobs(), []
    jobs.start("job", lambda job: 42, got.append)
    assert ended(jobs).running == [] and got == [42]


def test_what_was_expected_to_fail_goes_there_and_all_else_to_whoever_shows_it():
    jobs, told, broken = Jobs(), [], []
    jobs.broken = lambda job, error: broken.append((job.title, error))
    jobs.start("job", lambda job: 1 // 0, told.append, told.append)
    ended(jobs)
    assert isinstance(told.pop(), ZeroDivisionError) and not broken
    jobs.start("job", lambda job: 1 // 0, told.append)
    ended(jobs)
    jobs.start("job", lambda job: None, lambda outcome: outcome.missing)
    ended(jobs)
    assert [(title, type(error)) for title, error in broken] == [("job", ZeroDivisionError), ("job", AttributeError)]
    assert not told


def test_nobody_hears_of_what_was_cancelled():
    jobs, got, begun, go = Jobs(), [], threading.Event(), threading.Event()

    def work(job):
        begun.set()
        go.wait(30)
        job.progress(0.5)

    job = jobs.start("job", work, got.append, got.append)
    jobs.deliver()
    assert begun.wait(30)
    job.cancel()
    go.set()
    assert ended(jobs).running == [] and got == []


def test_one_by_one():
    jobs, got, begun, go = Jobs(), [], [], threading.Event()
    jobs.one_by_one = True

    def work(job):
        begun.append(job.title)
        go.wait(30)
        return job.title

    for name in ("first", "second"):
        jobs.start(name, work, got.append)
    jobs.deliver()
    jobs.begin()
    assert jobs.waiting and "second" not in begun
    go.set()
    while jobs.running:
        jobs.deliver()
    assert got == begun == ["first", "second"]


def test_one_can_begin_before_the_first_frame():
    """While the window is made, the trace is read."""
    jobs, begun, results = Jobs(), threading.Event(), []
    jobs.start("early", lambda job: begun.set(), results.append)
    assert jobs.waiting and not begun.is_set()
    jobs.begin()
    assert begun.wait(60) and not jobs.waiting
    assert ended(jobs).running == [] and results == [None]


def test_the_end_waits_for_those_that_go_on_and_begins_no_others():
    jobs, begun, ended, others = Jobs(), threading.Event(), [], []

    def work(job):
        begun.set()
        while not job.cancelled:
            job._cancelled.wait(60)
        ended.append(True)

    jobs.one_by_one = True
    jobs.start("going on", work, lambda _: None)
    jobs.start("waiting", lambda _: others.append(True), lambda _: None)
    jobs.begin()
    assert begun.wait(60)
    jobs.end()
    jobs.begin()
    assert ended and not others
