"""The applicant's form."""

from collections.abc import Callable, Mapping

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from app.accounts import rates
from app.applications import cleaning, drafts, form, guarding, submission
from app.applications.arriving import Busy
from app.applications.form import ApplicationForm, FieldError
from app.applications.form_page import Page, field_order, here_of, known_page, open_page, sent, show
from app.applications.intake import Arrived, Intake
from app.applications.refusals import broken_off as broken_off_words
from app.applications.refusals import retry_after
from app.applications.refusals import unprintable as unprintable_words
from app.calls.pages import Language
from app.database import DatabaseAway, reading, transaction
from app.documents.kinds import ASKED_FOR, Kind
from app.documents.receiving import Malformed, boundary_of
from app.documents.storage import StorageAway
from app.web.access import PUBLIC
from app.web.errors import TooManyRequests, see_other
from app.web.pacing import BodyTooLarge, SlowBody
from app.web.templating import source_of, source_query, translator

router = APIRouter()


@router.get("/{lang}/calls/{slug}/apply", dependencies=[PUBLIC])
def form_page(request: Request, lang: Language, slug: str) -> Response:
    page = open_page(request, lang, slug)
    return show(page, ApplicationForm(), token=drafts.new_token())


@router.post("/{lang}/calls/{slug}/apply", dependencies=[PUBLIC])
async def apply(request: Request, lang: Language, slug: str) -> Response:
    try:
        page = await run_sync(open_page, request, lang, slug)
        await run_sync(lambda: rates.check(request, "apply", limit=60, seconds=600))
        await run_sync(lambda: rates.check(request, "draft_day", limit=rates.DAY_LIMIT, seconds=rates.DAY))
    except DatabaseAway as error:
        return await take(known_page(request, lang, slug, error), unable=error)
    except TooManyRequests as error:
        return await take(page, unable=error)
    return await take(page)


async def take(page: Page, *, unable: DatabaseAway | TooManyRequests | None = None) -> Response:
    """Read the body, then do what it says; with `unable`, hand back what was typed."""
    request, storage = page.request, page.request.app.state.storage
    intake = Intake(page.found.id, page.found.call, storage=storage, max_bytes=page.max_bytes)
    if unable:
        intake.store_nothing(unable)
    try:
        boundary = boundary_of(request.headers.get("content-type", ""))
        await intake.read(boundary, request.stream())
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except (Malformed, BodyTooLarge, SlowBody, StorageAway, DatabaseAway, TooManyRequests) as error:
        return await run_sync(broken_off, page, intake.arrived, error)
    return await finish(page, intake.arrived)


async def finish(page: Page, arrived: Arrived) -> Response:
    """The body is whole: keep what was typed, show it once more, or make the application, as its step says."""
    step = sent(arrived, "step")
    try:
        if step == "check":
            return await look_again(page, arrived)
        if step in CLEANS:
            return await clean(page, arrived, CLEANS[step])
        if step in STEPS:
            return await run_sync(STEPS[step], page, arrived)
    except (DatabaseAway, StorageAway, drafts.TooMuch) as error:
        return await run_sync(broken_off, page, arrived, error)
    return await run_sync(broken_off, page, arrived, Malformed("no such step"))


def send(page: Page, arrived: Arrived) -> Response:
    """The application, or 422 with what is missing."""
    assert arrived.token is not None
    typed, errors = checked(page, arrived)
    unproven = not errors and one_of_a_rush(page, arrived, arrived.token)
    try:
        with transaction() as session:
            already = submission.already(session, arrived.token, page.found.id)
            if already is None and (errors or arrived.refused):
                raise submission.Incomplete([])
            if already is None and unproven:
                raise Rush
            made = already or submission.submit(
                session,
                token=arrived.token,
                form=typed,
                call_id=page.found.id,
                call=page.found.call,
                language=page.lang,
                settings=page.settings,
                source=source_of(page.request),
            )
    except submission.Incomplete:
        return show(page, typed, token=arrived.token, arrived=arrived, errors=errors, status=422)
    except submission.OfAnotherCall:
        return show(page, typed, token=drafts.new_token(), arrived=arrived, errors=errors, status=422)
    except Rush:
        return later(page, arrived, typed)
    return see_other(f"/{page.lang}/applications/{made.secret}")


def one_of_a_rush(page: Page, arrived: Arrived, token: str) -> bool:
    """Count a form that would become an application; whether it is one too many and does not solve the sum."""
    with reading() as session:
        sends = submission.already(session, token, page.found.id) is None
        lacks = submission.missing(session, token, page.found.id, page.found.call)
    if arrived.refused or lacks or not sends:
        return False
    return guarding.one_more(page.settings) and not guarding.solved(token, sent(arrived, guarding.PROOF))


class Rush(Exception):
    """More forms arrive than people send, and nothing says that this one is a person's."""


def later(page: Page, arrived: Arrived, typed: ApplicationForm) -> Response:
    """The form again, with all that came: its button leads past the page on which a person may wait."""
    _ = translator(page.lang)
    errors = [FieldError("form", _("Unusually many forms arrive at this moment. Please send once more."))]
    answer = show(page, typed, token=arrived.token or "", arrived=arrived, errors=errors, status=429)
    answer.headers["Retry-After"] = str(guarding.RUSH_SECONDS)
    return answer


async def look_again(page: Page, arrived: Arrived) -> Response:
    """The page that shows everything before it is sent, or 422 with what is missing."""
    token = await run_sync(keep, page, arrived)
    await cleaning.look(page.request, token, page.found.id)
    return await run_sync(looked_again, page, arrived, token)


def looked_again(page: Page, arrived: Arrived, token: str) -> Response:
    typed, errors = checked(page, arrived)
    with reading() as session:
        complete = not submission.missing(session, token, page.found.id, page.found.call)
    if errors or arrived.refused or not complete:
        return show(page, typed, token=token, arrived=arrived, errors=errors, kept=True, status=422)
    return see_other(f"/{page.lang}/drafts/{token}/check")


def save(page: Page, arrived: Arrived) -> Response:
    """The page with the ways back, whatever is missing; 422 when a document was refused."""
    token = keep(page, arrived)
    if arrived.refused:
        typed = form.parse(arrived.fields, page.found.call)
        return show(page, typed, token=token, arrived=arrived, kept=True, whole=False, status=422)
    return see_other(f"/{page.lang}/drafts/{token}/saved")


def switch(page: Page, arrived: Arrived) -> Response:
    """The form in the language that the address names, with all that was typed and has come."""
    if not drafts.worth_keeping(arrived.fields) and not here_of(page, arrived.token or "").kept:
        return see_other(f"/{page.lang}/calls/{page.found.call.slug}/apply{source_query(page.request)}")
    token = keep(page, arrived)
    if arrived.refused:
        typed = form.parse(arrived.fields, page.found.call)
        return show(page, typed, token=token, arrived=arrived, kept=True, whole=False, status=422)
    return see_other(f"/{page.lang}/drafts/{token}")


async def clean(page: Page, arrived: Arrived, kind: Kind) -> Response:
    """The form again, one document in it without what it told besides its text."""
    token = await run_sync(keep, page, arrived)
    try:
        done = await cleaning.clean(page.request, token, page.found.id, kind)
    except Busy as busy:
        return await run_sync(not_now, page, arrived, kind, busy)
    return await run_sync(cleaned, page, arrived, token, done)


def not_now(page: Page, arrived: Arrived, kind: Kind, busy: Busy) -> Response:
    """The form again with all that came, and the reason beside the document."""
    typed = form.parse(arrived.fields, page.found.call)
    label = page.found.call.document(kind).label[page.lang]
    errors = [FieldError(kind.value, f"{label}: {busy.told(translator(page.lang))[1]}")]
    answer = show(page, typed, token=arrived.token or "", arrived=arrived, errors=errors, status=busy.status)
    answer.headers["Retry-After"] = str(busy.retry_after)
    return answer


def cleaned(page: Page, arrived: Arrived, token: str, done: bool) -> Response:
    if arrived.refused:
        typed = form.parse(arrived.fields, page.found.call)
        return show(page, typed, token=token, arrived=arrived, kept=True, whole=False, status=422)
    return see_other(f"/{page.lang}/drafts/{token}?told={'removed' if done else 'not_removed'}")


STEPS: Mapping[str, Callable[[Page, Arrived], Response]] = {"": send, "save": save, "language": switch}
# Those that open documents, each in its turn: "check", and these.
CLEANS = {f"clean-{kind}": kind for kind in ASKED_FOR}


def keep(page: Page, arrived: Arrived) -> str:
    """Keep what was typed; the draft's token. One that was sent meanwhile is left as it is."""
    assert arrived.token is not None
    with transaction() as session:
        source = source_of(page.request)
        drafts.keep(session, arrived.token, page.found.id, arrived.fields, source=source)
    return arrived.token


def checked(page: Page, arrived: Arrived) -> tuple[ApplicationForm, list[FieldError]]:
    """The form, and what is missing or wrong in it."""
    typed = form.parse(arrived.fields, page.found.call)
    found = form.check(typed, page.found.call, translator(page.lang))
    return typed, [*unlike_people(page, arrived), *unprintable(page, arrived), *found]


def unprintable(page: Page, arrived: Arrived) -> list[FieldError]:
    """Fields that held control characters, as text copied from elsewhere may. They are shown without, and taken so."""
    said = unprintable_words(page.lang)
    places = field_order(page)
    return [FieldError(name if name in places else "form", said) for name in sorted(arrived.unprintable)]


def unlike_people(page: Page, arrived: Arrived) -> list[FieldError]:
    """What makes a form look as if no person had sent it. Sent once more as it is then shown, it is taken."""
    _ = translator(page.lang)
    if guarding.trapped(
        page.settings, arrived.token or "", sent(arrived, guarding.TRAP), sent(arrived, guarding.PASSED)
    ):
        return [
            FieldError(
                "form",
                _("A field that people do not see was filled in, perhaps by your browser. Please send once more."),
            )
        ]
    if guarding.too_fast(page.settings, arrived.token or "", sent(arrived, guarding.SHOWN)):
        return [FieldError("form", _("That was faster than we expect of people. Please send once more."))]
    return []


def broken_off(page: Page, arrived: Arrived, error: Exception) -> Response:
    """The body could not be taken to its end: the form again, with all that came whole."""
    typed = form.parse(arrived.fields, page.found.call)
    status, text = broken_off_words(error, page.max_bytes, page.lang)
    named = arrived.refused and isinstance(error, BodyTooLarge)  # which document that was, is said at its control
    errors = [] if named else [FieldError("form", text)]
    answer = show(page, typed, token=arrived.token or drafts.new_token(), arrived=arrived, errors=errors, status=status)
    if seconds := retry_after(error):
        answer.headers["Retry-After"] = str(seconds)
    return answer
