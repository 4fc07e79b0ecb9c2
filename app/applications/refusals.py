"""Why a document or a whole body was refused, in words that say what to do."""

from app.applications.arriving import Busy
from app.database import DatabaseAway
from app.documents.inspection import Reason, Refused
from app.documents.kinds import FORMATS_TAKEN
from app.documents.receiving import BodyCut
from app.documents.storage import StorageAway
from app.web.errors import PageError, TooManyRequests
from app.web.pacing import BodyTooLarge, SlowBody
from app.web.templating import filters, translator

# Nothing that a program could save as PDF.
NO_TEXT = frozenset({"executable", "archive", "zip archive", "audio", "video"})


def message(refused: Refused, limit: int, language: str) -> str:
    """What is wrong with a document and what to do about it."""
    _ = translator(language)
    words = {
        Reason.EMPTY: _("This file is empty. Choose the file again."),
        Reason.TOO_LARGE: _(
            "This file is larger than %(limit)s. Send a smaller version, for example with fewer pictures."
        ),
        Reason.WRONG_KIND: wrong_kind(refused.found, language),
        Reason.MISMATCH: _(
            "By its name this should be another kind of file, but inside it is %(found)s. We take %(formats)s."
        ),
        Reason.DAMAGED: _("This file is damaged or not complete. Open it, save it anew and choose it again."),
        Reason.PASSWORD: _("This file is protected by a password. Choose a version without a password."),
        Reason.MACROS: _("This file contains macros or embedded programs. Save it as PDF and choose it again."),
        Reason.UNSAFE: _(
            "This file is built in a way that could do harm when it is opened. Save it as PDF and choose it again."
        ),
        Reason.NOT_UTF8: _("The letters in this file cannot be read. Save it as PDF, or as text in UTF-8."),
    }
    size = filters(language)["bytes"](limit)
    return words[refused.reason] % {"limit": size, "formats": FORMATS_TAKEN, "found": found(refused.found, language)}


def wrong_kind(code: str | None, language: str) -> str:
    """What is wrong with a format that is not taken; with text it is the name."""
    _ = translator(language)
    if code == "text":
        return _(
            "This is plain text, but by its name something else. Save it with a name that ends in .txt and choose it "
            "again."
        )
    if code == "text named as a program":
        return _(
            "By its name this is a program, which we do not take. If it is your text, save it with a name that ends "
            "in .txt and choose it again."
        )
    if code in NO_TEXT:
        return _("This is %(found)s. We take %(formats)s. Choose another file.")
    return _("This is %(found)s. We take %(formats)s: save it as PDF and choose it again.")


def found(code: str | None, language: str) -> str:
    """What was found inside, by the codes of documents/inspection.py."""
    _ = translator(language)
    names = {
        "executable": _("a program"),
        "image": _("a picture"),
        "html": _("a web page"),
        "svg": _("a drawing (SVG)"),
        "zip archive": _("an archive (ZIP)"),
        "archive": _("an archive"),
        "spreadsheet": _("a spreadsheet"),
        "presentation": _("a presentation"),
        "old Word file (.doc)": _("an old Word file (.doc)"),
        "audio": _("a sound recording"),
        "video": _("a film"),
        "pdf": "PDF",
        "docx": "DOCX",
        "odt": "ODT",
        "rtf": "RTF",
        "text": _("plain text"),
    }
    return names.get(code or "", _("another kind of file"))


def broken_off(error: Exception, limit: int, language: str) -> tuple[int, str]:
    """The status and the words for a body that could not be taken to its end."""
    _ = translator(language)
    problems: dict[type[Exception], tuple[int, str]] = {
        BodyCut: (400, _("The line broke before everything was here. What came whole is kept; send the rest again.")),
        SlowBody: (408, _("The line was too slow. What came whole is kept; send the rest again.")),
        BodyTooLarge: (
            413,
            _("Together that was too much: each document may have at most %(limit)s MB.")
            % {"limit": limit // 1_000_000},
        ),
        StorageAway: (503, _("For the moment we cannot store documents. Please send again in a minute.")),
        Busy: (503, Busy().told(_)[1]),
        TooManyRequests: (
            429,
            _(
                "This was sent very often in a short time, and so it was not taken. What you wrote is still here: "
                "wait a few minutes and send it again. New documents have to be chosen once more."
            ),
        ),
        DatabaseAway: (503, _("For the moment we cannot store your application. Please send again in a minute.")),
    }
    return problems.get(type(error), (422, _("The form did not arrive as it should. Please send it again.")))


def retry_after(error: Exception) -> int | None:
    """The seconds after which the same may be taken; None where waiting changes nothing."""
    if isinstance(error, DatabaseAway | StorageAway):
        return 60
    return error.retry_after if isinstance(error, PageError) else None


def unprintable(language: str) -> str:
    """What to do about a field that held control characters."""
    _ = translator(language)
    return _("There were signs in this field that nobody can see. They are taken out: please look, and send once more.")
