"""What a document is for, and what it is made of."""

from enum import StrEnum


class Kind(StrEnum):
    CV = "cv"
    COVER_LETTER = "cover_letter"
    WRITING_SAMPLE = "writing_sample"
    TRIAL_PIECE = "trial_piece"  # written because we asked; comes in by the private page
    ATTACHMENT = "attachment"  # of a message


# What a call may ask for, in the order of reading; of these a draft has one each.
ASKED_FOR = (Kind.CV, Kind.COVER_LETTER, Kind.WRITING_SAMPLE)


class Format(StrEnum):
    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    RTF = "rtf"
    TXT = "txt"
    MD = "md"

    @property
    def content_type(self) -> str:
        """The media type under which it is handed out."""
        return CONTENT_TYPES[self]


CONTENT_TYPES = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.ODT: "application/vnd.oasis.opendocument.text",
    Format.RTF: "application/rtf",
    Format.TXT: "text/plain; charset=utf-8",
    Format.MD: "text/plain; charset=utf-8",
}
FORMATS_TAKEN = "PDF, DOCX, ODT, RTF, TXT, MD"
EXTENSIONS = {f".{form.value}": form for form in Format} | {".markdown": Format.MD, ".text": Format.TXT}
