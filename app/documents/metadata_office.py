"""What a DOCX or ODT tells besides its text, and the same without it. Runs in the sandbox's child.

Parts that are only about the document are put in place of by empty ones. In the others, names and times are taken out
of the marks that carry them, tag by tag, so that every other byte stays as it was. The form has held both to rules
before: no document types, no entities, nothing inflated beyond measure.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator

from app.documents import metadata_package as package
from app.documents import metadata_pictures
from app.documents.parts import Parts, local, value

TOKEN = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<(?P<name>/?[^\s<>/!?]+)(?P<attributes>(?:\s+[^\s=<>/]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*+)\s*/?>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r"\s+(?P<name>[^\s=<>/]+)\s*=\s*(?P<quoted>\"[^\"]*\"|'[^']*')")
PATH = re.compile(r"file:|[a-z]:[\\/]|\\\\|/(?:users|home)/", re.IGNORECASE)  # on somebody's machine
SIGNED_BY = re.compile(r"<(?:\w+:)?X509SubjectName>([^<]*)</")
CORE = {
    "creator": "author",
    "lastModifiedBy": "editor",
    "title": "title",
    "subject": "about",
    "description": "about",
    "keywords": "about",
    "category": "about",
    "created": "time",
    "modified": "time",
    "Company": "company",
    "Manager": "author",
    "Application": "program",
    # ODT
    "initial-creator": "author",
    "printed-by": "editor",
    "keyword": "about",
    "generator": "program",
    "creation-date": "time",
}
ODT_CORE = CORE | {"creator": "editor", "date": "time"}
# Word's attributes on changes, comments and people: emptied where they must be there, else left out.
EMPTIED, LEFT_OUT = frozenset({"author", "initials", "userId", "providerId"}), frozenset({"date", "dateUtc"})
TAKEN_OUT = frozenset({"rsids", "rsid", "rsidRoot", "docVars", "docVar"})
SHAPES = frozenset({"docPr", "cNvPr"})  # a picture's name may be the place where it lay
RSID = "rsid"  # numbers that tell which editing session, and so which files, belong together
ODT_NAMES = re.compile(
    r"(<(?:dc:creator|meta:creator-initials|loext:sender-initials|meta:date-string)(?:\s[^<>]*)?>)[^<]*(?=</)"
)
ODT_DATES = re.compile(r"(<dc:date(?:\s[^<>]*)?>)[^<]*(?=</)")
PRINTER = frozenset({"PrinterName", "PrinterSetup"})
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EMPTY = {
    package.CORE: '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties"/>',
    package.APP: '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    package.CUSTOM: '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
    package.META: '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'office:version="1.2"><office:meta/></office:document-meta>',
}


def told(data: bytes) -> Iterator[tuple[str, str]]:
    parts = Parts(data)
    for name, role in sorted(package.roles(parts).items()):
        if role in EMPTY:
            yield from properties(parts, name, ODT_CORE if role == package.META else CORE)
        elif role == package.DATA:
            yield from own_data(parts, name)
        elif role == package.ODT_SETTINGS:
            yield from printer(parts, name)
        elif role == package.PICTURE:
            yield from metadata_pictures.told(parts.content(name))
        elif look := LOOKS.get(role):
            yield from look(decoded(parts.content(name))[0])


def properties(parts: Parts, name: str, keys: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What stands in the parts about the document."""
    tree = parts.tree(name)
    for element in tree.iter() if tree is not None else ():
        kind = local(element)
        if kind in keys:
            yield keys[kind], (element.text or "").strip()
        elif kind in ("property", "user-defined") and (text := "".join(element.itertext()).strip()):
            yield "other", f"{value(element, 'name')}: {text}"


def own_data(parts: Parts, name: str) -> Iterator[tuple[str, str]]:
    """What programs keep with a DOCX for themselves."""
    tree = parts.tree(name)
    if text := " ".join("".join(tree.itertext()).split()) if tree is not None else "":
        yield "other", text


def word_marks(xml: str) -> Iterator[tuple[str, str]]:
    for token in TOKEN.finditer(xml):
        kind, given = (token["name"] or "").partition(":")[2], values(token)
        if kind == "docVar":
            yield "other", ": ".join(given.values())
        if kind == "delText":
            yield "deleted", ""
        for name, text in given.items():
            if name.partition(":")[2] in ("author", "userId"):
                yield "marks", text
            elif kind in SHAPES and PATH.match(text):
                yield "other", text


def odt_marks(xml: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"<dc:creator(?:\s[^<>]*)?>([^<]*)</", xml):
        yield "marks", unescaped(found[1])
    for token in TOKEN.finditer(xml):
        yield from (("other", text) for text in values(token).values() if PATH.match(text))
        if token["name"] == "text:deletion":
            yield "deleted", ""


def link_targets(xml: str) -> Iterator[tuple[str, str]]:
    for token in TOKEN.finditer(xml):
        yield from (("other", text) for text in values(token).values() if PATH.match(text))


def signature(xml: str) -> Iterator[tuple[str, str]]:
    if xml.strip():
        yield from (("signature", unescaped(name)) for name in SIGNED_BY.findall(xml) or [""])


def values(token: re.Match[str]) -> dict[str, str]:
    """A tag's attributes."""
    given = token["attributes"]
    return {each["name"]: unescaped(each["quoted"][1:-1]) for each in ATTRIBUTE.finditer(given)} if given else {}


LOOKS: dict[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    package.WORD: word_marks,
    package.ODT_TEXT: odt_marks,
    package.RELATIONS: link_targets,
    package.SIGNATURE: signature,
}


def printer(parts: Parts, name: str) -> Iterator[tuple[str, str]]:
    tree = parts.tree(name)
    for element in tree.iter() if tree is not None else ():
        if local(element) == "config-item" and value(element, "name") == "PrinterName":
            yield "printer", (element.text or "").strip()


def unescaped(text: str) -> str:
    for code, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(code, sign)
    return text


def without(data: bytes) -> bytes:
    """The archive again, its parts in their order, their times left out."""
    made, roles = io.BytesIO(), package.roles(Parts(data))
    left_out = {name.lower() for name, role in roles.items() if role == package.SIGNATURE}
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as new:
        for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
            if entry.filename.lower() in left_out:
                continue
            there = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            there.compress_type, there.external_attr = entry.compress_type, entry.external_attr
            new.writestr(there, part(roles.get(entry.filename, ""), archive.read(entry), left_out))
    return made.getvalue()


def part(role: str, content: bytes, left_out: set[str]) -> bytes:
    """What takes a part's place; `left_out` are parts that are there no longer."""
    if role in EMPTY:
        return (HEAD + EMPTY[role]).encode()
    if role == package.THUMBNAIL:
        return blank(content)
    if role == package.PICTURE:
        return metadata_pictures.without(content)
    change: Callable[[str], str] | None = {
        package.WORD: lambda xml: TOKEN.sub(tag, xml),
        package.ODT_TEXT: without_names,
        package.ODT_SETTINGS: without_printer,
        package.RELATIONS: lambda xml: TOKEN.sub(lambda token: listed(token, left_out), xml),
        package.LISTS: lambda xml: TOKEN.sub(lambda token: listed(token, left_out), xml),
        package.DATA: without_data,
    }.get(role)
    return changed(content, change) if change else content


def listed(token: re.Match[str], left_out: set[str]) -> str:
    """A tag of a list of parts or links without what is there no longer, and without places on somebody's machine."""
    if any(text.lstrip("/").lower() in left_out for text in values(token).values()):
        return ""
    return without_paths(token, "about:blank")


def without_paths(token: re.Match[str], instead: str) -> str:
    if not any(PATH.match(text) for text in values(token).values()):
        return token[0]
    kept = ATTRIBUTE.sub(lambda each: path_free(each, instead), token["attributes"])
    return token[0].replace(token["attributes"], kept, 1)


def path_free(each: re.Match[str], instead: str) -> str:
    if not PATH.match(unescaped(each["quoted"][1:-1])):
        return each[0]
    return f' {each["name"]}="{instead if each["name"].lower().endswith(("href", "target")) else ""}"'


def without_names(xml: str) -> str:
    """An ODT's text without who wrote what and when, and without places on somebody's machine."""
    xml = ODT_DATES.sub(r"\g<1>1970-01-01T00:00:00", ODT_NAMES.sub(r"\1", xml))
    return TOKEN.sub(lambda token: without_paths(token, "about:blank"), xml)


def without_data(xml: str) -> str:
    """What a program keeps for itself as an empty element of the same name: what refers to it still finds it."""
    root = next((token for token in TOKEN.finditer(xml) if token["name"]), None)
    if root is None:
        return xml
    spaces = [each[0] for each in ATTRIBUTE.finditer(root["attributes"]) if each["name"].startswith("xmlns")]
    return f"{HEAD}<{root['name']}{''.join(spaces)}/>"


def without_printer(xml: str) -> str:
    """An ODT's settings without what stands in those of its printer."""
    made, place = [], 0
    for token in TOKEN.finditer(xml):
        if token.start() >= place and is_of_printer(token):
            made.append(xml[place : token.end()])
            behind = xml.find("<", token.end())
            place = behind if behind >= 0 else len(xml)
    return "".join(made) + xml[place:]


def is_of_printer(token: re.Match[str]) -> bool:
    if (token["name"] or "").rpartition(":")[2] != "config-item" or token[0].endswith("/>"):
        return False
    return any(each["quoted"][1:-1] in PRINTER for each in ATTRIBUTE.finditer(token["attributes"]))


def blank(content: bytes) -> bytes:
    """A picture of one white point, of the same sort, in place of the first page as it once looked."""
    from PIL import Image

    form = "PNG" if content.startswith(metadata_pictures.PNG) else "JPEG"
    made = io.BytesIO()
    Image.new("RGB", (1, 1), "white").save(made, form)
    return made.getvalue()


def changed(content: bytes, change: Callable[[str], str]) -> bytes:
    """A part's XML with a change, in its own encoding."""
    xml, encoding = decoded(content)
    return change(xml).encode(encoding)


def decoded(content: bytes) -> tuple[str, str]:
    """A part as text, and its encoding. Raises UnicodeDecodeError for one that is neither UTF-8 nor UTF-16."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return content.decode(encoding), encoding


def tag(token: re.Match[str]) -> str:
    """A tag of Word's without names, times and session numbers."""
    if token["name"] is None:
        return token[0]
    kind = token["name"].partition(":")[2]
    if kind in TAKEN_OUT:
        return ""
    if kind in SHAPES:
        return without_paths(token, "")
    attributes = ATTRIBUTE.sub(attribute, token["attributes"])
    return token[0] if attributes == token["attributes"] else token[0].replace(token["attributes"], attributes, 1)


def attribute(found: re.Match[str]) -> str:
    name = found["name"].partition(":")[2]
    if name in LEFT_OUT or name.startswith(RSID):
        return ""
    return f' {found["name"]}=""' if name in EMPTIED else found[0]
