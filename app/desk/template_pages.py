"""Templates of letters: looked at by everybody at the desk, written by administrators."""

from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field
from sqlmodel import Session, col, select

from app.accounts.permissions import AdminOnly, Reader
from app.accounts.sessions import CurrentEditor
from app.applications.models import Application
from app.calls import loading
from app.database import LARGEST, reading, transaction
from app.desk import application_page, blinding, deciding, templates
from app.desk.showing import DeskForm, show
from app.desk.templates import BODY_LENGTH, NAME_LENGTH, SUBJECT_LENGTH, Checked, Texts
from app.mail import placeholders
from app.web.errors import NotFound, see_other
from app.web.languages import LANGUAGES

router = APIRouter()

Subject = Annotated[str, Field(max_length=SUBJECT_LENGTH)]
Body = Annotated[str, Field(max_length=BODY_LENGTH)]
Language = Annotated[str, Query(pattern="^(de|en|ru|ka|hy|az)$")]


class TemplateForm(DeskForm):
    """A template as it is being written: its text in six languages, and what its preview is made with."""

    template_id: UUID | None = None
    number: int = Field(0, ge=0, le=LARGEST)
    kind: str = Field(pattern=f"^({'|'.join(templates.KINDS)})$")
    name: str = Field("", max_length=NAME_LENGTH)
    call: str = Field("", max_length=80)
    standard: str = Field("", max_length=3)
    language: str = Field("de", pattern="^(de|en|ru|ka|hy|az)$")
    reference: str = Field("", max_length=24)
    subject_de: Subject = ""
    body_de: Body = ""
    subject_en: Subject = ""
    body_en: Body = ""
    subject_ru: Subject = ""
    body_ru: Body = ""
    subject_ka: Subject = ""
    body_ka: Body = ""
    subject_hy: Subject = ""
    body_hy: Body = ""
    subject_az: Subject = ""
    body_az: Body = ""

    def texts(self) -> Texts:
        """What was written, by language; a language without a word is left out."""
        pairs = {
            language: (getattr(self, f"subject_{language}").strip(), getattr(self, f"body_{language}").strip())
            for language in LANGUAGES
        }
        return {
            language: {"subject": subject, "body": "\n".join(body.splitlines())}
            for language, (subject, body) in pairs.items()
            if subject or body
        }


class RemoveForm(DeskForm):
    pass


@dataclass(frozen=True)
class Preview:
    """The letter as one applicant would get it."""

    language: str
    reference: str
    subject: str
    body: str
    found: bool = True

    @property
    def open_places(self) -> str:
        return placeholders.shown(placeholders.standing(self.subject, self.body))


@dataclass(frozen=True)
class Writing:
    """A template in the editor's hands."""

    kind: str
    name: str = ""
    template_id: UUID | None = None
    number: int = 0
    call: str = ""
    standard: bool = False
    texts: Texts = field(default_factory=dict)

    def check(self, language: str) -> Checked:
        text = self.texts.get(language, {})
        return templates.check(text.get("subject", ""), text.get("body", ""))

    def problems(self) -> dict[str, list[str]]:
        """What cannot be saved: unknown placeholders, and a subject without a text or a text without a subject."""
        found = {language: self.check(language).unknown for language in self.texts}
        return {language: each for language, each in found.items() if each}

    @property
    def halves(self) -> list[str]:
        return [language for language in self.texts if templates.of_language(self.texts, language) is None]


@router.get("/desk/templates")
def listing(request: Request, editor: Reader) -> Response:
    with reading() as session:
        found = templates.listing(session)
        calls = {call.id: call.call.slug for call in loading.everything(session)}
    return show(request, "desk/templates.html", kinds=templates.KINDS, templates=found, slugs=calls)


@router.get("/desk/templates/new")
def new(request: Request, editor: AdminOnly, kind: str = templates.MESSAGE, language: Language = "de") -> Response:
    if kind not in templates.KINDS:
        raise NotFound
    with reading() as session:
        standard = not any(each.standard for each in templates.listing(session, kind=kind))
    draft = Writing(kind, standard=standard and kind in templates.DECISIONS, texts=templates.built_in(kind))
    return answer(request, draft, language=language)


@router.get("/desk/templates/built-in/{kind}")
def built_in(request: Request, editor: Reader, kind: str) -> Response:
    if kind not in templates.DECISIONS:
        raise NotFound
    return show(request, "desk/template_built_in.html", kind=kind, texts=templates.built_in(kind))


@router.get("/desk/templates/{template_id}")
def one(
    request: Request,
    editor: Reader,
    template_id: UUID,
    number: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    language: Language = "de",
    reference: Annotated[str, Query(max_length=24)] = "",
) -> Response:
    """A template; with `number` an earlier wording, to look at or to take up again."""
    with reading() as session:
        found = templates.get(session, template_id)
        if found is None:
            raise NotFound
        try:
            texts = templates.wording(session, template_id, number or found.number).texts
        except LookupError:
            raise NotFound from None
        slugs = {each.id: each.call.slug for each in loading.everything(session)}
    call = slugs.get(found.call_id, "") if found.call_id else ""
    draft = Writing(found.kind, found.name, found.id, found.number, call, found.standard, texts)
    return answer(request, draft, language=language, reference=reference, shown_number=number or found.number)


@router.post("/desk/templates/preview")
def preview(request: Request, editor: AdminOnly, form: Annotated[TemplateForm, Form()]) -> Response:
    """The page as it stands, nothing saved, with the letter as one applicant would get it."""
    return answer(request, of_form(form), language=form.language, reference=form.reference)


@router.post("/desk/templates")
def save(request: Request, editor: AdminOnly, form: Annotated[TemplateForm, Form()]) -> Response:
    """Keep a new template, or a new wording of one that is there."""
    draft = of_form(form)
    if not draft.name or not draft.texts or draft.problems() or draft.halves:
        return answer(request, draft, language=form.language, reference=form.reference, status=422)
    try:
        with transaction() as session:
            saved = write(session, draft, by=editor.id)
    except LookupError:
        raise NotFound from None
    except templates.Stale:
        return answer(request, draft, language=form.language, reference=form.reference, status=409)
    return see_other(f"/desk/templates/{saved}?language={form.language}&reference={form.reference}")


@router.post("/desk/templates/reset")
def reset(request: Request, editor: AdminOnly, form: Annotated[TemplateForm, Form()]) -> Response:
    """Our own text again, as a new wording: the earlier ones stay."""
    if form.template_id is None or form.kind not in templates.DECISIONS:
        raise NotFound
    draft = of_form(form, texts=templates.built_in(form.kind))
    try:
        with transaction() as session:
            write(session, draft, by=editor.id)
    except LookupError:
        raise NotFound from None
    except templates.Stale:
        return answer(request, of_form(form), language=form.language, reference=form.reference, status=409)
    return see_other(f"/desk/templates/{form.template_id}?language={form.language}&reference={form.reference}")


@router.post("/desk/templates/{template_id}/remove")
def remove(request: Request, editor: AdminOnly, template_id: UUID, form: Annotated[RemoveForm, Form()]) -> Response:
    try:
        with transaction() as session:
            templates.remove(session, template_id, by=editor.id)
    except LookupError:
        raise NotFound from None
    return see_other("/desk/templates")


def of_form(form: TemplateForm, *, texts: Texts | None = None) -> Writing:
    return Writing(
        kind=form.kind,
        name=templates.tidy(form.name),
        template_id=form.template_id,
        number=form.number,
        call=form.call,
        standard=form.standard == "yes",
        texts=form.texts() if texts is None else texts,
    )


def write(session: Session, draft: Writing, *, by: UUID) -> UUID:
    """Save; which template it is. Raises LookupError, templates.Stale."""
    found = loading.find(session, draft.call) if draft.call else None
    facts: dict[str, Any] = {"name": draft.name, "call_id": found.id if found else None, "standard": draft.standard}
    if draft.template_id is None:
        return templates.add(session, kind=draft.kind, texts=draft.texts, by=by, **facts).id
    return templates.write(session, draft.template_id, texts=draft.texts, number=draft.number, by=by, **facts).id


def answer(
    request: Request,
    draft: Writing,
    *,
    language: str,
    reference: str = "",
    status: int = 200,
    shown_number: int | None = None,
) -> Response:
    """The page on which a template is written, with its preview and its history."""
    with reading() as session:
        wordings = templates.wordings(session, draft.template_id) if draft.template_id else []
        names = application_page.names(session)
        context = {
            "draft": draft,
            "language": language,
            "preview": previewed(session, draft, language, reference, viewer=request.state.editor),
            "wordings": [(each, names.get(str(each.written_by), "")) for each in wordings],
            "calls": [found.call for found in loading.everything(session)],
            "checks": {code: draft.check(code) for code in LANGUAGES},
            "language_names": LANGUAGES,
            "decisions": templates.DECISIONS,
            "placeholder_names": placeholders.shown(placeholders.PLACEHOLDERS),
            "places_of": placeholders.shown,
            "shown_number": shown_number or draft.number,
            "subject_length": SUBJECT_LENGTH,
            "body_length": BODY_LENGTH,
        }
    return show(request, "desk/template.html", status=status, status_code=status, **context)


def previewed(session: Session, draft: Writing, language: str, reference: str, *, viewer: CurrentEditor) -> Preview:
    """The draft with the data of the application that was chosen, else of the newest one."""
    wanted = reference.strip().upper()
    application = deciding.get(session, wanted) if wanted else newest(session)
    text = draft.texts.get(language, {})
    if application is None:
        return Preview(language, wanted, text.get("subject", ""), text.get("body", ""), found=False)
    call = loading.by_id(session, application.call_id).call
    blind = blinding.is_blind(application, call, viewer)
    values = templates.values_for(application, call, editor=viewer.name, language=language, blind=blind)
    subject, body = (placeholders.fill(text.get(part, ""), values) for part in ("subject", "body"))
    return Preview(language, application.reference, subject, body)


def newest(session: Session) -> Application | None:
    return session.exec(select(Application).order_by(col(Application.id).desc()).limit(1)).first()
