"""`python -m app.locale update` takes new strings into every catalogue; `check` fails unless all are complete."""

import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.web.languages import LANGUAGES

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
METHODS = [("app/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "false", "silent": "false"}, "templates/**.txt": {"silent": "false"}}
PLURALS = {
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}
# Babel knows one form for Georgian and Armenian where CLDR has two.
TWO_FORMS = "nplurals=2; plural=(n != 1);"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def template() -> Catalog:
    """Every string of code and templates."""
    found = Catalog(project="Aufruf", charset="utf-8")
    for path, line, ids, comments, context in extract_from_dir(ROOT, METHODS, OPTIONS, strip_comment_tags=True):
        if path.startswith(("app/", "templates/")):
            found.add(ids, None, [(path, line)], auto_comments=comments, context=context)
    return found


def read(language: str) -> Catalog:
    path = HERE / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="Aufruf")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Take new strings in, drop what is no longer used; English is its own translation."""
    for language in LANGUAGES:
        catalogue = read(language)
        # Read anew for each: a catalogue takes the template's own messages over, and English writes into them.
        catalogue.update(template(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        if language == "en":
            for message in catalogue:
                if message.id:
                    message.string = message.id if isinstance(message.id, str) else tuple(message.id)
        write(language, catalogue)


def write(language: str, catalogue: Catalog) -> None:
    """The file, without line numbers and dates, so that a change shows what changed."""
    forms = PLURALS.get(language, TWO_FORMS)
    lines = ['msgid ""', 'msgstr ""', '"Content-Type: text/plain; charset=utf-8\\n"']
    lines += ['"Content-Transfer-Encoding: 8bit\\n"', f'"Language: {language}\\n"', f'"Plural-Forms: {forms}\\n"']
    body = io.BytesIO()
    write_po(body, catalogue, width=110, omit_header=True, no_location=True, sort_output=True)
    (HERE / f"{language}.po").write_text("\n".join(lines) + "\n\n" + body.getvalue().decode().strip() + "\n", "utf-8")


def check() -> list[str]:
    """What is wrong with the catalogues: a string missing, unused, untranslated, or with other placeholders."""
    wrong = []
    wanted = {message.id if isinstance(message.id, str) else message.id[0] for message in template() if message.id}
    for language in LANGUAGES:
        catalogue = read(language)
        there = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}
        wrong += [f"{language}: not in the catalogue: {text!r}" for text in sorted(wanted - there)]
        wrong += [f"{language}: no longer used: {text!r}" for text in sorted(there - wanted)]
        forms = 3 if language == "ru" else 2
        wrong += [f"{language}: {problem}" for message in catalogue if message.id for problem in flaws(message, forms)]
    return wrong


def flaws(message: Message, forms: int) -> list[str]:
    """What is wrong with one translation."""
    ids = every(message.id)
    texts, plural = every(message.string), len(ids) > 1
    if message.fuzzy or not all(texts) or (plural and len(texts) != forms):
        return [f"not translated: {ids[0]!r}"]
    allowed = [names(each) for each in ids]
    return [f"other placeholders in {text!r}" for text in texts if names(text) not in allowed]


def every(text: str | Sequence[str] | None) -> list[str]:
    """The forms of a message: one, or one for each number."""
    return [text] if isinstance(text, str) else list(text or [""])


def names(text: str) -> set[str]:
    return {found[0] or found[1] for found in PLACEHOLDER.findall(text)}


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update()
    elif sys.argv[1:] == ["check"]:
        problems = check()
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        sys.exit(1 if problems else 0)
    else:
        sys.exit("python -m app.locale update|check")
