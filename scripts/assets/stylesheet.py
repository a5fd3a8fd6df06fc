"""Takes out of a style sheet the classes no page of ours will use, and leaves the rest as its authors wrote it."""

import re
from collections.abc import Iterator

_PARENTHESES = re.compile(r"\((?:[^()\"']|\"[^\"]*\"|'[^']*')*\)")
_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")
_COMMENT = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)


def trim(css: str, unused: re.Pattern[str]) -> str:
    """The style sheet without the selectors whose class, or attribute, matches `unused` from end to end."""
    return "".join(_trimmed(rule, unused) for rule in _pieces(_COMMENT.sub("", css)))


def classes(css: str) -> set[str]:
    """Every class that some selector of the style sheet names."""
    found: set[str] = set()
    for rule in _pieces(css):
        head, body = _head_and_body(rule)
        if head.startswith("@"):
            found |= classes(body) if "{" in body else set()
        else:
            found |= set(_CLASS.findall(head))
    return found


def _trimmed(rule: str, unused: re.Pattern[str]) -> str:
    head, body = _head_and_body(rule)
    if head.startswith(("@media", "@supports")):
        inner = trim(body, unused)
        return f"{head}{{{inner}}}" if inner else ""
    if not body or head.startswith("@"):
        return rule
    comment, selectors = _leading_comment(head)
    kept = [selector for selector in _pieces(selectors + ",", ",") if not _is_unused(selector[:-1], unused)]
    return f"{comment}{''.join(kept)[:-1]}{{{body}}}" if kept else comment


def _is_unused(selector: str, unused: re.Pattern[str]) -> bool:
    """Whether it can only ever match an unused class: what stands in `:not(…)` or `:is(…)` does not count."""
    bare, seen = selector, ""
    while bare != seen:
        seen, bare = bare, _PARENTHESES.sub("", bare)
    attributes = re.findall(r"\[([\w-]+)", bare)
    return any(unused.fullmatch(name) for name in [*_CLASS.findall(bare), *attributes])


def _head_and_body(rule: str) -> tuple[str, str]:
    opening = next((piece for piece in _pieces(rule, "{", at_any_end=True)), rule)
    if not opening.endswith("{"):
        return rule, ""
    return opening[:-1].strip(), rule[len(opening) : rule.rindex("}")]


def _leading_comment(head: str) -> tuple[str, str]:
    comment = re.match(r"(?:/\*.*?\*/\s*)*", head, re.DOTALL)
    end = comment.end() if comment else 0
    return head[:end], head[end:]


_TOKEN = re.compile(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\\.|[{}()\[\];,]", re.DOTALL)


def _pieces(css: str, ends: str = "};", *, at_any_end: bool = False) -> Iterator[str]:
    """Cut after each of `ends` that stands outside quotes, comments, brackets and, by default, other blocks."""
    start = depth = 0
    for token in _TOKEN.finditer(css):
        mark = token[0]
        if mark in "{([" and not (at_any_end and mark in ends):
            depth += 1
        elif mark in "})]":
            depth -= 1
        if mark in ends and depth == 0:
            yield css[start : token.end()]
            start = token.end()
    if css[start:].strip():
        yield css[start:]
