"""Questions about a limit or a direction in the future: "will it reach 450", "how likely is a fall", "when will it pass 100"."""

from __future__ import annotations

import re

from assistant.plan import Claim, Condition
from assistant.planning.slots import read_condition
from assistant.planning.wording import SCALED, blank, number
from assistant.planning.yesno import direction, is_yes_no

LIKELY = (
    r"\bhow (?:likely|probable)\b|\bhow (?:sure|certain)\b.{0,40}\b(?:that|it|to)\b|"
    r"\b(?:chance|odds|probability|likelihood|risk)s?\b"
)
_TOWARDS = re.compile(
    r"\b(?:back|return\w*|get\w*|climb\w*|rise|rises|fall|falls|drop\w*|recover\w*|come|comes|go|goes|sink|sinks|grow|grows|"
    rf"increase|decrease|decline)\w*(?: back| up| down| again)* to (?:the |a )?(?:value |level )?(?:of )?({SCALED})(?![\w%-])"
)


def read_outlook(text: str) -> tuple[Condition | None, Claim | None, str]:
    """The limit or the direction that a question about the future asks for, and the rest.

    A limit to be come back to ("will it go back to 100") is tested for equality: which side it lies on is the data's to say.
    """
    likely = re.search(LIKELY, text) is not None
    if not (is_yes_no(text) or likely or re.search(r"\bwhen (?:will|would|is|does)\b", text)):
        return None, None, text
    towards = _TOWARDS.search(text)
    if towards is not None:
        return Condition(op="==", threshold=number(towards.group(1))), None, blank(text, *towards.span())
    condition, rest = read_condition(text)
    if condition is not None:
        return condition, None, rest
    judged = re.search(r"\b(?:better|worse|more|less)\b", text) is not None  # "is the forecast better than guessing"
    return None, None if judged else direction(text), text
