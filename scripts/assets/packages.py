"""Which packages we take from npm, at which exact version, and which of their files."""

import re
from dataclasses import dataclass, field

MIT = """MIT License

{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True)
class Package:
    """One package of npm: `copies` goes from the path inside it to our file name."""

    name: str
    version: str
    copies: dict[str, str] = field(default_factory=dict)
    # The package forgot its licence file: the holder's line of an MIT licence.
    holder: str = ""

    @property
    def folder(self) -> str:
        """Our folder's name; the version in it lets browsers keep the files for ever."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"


TABLER = Package(
    "@tabler/core",
    "1.6.1",
    copies={"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
    holder="Copyright (c) 2018-2026 The Tabler Authors",
)
HTMX = Package("htmx.org", "2.0.11", copies={"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"})
ALPINE = Package(
    "@alpinejs/csp",
    "3.17.4",
    copies={"dist/cdn.min.js": "alpine-csp.min.js"},
    holder="Copyright © 2019-2026 Caleb Porzio and contributors",
)
FONT = Package("@fontsource/be-vietnam-pro", "5.3.0", copies={"LICENSE": "LICENSE"})
ICONS = Package("@tabler/icons", "3.51.0", copies={"LICENSE": "LICENSE"})

PACKAGES = (TABLER, HTMX, ALPINE, FONT, ICONS)

# Tabler's classes that no page uses: a class stands here with everything that begins like it and a hyphen. A page
# that begins to use one fails tests/house; then shorten these lists and run scripts/vendor again.
_FAMILIES = """
    bg-gradient bg-pattern bs-popover btn-animate btn-floating card-gradient card-stamp carousel chat divide font-comic
    form-colorinput form-floating form-imagecheck form-range g-col g-start hover img-responsive link-offset
    link-opacity link-underline map mention navbar-expand-sm navbar-folded navbar-overlap object-fit
    offcanvas-floating page-cover placeholder popover progressbg ribbon signal signature sortable star stars
    switch-icon tab-pane-floating tag tags tracking wave
    data-vc
""".split()
_BRANDS = """
    bitbucket dribbble facebook flickr github google instagram linkedin pinterest rss tabler twitter vimeo vk youtube
""".split()
# What comes in every hue, where we use only those with a meaning (primary, success, danger ...).
_HUED = """
    alert btn btn-ghost btn-outline focus-ring legend link list-group-item status steps text-bg toast
""".split()
_HUES = "azure blue cyan indigo lime orange pink purple teal".split()

UNUSED_CLASSES = re.compile(
    rf"({'|'.join(_FAMILIES)})(-[\w-]+)?"
    rf"|[\w-]+-({'|'.join(_BRANDS)})(-[\w-]+)?"
    rf"|({'|'.join(_HUED)})-({'|'.join(_HUES)})(-[\w-]+)?"
    r"|(bg|btn|btn-ghost|btn-outline|legend|status|text)-x(-fg)?"  # a brand too
    r"|[\w-]+-xxl(-[\w-]+)?",  # the widest break point: our pages end at xl
)
