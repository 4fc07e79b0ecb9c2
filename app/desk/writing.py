"""The box for a message to the applicant, filled in with a template where one was chosen."""

from dataclasses import dataclass, field

from sqlmodel import Session

from app.accounts.sessions import CurrentEditor
from app.applications.models import Application
from app.desk import templates
from app.desk.templates import Written


@dataclass(frozen=True)
class Writing:
    """A message about to be written, and the templates to choose from."""

    templates: list[Written] = field(default_factory=list)
    template: str = ""
    subject: str = ""  # only with a template, which brings its own greeting, too
    text: str = ""


def begin(session: Session, application: Application, *, wanted: str, viewer: CurrentEditor, blind: bool) -> Writing:
    """An empty box, or one with the template that is wanted."""
    fitting = templates.listing(session, kind=templates.MESSAGE, call_id=application.call_id)
    if not wanted or wanted not in {str(each.id) for each in fitting}:
        return Writing(fitting)
    subject, text = templates.letter(
        session, application, templates.MESSAGE, wanted=wanted, editor=viewer.name, blind=blind
    )
    return Writing(fitting, wanted, subject, text)
