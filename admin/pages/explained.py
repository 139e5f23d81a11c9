"""An explanation as the rules tell it, parted into its sections for a page."""

import msgspec


class Section(msgspec.Struct, frozen=True):
    """A heading with its sentences."""

    heading: str
    sentences: list[str]


def sections_of(text: str) -> list[Section]:
    """The headings stand at the margin, their sentences are indented; the last line says what the marks mean."""
    sections: list[Section] = []
    for line in text.splitlines():
        if not line.startswith(" "):
            heading, _, rest = line.partition(":")
            sections.append(Section(heading, [rest.strip()] if rest.strip() else []))
        elif sections:
            sections[-1].sentences.append(line.strip())
    return sections
