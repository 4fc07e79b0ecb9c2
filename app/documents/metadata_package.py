"""Which parts of a DOCX or ODT are for what, whatever they are called. Runs in the sandbox's child."""

import re
from collections.abc import Iterator

from app.documents.parts import Parts, local, value

CORE, APP, CUSTOM, META, THUMBNAIL, SIGNATURE = "core", "app", "custom", "meta", "thumbnail", "signature"
WORD, RELATIONS, LISTS, DATA = "word", "relations", "lists", "data"
ODT_TEXT, ODT_SETTINGS, PICTURE = "odt text", "odt settings", "picture"
# How the types of relations and of contents end (ECMA-376-2, 10.1.2, 11; ECMA-376-1, 15.2.12).
KINDS = {
    "/core-properties": CORE,
    "core-properties+xml": CORE,
    "/extended-properties": APP,
    "extended-properties+xml": APP,
    "/custom-properties": CUSTOM,
    "custom-properties+xml": CUSTOM,
    "/thumbnail": THUMBNAIL,
    "/digital-signature/origin": SIGNATURE,
    "digital-signature-origin": SIGNATURE,
    "digital-signature-xmlsignature+xml": SIGNATURE,
    "digital-signature-certificate": SIGNATURE,
}
NAMES = {
    re.compile(pattern): role
    for pattern, role in {
        r"docprops/core\.xml": CORE,
        r"docprops/app\.xml": APP,
        r"docprops/custom\.xml": CUSTOM,
        r"(?:docprops|thumbnails)/thumbnail\..*": THUMBNAIL,
        r"_xmlsignatures/.*|meta-inf/[a-z]*signatures\.xml": SIGNATURE,
        r"customxml/item\d*\.xml": DATA,
        r".*\.rels": RELATIONS,
        r"\[content_types\]\.xml|meta-inf/manifest\.xml": LISTS,
        r"word/.*\.xml": WORD,
        # An ODT's own, and those of the formulas and charts within it.
        r"(?:.*/)?meta\.xml": META,
        r"(?:.*/)?(?:content|styles)\.xml": ODT_TEXT,
        r"(?:.*/)?settings\.xml": ODT_SETTINGS,
        r".*\.(?:jpe?g|png|tiff?|webp)": PICTURE,
    }.items()
}


def roles(parts: Parts) -> dict[str, str]:
    """What each part is for, by its name; those that are left alone are not in it."""
    told = {name: role for role, name in (*by_relations(parts), *by_types(parts))}
    found = {name: of_part(name.lower(), told) for name in parts.names}
    return {name: role for name, role in found.items() if role}


def of_part(name: str, told: dict[str, str]) -> str | None:
    """What a part is for: as it is said of itself, of its ending, or by its name."""
    return told.get(name) or told.get("." + name.rpartition(".")[2]) or by_name(name)


def by_name(name: str) -> str | None:
    return next((role for pattern, role in NAMES.items() if pattern.fullmatch(name)), None)


def by_relations(parts: Parts) -> Iterator[tuple[str, str]]:
    tree = parts.tree("_rels/.rels")
    for element in tree.iter() if tree is not None else ():
        if local(element) == "Relationship" and (role := of_kind(value(element, "Type"))):
            yield role, value(element, "Target").lstrip("/").lower()


def by_types(parts: Parts) -> Iterator[tuple[str, str]]:
    """Names of parts, and endings with their full stop."""
    tree = parts.tree("[Content_Types].xml")
    for element in tree.iter() if tree is not None else ():
        if role := of_kind(value(element, "ContentType")):
            yield role, (value(element, "PartName").lstrip("/") or "." + value(element, "Extension")).lower()


def of_kind(kind: str) -> str | None:
    return next((role for end, role in KINDS.items() if kind.endswith(end)), None)
