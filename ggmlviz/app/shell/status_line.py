"""The bottom line: the last message, and what is being computed."""

from __future__ import annotations

import dearpygui.dearpygui as dpg

from ggmlviz.app.session import Session

_MESSAGE, _JOB, _BAR, _CANCEL = "message", "job title", "job bar", "job cancel"


class StatusLine:
    def __init__(self, session: Session):
        self._session = session
        self._shown: tuple = ()

    def build(self) -> None:
        with dpg.group(horizontal=True):
            dpg.add_text("", tag=_JOB, show=False)
            dpg.add_progress_bar(tag=_BAR, show=False)
            dpg.add_button(label="Cancel", tag=_CANCEL, small=True, show=False, callback=self._cancel)
            dpg.add_text("", tag=_MESSAGE)

    def frame(self) -> None:
        job = self._session.jobs.running[-1] if self._session.jobs.running else None
        wanted = (self._session.message, job and (job.title, round(job.share, 2)), self._session.scale)
        if wanted == self._shown:
            return
        self._shown = wanted
        dpg.set_value(_MESSAGE, self._session.message)
        for item in (_JOB, _BAR, _CANCEL):
            dpg.configure_item(item, show=job is not None)
        if job:
            dpg.set_value(_JOB, job.title)
            dpg.set_value(_BAR, job.share)
            dpg.configure_item(_BAR, width=round(160 * self._session.scale), height=round(14 * self._session.scale))

    def _cancel(self) -> None:
        for job in list(self._session.jobs.running):
            job.cancel()
