"""What a map service means when it does not send a map, in words.

天地图 answers with codes in JSON; they are taken from what its users report (301012: the key is
for browsers, 301007: the key is bound to other web pages, 418: no or an unknown key).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Literal

from gisapp.io.web_fetch import CLOCK, WebAnswer
from gisapp.model.errors import GisError, ReadError
from gisapp.model.text import tr

Fault = Literal[
    "fine",
    "wrong_key",
    "key_kind",
    "key_bound",
    "quota",
    "busy",
    "no_tile",
    "no_picture",
    "server",
    "clock",
    "refused",
    "connection",
]
_CODE = re.compile(r'"?code"?\s*[:=]\s*"?(\d{3,6})')
_BROWSER = ("浏览器端", "请使用浏览器", "browser")
_BOUND = ("域名", "白名单", "referer", "referrer", "whitelist")
_QUOTA = ("超限", "配额", "超出", "quota", "limit exceeded", "exceeded", "次数")
_KEY = ("key", "token", "密钥", "许可", "tk", "授权", "unauthor")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer means; `fault` is for programs, `words` and `hint` for people."""

    fault: Fault
    words: str
    hint: str = ""


def judged(answer: WebAnswer, is_picture: bool) -> Verdict:
    """What a service says with one answer; with a picture everything is fine."""
    text = answer.body[:4000].decode("utf-8", "replace").lower()
    code = int(found[1]) if (found := _CODE.search(text)) else 0
    if answer.status == 200 and is_picture:
        return Verdict("fine", tr("The service answers with a map"))
    if answer.date and abs(answer.date - time.time()) > CLOCK and answer.status >= 400:
        return Verdict(
            "clock",
            tr("The clock of this computer differs from the service's by more than a day"),
            tr("Set date and time, then try again."),
        )
    if code == 301012 or any(word in text for word in _BROWSER):
        return Verdict(
            "key_kind",
            tr("This is a key for browsers; the program needs a key for servers"),
            tr("Make a key of the kind “server” (服务端) on the service's console and enter it."),
        )
    if answer.status == 429 or any(word in text for word in _QUOTA):
        return Verdict(
            "quota" if answer.status != 429 or text else "busy",
            tr("The quota of the key is used up, or too much was asked at once"),
            tr("It goes on by itself when the service allows; the console shows the quota."),
        )
    if code == 301007 or (answer.status in (401, 403) and any(w in text for w in _BOUND)):
        return Verdict(
            "key_bound",
            tr("The key is bound to other computers or web pages"),
            tr("Take the list of allowed addresses off the key, or add this computer's."),
        )
    if answer.status == 418 or (
        answer.status in (400, 401, 403) and any(word in text for word in _KEY)
    ):
        return Verdict(
            "wrong_key",
            tr("The service does not know this key"),
            tr("Copy it again without blanks, and see that it is switched on in the console."),
        )
    return _plain(answer)


def _plain(answer: WebAnswer) -> Verdict:
    """By status alone."""
    if answer.status in (401, 403, 407, 451):
        return Verdict(
            "refused",
            tr("The service refuses to send its map ({status})").format(status=answer.status),
            tr("It may want a key, or not serve programs or this network. See its terms."),
        )
    if answer.status in (204, 404, 410):
        return Verdict(
            "no_tile",
            tr("The server has no tile there"),
            tr("Is the address right, with {z}, {x} and {y} in their places?"),
        )
    if answer.status >= 500:
        return Verdict(
            "server",
            tr("The server has a fault of its own ({status})").format(status=answer.status),
            tr("Try again later."),
        )
    return Verdict(
        "no_picture",
        tr("What came is no picture of a map"),
        tr("Is the address right? The service may answer with a message instead."),
    )


def refusal(answer: WebAnswer, host: str) -> GisError:
    """An answer without a tile as an error of a layer."""
    verdict = judged(answer, is_picture=False)
    return ReadError(f"{host}: {verdict.words}", hint=verdict.hint)
