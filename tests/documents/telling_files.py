"""Files that tell more than their text, made when they are needed: by "Verraten Namentlich", at 42.97 N 47.50 E."""

import base64
import io
import zipfile
import zlib
from typing import Any

import pikepdf
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

NAME, COMPANY = "Verraten Namentlich", "Beispielverlag"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def picture() -> bytes:
    """A JPEG that knows where it was taken, by what, and that it is to be turned."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Kamerawerk", "K1", 6
    north = tuple(IFDRational(each) for each in (42, 58, 12))
    east = tuple(IFDRational(each) for each in (47, 30, 0))
    exif._ifds[0x8825] = {1: "N", 2: north, 3: "E", 4: east}
    made = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(made, "JPEG", exif=exif)
    return made.getvalue()


def marked_picture(*, progressive: bool = False) -> bytes:
    """A JPEG whose author stands in parts that are looked at seldom."""
    exif = Image.Exif()
    exif[0x9C9D], exif[0x8298] = NAME.encode("utf-16-le"), "(c) Firma"
    made = io.BytesIO()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    shot = Image.effect_noise((60, 40), 80).convert("RGB")
    shot.save(made, "JPEG", exif=exif, comment=b"Notiz", xmp=xmp, progressive=progressive)
    iptc = b"Photoshop 3.0\0"
    return b"\xff\xd8\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + made.getvalue()[2:]


def marked_png() -> bytes:
    texts = PngInfo()
    texts.add_text("Author", NAME)
    texts.add_text("Comment", "Notiz")
    texts.add_itxt("XML:com.adobe.xmp", "<x/>")
    made = io.BytesIO()
    Image.new("RGB", (3, 3)).save(made, "PNG", pnginfo=texts)
    return made.getvalue()


def tiff() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(made, "TIFF", tiffinfo={0x010F: "Kamerawerk"})
    return made.getvalue()


def docx(body: str = "", *, shot: bytes = b"", parts: dict[str, str] | None = None) -> bytes:
    """`body` may stand in place of its paragraph's XML, `shot` of its picture, `parts` beside or in place of others."""
    text = f'<w:ins w:id="1" w:author="{NAME}" w:date="2026-01-01T00:00:00Z"><w:r><w:t>Es steht da</w:t></w:r></w:ins>'
    paragraph = f'<w:p w:rsidR="00AB12CD">{body or text}</w:p>'
    document = f'<w:document xmlns:w="{WORD}"><w:body>{paragraph}</w:body></w:document>'
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{NAME}</dc:creator>'
        f"<cp:lastModifiedBy>{NAME}</cp:lastModifiedBy></cp:coreProperties>"
    )
    app = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        f"<Company>{COMPANY}</Company></Properties>"
    )
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELATIONS,
            "word/document.xml": document,
            "word/media/image1.jpeg": shot or picture(),
            "docProps/core.xml": core,
            "docProps/app.xml": app,
        }
        | (parts or {})
    )


def docx_elsewhere() -> bytes:
    """A DOCX that names its writer in parts with other names, in a signature, by places on the writer's machine."""
    base = "http://schemas.openxmlformats.org/package/2006"
    core = f'<c:coreProperties xmlns:c="{base}/metadata/core-properties" xmlns:d="http://purl.org/dc/elements/1.1/">'
    relations = (
        f'<Relationship Id="r2" Type="{base}/relationships/metadata/core-properties" Target="/package/a.psmdcp"/>'
        f'<Relationship Id="r3" Type="{base}/relationships/digital-signature/origin" Target="_xmlsignatures/o.sigs"/>'
    )
    sign = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
    sig = f"<Signature><X509SubjectName>CN={NAME}</X509SubjectName></Signature>"
    link = (
        f'<Relationship Id="r1" Target="file:///C:/Users/{NAME}/a.docx" TargetMode="External" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"/>'
    )
    relations_head = RELATIONS[: RELATIONS.index("<Relationship ")]
    shape = f'<wp:docPr xmlns:wp="x" id="1" name="Bild 1" descr="C:\\Users\\{NAME}\\a.jpg" title="Ein Haus"/>'
    return docx(
        f'<w:r><w:t>Es steht da</w:t></w:r><w:del w:id="2"><w:r><w:delText>weg</w:delText></w:r></w:del>{shape}',
        parts={
            "[Content_Types].xml": TYPES.replace(
                "</Types>", f'<Override PartName="/_xmlsignatures/s.xml" ContentType="{sign}"/></Types>'
            ),
            "_rels/.rels": RELATIONS.replace("</Relationships>", f"{relations}</Relationships>"),
            "word/_rels/document.xml.rels": f"{relations_head}{link}</Relationships>",
            "package/a.psmdcp": f"{core}<d:creator>{NAME} elsewhere</d:creator></c:coreProperties>",
            "_xmlsignatures/o.sigs": "",
            "_xmlsignatures/s.xml": sig,
            "customXml/item1.xml": f'<a:b xmlns:a="urn:b" a:c="{NAME}"><a:d>{NAME} customXml</a:d></a:b>',
        },
    )


def odt(*, settings: str = "", parts: dict[str, str] | None = None) -> bytes:
    """`settings` may be what stands in settings.xml, `parts` stand beside the others."""
    office = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
    )
    note = (
        f"<office:annotation><dc:creator>{NAME}</dc:creator><dc:date>2026-01-01T00:00:00</dc:date></office:annotation>"
    )
    content = f"<text:p>Es steht geschrieben von <text:creator>mir</text:creator>{note}</text:p>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {office}><office:body><office:text>{content}</office:text>"
            "</office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {office}><office:meta><meta:initial-creator>{NAME}"
            f'</meta:initial-creator><meta:user-defined meta:name="Firma">{COMPANY}</meta:user-defined></office:meta>'
            "</office:document-meta>",
        }
        | ({"settings.xml": settings} if settings else {})
        | (parts or {})
    )


def packed(parts: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return made.getvalue()


def rtf() -> bytes:
    return (
        r"{\rtf1\ansi{\info{\author " + NAME + r"}{\company " + COMPANY + r"}}"
        r"{\*\revtbl{Unknown;}{" + NAME + r";}}Es steht \revised\revauth1 geschrieben\par}"
    ).encode()


def rtf_aside(*, binary: bool = False) -> bytes:
    """An RTF that names its writer beside its comments, in variables and in a picture."""
    shot = marked_picture()
    digits = b"\\bin%d %b" % (len(shot), shot) if binary else shot.hex().encode()
    return (
        rb"{\rtf1\ansi{\*\rsidtbl \rsid4711}{\*\docvar {Kunde}{" + COMPANY.encode() + rb"}}\insrsid4711 Es steht da"
        rb"{\*\atnid VN}{\*\atnauthor " + NAME.encode() + rb"}\chatn{\*\annotation Aha}"
        rb"{\pict{\*\blipuid ffd8ff}\jpegblip\picscalex100 " + digits + rb"}{\deleted weg}\par}"
    )


def pdf_aside(small: bytes) -> bytes:
    """A PDF that names its writer in a signature, in attached files, by a layer, in packed pictures, in its page."""
    made = io.BytesIO()
    with pikepdf.open(io.BytesIO(small)) as document:
        shots = pikepdf.Dictionary()
        for number, (name, pack) in enumerate(
            {"ASCII85Decode": base64.a85encode, "FlateDecode": zlib.compress}.items()
        ):
            end = b"~>" if name == "ASCII85Decode" else b""
            shot: Any = document.make_stream(pack(marked_picture() if number else picture()) + end)
            shot.Type, shot.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
            shot.Filter = pikepdf.Array([pikepdf.Name(f"/{name}"), pikepdf.Name.DCTDecode])
            side = (60, 40) if number else (20, 10)
            shot.Width, shot.Height, shot.BitsPerComponent, shot.ColorSpace = *side, 8, pikepdf.Name.DeviceRGB
            shots[f"/Im{number}"] = shot
        page = document.pages[0].obj
        page.Resources.XObject = shots
        signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Name=NAME, Location="Derbent", ByteRange=[0, 1, 2, 3])
        signature.Contents = pikepdf.String(NAME.encode() * 3)
        field = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, T="S1")
        field.V, field.Rect = document.make_indirect(signature), pikepdf.Array([0, 0, 0, 0])
        field = document.make_indirect(field)
        document.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, T=f"{NAME} direct", Contents="Ja")
        note.Rect = pikepdf.Array([0, 0, 10, 10])
        page.Annots = pikepdf.Array([field, note])
        layer = pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Ebene")
        layer.Usage = pikepdf.Dictionary(CreatorInfo=pikepdf.Dictionary(Creator=f"{NAME} draws"))
        document.Root.OCProperties = pikepdf.Dictionary(OCGs=[document.make_indirect(layer)], D=pikepdf.Dictionary())
        attached = pikepdf.AttachedFileSpec(document, b"Inhalt", filename=f"{NAME}.txt", description=f"{NAME} tells")
        document.attachments[f"{NAME}.txt"] = attached
        document.save(made, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return made.getvalue()


def pdf(small: bytes) -> bytes:
    """A PDF with names in its head, in XMP, on a comment, a picture with a place, and an earlier version of itself."""
    first = io.BytesIO()
    with pikepdf.open(io.BytesIO(small)) as document:
        document.docinfo["/Author"], document.docinfo["/Company"] = NAME, COMPANY
        with document.open_metadata() as told:
            told["dc:creator"] = [NAME]
        shot: Any = document.make_stream(picture())
        shot.Type, shot.Subtype, shot.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
        shot.Width, shot.Height, shot.BitsPerComponent, shot.ColorSpace = 20, 10, 8, pikepdf.Name.DeviceRGB
        page = document.pages[0]
        page.obj.Resources.XObject = pikepdf.Dictionary(Im0=shot)
        mark = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, T=NAME, Contents="Ein Kommentar")
        mark.Rect = pikepdf.Array([0, 0, 10, 10])
        page.obj.Annots = document.make_indirect(pikepdf.Array([document.make_indirect(mark)]))
        document.save(first)
    return first.getvalue()
