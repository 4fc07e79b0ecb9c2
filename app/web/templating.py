"""From what a page shows to HTML, in its language."""

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from starlette.routing import Match

from app.database import utcnow
from app.settings import Settings
from app.web import days
from app.web.compression import compress
from app.web.days import local
from app.web.languages import LANGUAGES, catalogue, negotiate
from app.web.static_files import static
from app.web.told import readable

PACKAGE = Path(__file__).parent.parent
FOLDERS = [PACKAGE.parent / "templates", PACKAGE / "_templates"]
# Names that CLDR does not have in every language of ours are written in their own.
LANGUAGE_NAMES = {"jdt": "Juhuri", "xmf": "მარგალური", "hyw": "Արեւմտահայերէն", "azb": "تۆرکجه"}

# CLDR writes Georgian megabytes as MB and spells kilobytes out.
UNITS = {("ka", "digital-kilobyte"): "{n} kB"}

# "2026 г." and "2026 թ.": the full stop of the sentence would follow.
YEAR_SIGN = re.compile(r"\s(?:г|թ)\.$")
# CLDR's short form of GMT+01:00 is GMT+1; Babel knows only the long one.
HOURS_AHEAD = re.compile(r"(?:\+00:00|(?<=[+-])0?(\d+)(?::00|(:\d\d)))$")
SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

# Macros are imported without context; whether the reader uses keys reaches them here.
_keys_on: ContextVar[bool] = ContextVar("keys_on", default=False)


class SharedCode(BytecodeCache):
    """Templates compiled once for all languages: what differs between them is looked up when a page is made."""

    def __init__(self) -> None:
        self._kept: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.code


_compiled = SharedCode()


def at_run_time(function: Callable[..., str]) -> Callable[..., str]:
    """A filter that speaks a language: what it makes of a constant is not put into the code that all share."""

    @pass_context
    def speak(_context: Context, *given: Any, **named: Any) -> str:
        return function(*given, **named)

    return speak


@cache
def environment(language: str) -> Environment:
    """The templates in one language; what is put into them is text, never markup."""
    made = Environment(
        loader=FileSystemLoader(FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        bytecode_cache=_compiled,
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(lang=language, dir="ltr", static=static, keys_on=_keys_on.get)
    shown = filters(language)
    made.filters.update({name: at_run_time(each) for name, each in shown.items()})
    made.filters["told"] = lambda pairs: readable(pairs, as_it_stands=shown["datetime"], zoned=shown["zoned"])
    return made


def translator(language: str) -> Callable[[str], str]:
    """The gettext function of one language, for words that code puts on a page."""
    translate: Callable[[str], str] = catalogue(language).ugettext
    return translate


def filters(language: str) -> dict[str, Callable[..., str]]:
    """What templates need to show times, sizes, names of countries and languages as CLDR has them."""
    locale = Locale.parse({"en": "en_GB"}.get(language, language))

    def show_datetime(moment: datetime, style: str = "medium") -> str:
        return minute(moment) if style == "medium" else str(format_datetime(local(moment), style, locale=locale))

    def minute(moment: datetime) -> str:
        return f"{show_date(moment)}, {local(moment):%H:%M}"

    def zoned(moment: datetime) -> str:
        """For readers anywhere: with the place whose clock it is, and how far that is ahead."""
        ahead = HOURS_AHEAD.sub(r"\1\2", show_datetime(moment, "ZZZZ"))
        place = [show_datetime(moment, "VVV")] if days.has_place() else []
        return f"{minute(moment)} ({', '.join([*place, ahead])})"

    def clock(moment: datetime) -> str:
        return f"{local(moment):%H:%M}"

    def show_date(day: date | datetime, style: str = "long") -> str:
        written = format_date(local(day) if isinstance(day, datetime) else day, style, locale=locale)
        return YEAR_SIGN.sub("", str(written))

    def ago(moment: datetime) -> str:
        passed = max(utcnow() - moment, timedelta(seconds=1))
        return str(format_timedelta(-passed, add_direction=True, locale=locale, threshold=1.3))

    def lasting(moment: datetime) -> str:
        passed = max(utcnow() - moment, timedelta(minutes=1))
        return str(format_timedelta(passed, granularity="minute", locale=locale, threshold=1.3))

    def near_day(moment: datetime) -> str:
        far = abs(days.day_of(moment) - days.today()) > timedelta(days=6)
        return show_date(moment) if far else str(format_date(local(moment), "EEEE", locale=locale))

    def size(number: int) -> str:
        unit, value = ("megabyte", number / 1e6) if number >= 950_000 else ("kilobyte", max(number / 1e3, 1))
        digits = 1 if value < 10 and unit == "megabyte" else 0
        # The pattern of five: of one, German has another word. The number and its unit stay together.
        pattern = unit_pattern(f"digital-{unit}").replace(" ", "\N{NO-BREAK SPACE}")
        return pattern.replace("{n}", str(format_decimal(round(value, digits), locale=locale)))

    def language_name(code: str) -> str:
        return str(locale.languages.get(code) or LANGUAGE_NAMES.get(code) or code)

    def country_name(code: str) -> str:
        return str(locale.territories.get(code, code))

    def join_list(items: Iterable[str]) -> str:
        return str(format_list([str(item) for item in items], locale=locale)) if items else ""

    def number(value: float) -> str:
        return str(format_decimal(value, locale=locale))

    def score(value: float) -> str:
        return str(format_decimal(value, format="0.0", locale=locale))

    def hundredths(value: float) -> str:
        return str(format_decimal(value, format="0.00", locale=locale))

    def unit_pattern(unit: str) -> str:
        """How a script writes so many of a unit: browsers do not know all of our languages."""
        return UNITS.get((language, unit)) or str(format_unit(5, unit, "short", locale=locale)).replace("5", "{n}")

    return {
        "unit_pattern": unit_pattern,
        "datetime": show_datetime,
        "zoned": zoned,
        "date": show_date,
        "clock": clock,
        "ago": ago,
        "lasting": lasting,
        "near_day": near_day,
        "bytes": size,
        "language_name": language_name,
        "country_name": country_name,
        "join_list": join_list,
        "number": number,
        "score": score,
        "hundredths": hundredths,
    }


def language_of(request: Request) -> str:
    """The language of an answer: the path's, the editor's, or what the browser wishes."""
    first = first_of_path(request)
    if first in LANGUAGES:
        return first
    editor = getattr(request.state, "editor", None)
    return str(editor.language) if editor else negotiate(request.headers.get("accept-language", ""))


def source_of(request: Request) -> str:
    """Where somebody found a call: the short word after ?source= in its address, carried on to the form."""
    source = request.query_params.get("source", "").lower()
    return source if SOURCE.fullmatch(source) else ""


def is_public(request: Request) -> bool:
    """Whether the address begins with a language, as those of all public pages do."""
    return first_of_path(request) in LANGUAGES


def first_of_path(request: Request) -> str:
    """What stands before the second slash; nothing for a target that is no path (`OPTIONS *`)."""
    path: str = request.scope["path"]
    return path.removeprefix("/").partition("/")[0]


def same_page(request: Request, here: str | None = None) -> list[tuple[str, str, str]]:
    """This page in every language: code, its own name for itself, address.

    `here` is its address behind the language, where that is not the one that was asked for.
    """
    first, _, rest = request.scope["path"].removeprefix("/").partition("/")
    if first not in LANGUAGES:
        return []
    rest = here or (rest if request.method == "GET" else page_above(request, rest))
    query = "" if "?" in rest else source_query(request)
    return [(code, name, f"/{code}/{rest}{query}") for code, name in LANGUAGES.items()]


def page_above(request: Request, rest: str) -> str:
    """The nearest address above, itself included, that can be looked at: where something was sent to often cannot."""
    while rest:
        scope = {**request.scope, "method": "GET", "path": f"/{language_of(request)}/{rest}"}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            break
        rest = rest.rpartition("/")[0]
    return rest


def source_query(request: Request) -> str:
    """What is put behind an address so that the source goes with it."""
    source = source_of(request)
    return f"?source={source}" if source else ""


def frame_of(request: Request, template: str, context: dict[str, Any]) -> dict[str, Any]:
    """What stands beside every page of the desk; main.py puts it there, since only the desk knows."""
    frame: Callable[[Request, dict[str, Any]], dict[str, Any]] | None = getattr(request.app.state, "frame", None)
    for_editors = template.startswith(("desk/", "accounts/")) and getattr(request.state, "editor", None) is not None
    return frame(request, context) if frame and for_editors else {}


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page as an answer. `organisation` may be given; the desk's editor comes from the request."""
    return answer(request, template, status, frame_of(request, template, context) | context)


def leave_address(request: Request, language: str) -> str:
    """Where "Leave this page" leads."""
    settings: Settings = request.app.state.settings
    return settings.leave_url.replace("{lang}", language)


def render_piece(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A piece of a page as an answer: it has nothing of the desk beside it."""
    return answer(request, template, 200, context)


def answer(request: Request, template: str, status: int, context: dict[str, Any]) -> HTMLResponse:
    language = language_of(request)
    editor = getattr(request.state, "editor", None)
    shown = {
        # Pages below the calls do not know whose they are; main.py does.
        "organisation": getattr(request.app.state, "organisation", "Aufruf"),
        "languages": same_page(request, context.get("here")),
        "current_editor": editor,
        "csrf": editor.csrf if editor else "",
        "path": request.scope["path"],
        "source_query": source_query(request),
        "leave": leave_address(request, language),
    } | context
    keys = _keys_on.set(bool(editor and editor.keys))
    try:
        page = environment(language).get_template(template).render(shown)
    finally:
        _keys_on.reset(keys)
    told = HTMLResponse(page, status, headers={"Content-Language": language, "Vary": "Accept-Language"})
    if is_public(request):
        compress(request, told)
    return told
