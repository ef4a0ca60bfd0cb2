"""Finding an action by some of its letters, as they come to mind."""

from __future__ import annotations

from ggmlviz.app.actions import Action

_WORD_START, _FOLLOWS, _ELSEWHERE = 8, 4, 1


def score(wanted: str, text: str) -> int | None:
    """How well the letters fit, in their order; letters that begin words or follow each other count more. None: some
    letter is missing."""
    total, at, last = 0, 0, -2
    text, wanted = text.lower(), wanted.lower().replace(" ", "")
    for letter in wanted:
        at = text.find(letter, at)
        if at < 0:
            return None
        starts = at == 0 or not text[at - 1].isalnum()
        total += _WORD_START if starts else _FOLLOWS if at == last + 1 else _ELSEWHERE
        last, at = at, at + 1
    return total


def matching(wanted: str, actions: list[Action]) -> list[Action]:
    """The best first; of equals the shorter."""
    found = []
    for action in actions:
        scores = [score(wanted, text) for text in (action.title, action.name)]
        best = max((one for one in scores if one is not None), default=None)
        if best is not None:
            found.append((-best, len(action.title), len(found), action))
    return [action for *_, action in sorted(found, key=lambda one: one[:3])]
